//! `env-file-credential`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::FileView;
use crate::model::secret::repeat::{Rarity, rarity};
use crate::model::secret::{Certainty, by_key, dotenv, sops};
use crate::source::Span;

use super::unclaimed;

rule! {
    /// A password or token in an env file.
    ///
    /// ## Why
    ///
    /// Env files are meant to stay with the person who wrote them. One that was committed shows its values to everybody
    /// who can read the repository or its history.
    ///
    /// Looked at are `.env`, `.env.production`, `prod.env` and the like: variables under the name of a credential whose
    /// value is no word. Tokens of a known form are reported by `known-credential-committed`, passwords in addresses by
    /// `url-embedded-credentials`, and files that a generator of Kustomize reads by the rules about generators.
    ///
    /// ## What passes
    ///
    /// - files to copy and fill in: `.env.example`, `.env.sample`, `.env.template`
    /// - files encrypted by sops, references and placeholders
    /// - words: `postgres`, `admin`, `changeme`
    ///
    /// ## Bad
    ///
    /// ```dotenv
    /// # file: .env
    /// DB_HOST=db.example.com
    /// DB_PASSWORD=Kelp2048!barnacle
    /// ```
    ///
    /// ## Good
    ///
    /// ```dotenv
    /// # file: .env.example
    /// DB_HOST=db.example.com
    /// DB_PASSWORD=
    /// ```
    pub static RULE = "env-file-credential" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["secret", "security"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let (source, text) = (file.file.source, file.source().text());
    let is_dotenv = dotenv::is_dotenv(file.path().file_name().unwrap_or_default());
    if !is_dotenv || sops::is_sops_text(text) {
        return;
    }
    if unclaimed::is_claimed(file, cx.world()) {
        return;
    }
    let mut found = dotenv::variables(text)
        .into_iter()
        .filter(|variable| is_credential(variable.name, variable.value))
        .map(|variable| {
            (variable.name, Span::new(source, variable.range.start as u32, variable.range.end as u32))
        });
    let Some((name, span)) = found.next() else { return };
    let finding = cx.report(
        At::span(span),
        Report {
            message: format!("`{name}` in an env file holds a credential"),
            why: "whoever can read the repository or its history has the value".into(),
            help:
                "replace the credential, take the file out of git, and commit one with empty values to copy"
                    .into(),
        },
    );
    finding.related.extend(found.map(|(name, span)| {
        let message = format!("`{name}` as well").into();
        Related { span, message }
    }));
}

fn is_credential(name: &str, value: &str) -> bool {
    let found = by_key(name, value);
    found.is_some_and(|found| found.certainty == Certainty::Named)
        && rarity(value) >= Rarity::Odd
        && !unclaimed::is_reported(value)
}
