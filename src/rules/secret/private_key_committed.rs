//! `private-key-committed`

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::model::FileView;
use crate::rules::support::delivered::Delivered;
use crate::source::Span;

use super::territory;

rule! {
    /// A private key in a file of the repository.
    ///
    /// ## Why
    ///
    /// Whoever has the key is its owner: a server's traffic can be read, commits and artifacts can be signed, and
    /// everything encrypted for an age key can be opened. A key that was ever pushed must be replaced.
    ///
    /// Looked at is the text of every file, comments and templates too: PEM, OpenSSH and PGP blocks, as they are or
    /// in base64, and age keys. Keys in Secrets, ConfigMaps, kubeconfigs, values and environments are reported by
    /// the rules about those.
    ///
    /// ## What passes
    ///
    /// - public keys and certificates
    /// - documentation, in which the key is `…` or a sentence
    /// - files encrypted by sops, ansible-vault, age or git-crypt
    /// - files of CustomResourceDefinitions, whose texts describe fields
    ///
    /// A key behind a passphrase is lowered by one level. One with which programs are tested, below `fixtures`, `mocks`,
    /// `testdata` or `src/test`, or below `test`, `tests` or `e2e` at the root of the repository, is a note unless something
    /// that is applied reads it.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Bot
    /// metadata:
    ///   name: bot
    /// spec:
    ///   ageKey: AGE-SECRET-KEY-1QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X3QZ7X
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Bot
    /// metadata:
    ///   name: bot
    /// spec:
    ///   ageRecipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
    /// ```
    pub static RULE = "private-key-committed" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["secret", "security"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if !file.forms().private_key {
        return;
    }
    let claimed: Vec<Span> = file.documents().flat_map(|document| territory::claimed(&document)).collect();
    let mut keys = file.credentials().filter(|found| found.format.is_private_key()).peekable();
    let is_fixture = keys.peek().is_some() && is_fixture(file, cx.world());
    for key in keys {
        let span = Span::new(file.file.source, key.range.start as u32, key.range.end as u32);
        let is_comment =
            file.file.parsed.comments.iter().any(|comment| comment.span.contains(first_byte(span)));
        if !is_comment && claimed.iter().any(|claim| claim.contains(first_byte(span))) {
            continue;
        }
        let behind = if key.encrypted { " behind a passphrase" } else { "" };
        let finding = cx.report(
            At::span(span),
            Report {
                message: format!("the file holds {}{behind}", key.format.name),
                why: "everybody who can read the repository or its history owns the key".into(),
                help:
                    "replace the key; keep the new one in a secret manager, or commit it encrypted with sops"
                        .into(),
            },
        );
        if key.encrypted {
            finding.level = finding.level.lowered();
        }
        if is_fixture {
            finding.level = Level::Note;
            finding.why = "it lies among the data of tests; used anywhere else, it is everybody's".into();
        }
    }
}

/// Whether the file lies among what tests read, and nothing that is applied does. Deeper in a path, `test` is the name of an
/// environment.
fn is_fixture(file: &FileView<'_>, world: &World) -> bool {
    const ANYWHERE: [&str; 9] = [
        "fixtures",
        "mock_certs",
        "mock_files",
        "mocks",
        "test-data",
        "test-fixtures",
        "test_data",
        "testdata",
        "testfiles",
    ];
    const FIRST: [&str; 3] = ["e2e", "test", "tests"];
    let directories = file.path().parent().unwrap_or(Utf8Path::new("")).components();
    let names = directories.map(|part| part.as_str().trim_start_matches(['.', '_']));
    // The layout of Maven.
    let is_of_maven = file.path().as_str().contains("src/test/");
    let is_named = is_of_maven
        || names
            .enumerate()
            .any(|(depth, name)| ANYWHERE.contains(&name) || depth == 0 && FIRST.contains(&name));
    is_named && !Delivered::of(world).reaches(file.file.source, world)
}

fn first_byte(span: Span) -> Span {
    span.part(0, 1)
}
