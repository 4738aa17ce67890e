//! `secret-in-history`

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::host::{History, OldFile};
use crate::model::FileView;
use crate::model::secret::base64::{Decoded, decode};
use crate::model::secret::object::{self, Value};
use crate::model::secret::{Certainty, by_key, format};
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{self, Cursor, Entry, Limits};

use super::support;

rule! {
    /// A Secret that once was committed in clear text, and is gone.
    ///
    /// ## Why
    ///
    /// A commit that deletes or encrypts a Secret takes nothing back: whoever can read the repository, or has a clone,
    /// can read the old commit.
    ///
    /// Looked at are the last 2000 commits along first parents, of the default branch where it is known: what a merged
    /// branch made and took back itself is not seen. The run says how far it looked, and when a clone is cut off. One
    /// finding for each Secret, at the file that is there today, or at one near to where it lay.
    ///
    /// Runs in the profile `pedantic`, or when it is selected.
    ///
    /// ## What passes
    ///
    /// - placeholders, templates, encrypted values, and whatever is no credential beyond doubt: settings, samples
    /// - a Secret that still is in clear text (see `secret-plaintext`)
    /// - files that a run leaves out, those of tests and examples
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: HISTORY
    /// file 5c1f00d apps/db.yaml
    ///     apiVersion: v1
    ///     kind: Secret
    ///     metadata: {name: db}
    ///     stringData: {password: kX9vQ2mLp7Tz4RbW}
    /// # file: apps/kustomization.yaml
    /// resources: []
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: HISTORY
    /// file 5c1f00d apps/db.yaml
    ///     apiVersion: v1
    ///     kind: Secret
    ///     metadata: {name: db}
    ///     stringData: {password: "${DB_PASSWORD}"}
    /// # file: apps/kustomization.yaml
    /// resources: []
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.github.com/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository>
    pub static RULE = "secret-in-history" {
        level: Warning,
        profile: Pedantic,
        security: 7.0,
        precision: High,
        tags: ["secret", "security", "git"],
        aliases: [],
        checks: [Check::History(check)],
    }
}

fn check(history: &History, cx: &mut Cx<'_>) {
    if history.files.is_empty() {
        return;
    }
    let now = plain_now(cx.world());
    let mut told: BTreeSet<String> = BTreeSet::new();
    for file in &history.files {
        for name in plain_then(file) {
            if now.contains(&name) || !told.insert(name.clone()) {
                continue;
            }
            let Some(at) = place(cx.world(), &file.path) else { continue };
            let commit = file.commit.get(..12).unwrap_or(&file.commit);
            cx.report(
                At::span(at),
                Report {
                    message: format!("Secret `{name}` was committed in clear text: `{}` in {commit}", file.path),
                    why: "what a later commit deletes or encrypts stays readable in the history, and in every clone".into(),
                    help: "replace the credential where it is issued, and revoke the old one; rewriting the history alone \
                           does not take it out of clones"
                        .into(),
                },
            );
        }
    }
}

/// The names of the Secrets of an old file that have something to hide.
fn plain_then(file: &OldFile) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(&file.content) else { return Vec::new() };
    // A world of its own: nothing of it can be shown.
    let map = SourceMap::new(vec![Source::new(file.path.clone(), SourceKind::File, text.to_owned())]);
    let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), Limits::default());
    parsed.trees().flat_map(|tree| plain(Cursor::new(&map, &tree))).collect()
}

/// The names of the Secrets that are in clear text today.
fn plain_now(world: &World) -> BTreeSet<String> {
    let files = world.repository.files.iter().map(|file| FileView { map: &world.map, file });
    let documents = files.flat_map(|file| file.documents().collect::<Vec<_>>());
    let documents = documents.filter(|document| object::mentions_secret(support::text(document)));
    documents.flat_map(|document| plain(document.root)).collect()
}

fn plain(root: Cursor<'_>) -> Vec<String> {
    let (mut secrets, mut scalars) = (Vec::new(), Vec::new());
    object::find(root, &mut secrets, &mut scalars);
    let is_plain = |secret: &Cursor<'_>| {
        ["data", "stringData"].into_iter().any(|field| {
            let entries = secret.get(field).map(|data| data.entries()).unwrap_or_default();
            entries.iter().any(|entry| is_credential(entry, field == "data"))
        })
    };
    let named = secrets.into_iter().filter(is_plain).filter_map(|secret| secret.path(&["metadata", "name"]));
    named.filter_map(|name| name.text()).map(std::borrow::Cow::into_owned).collect()
}

/// Whether a value is a credential beyond doubt: the past is full of settings, samples and words for what is to be filled
/// in, and nobody can change it.
fn is_credential(entry: &Entry<'_>, is_encoded: bool) -> bool {
    let (Some(key), Some(text)) = (entry.key.text(), entry.value.text()) else { return false };
    match object::classify(&key, &text, is_encoded) {
        Value::PrivateKey => return true,
        Value::Secret => {}
        _ => return false,
    }
    let text = match is_encoded.then(|| decode(&text)).flatten() {
        Some(Decoded::Text(text)) => text,
        Some(Decoded::Binary) => return false,
        None => text.into_owned(),
    };
    if let Some(found) = format::find(&text).filter(|found| !found.format.is_identifier() && !found.encrypted)
    {
        let password = text.get(found.range).unwrap_or_default();
        return !found.format.is_url_password() || is_strong(password);
    }
    let is_named = by_key(&key, text.trim()).is_some_and(|found| found.certainty == Certainty::Named);
    is_named && !text.trim().contains('\n') && is_strong(text.trim())
}

/// Whether a password is none that somebody made up for an example.
fn is_strong(text: &str) -> bool {
    let has = |test: fn(char) -> bool| text.chars().any(test);
    text.len() >= 10 && has(|c| c.is_ascii_digit()) && has(|c| c.is_ascii_alphabetic())
}

/// The file that stands at a path today, or the first one in the nearest directory.
fn place(world: &World, path: &Utf8Path) -> Option<Span> {
    let at_path = world.repository.file(path);
    let near = || path.ancestors().skip(1).find_map(|directory| world.repository.directory(directory).next());
    let file = at_path.or_else(near).or_else(|| world.repository.files.first())?;
    Some(Span::new(file.source, 0, 0))
}
