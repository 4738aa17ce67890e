//! What the rules about credentials share: where to point, how far to lower, and text with assignments in it.

use std::ops::Range;

use crate::engine::{At, Cx, Report};
use crate::finding::{Finding, Level};
use crate::model::secret::{
    Certainty, Credential, KeyClass, KnownFormat, assignment, by_key, credential_key,
};
use crate::model::{DocumentKind, DocumentView, ObjectView};
use crate::source::SourceKind;
use crate::yaml::Cursor;

/// Whether a document may hold manifests or configuration of an application. Pipelines and the files of tools
/// have their own ways to name a secret.
pub fn is_manifest(document: &DocumentView<'_>) -> bool {
    !matches!(
        document.kind(),
        DocumentKind::Empty | DocumentKind::Chart | DocumentKind::SopsConfig | DocumentKind::Pipeline(_)
    )
}

/// The text of a document as it stands in its file.
pub fn text<'w>(document: &DocumentView<'w>) -> &'w str {
    document.map.slice(document.root.span())
}

/// Where to point for a credential in a value: at its key, or at its line when the value has several.
pub fn at(value: Cursor<'_>, range: Range<usize>) -> At {
    let several = value.text().is_some_and(|text| text.contains('\n'));
    match (several, is_embedded(value)) {
        (true, false) => At::part(value, range.start, range.end),
        (false, false) => At::key(value),
        // The nodes of an embedded document are not those of the document that the finding is about.
        (true, true) => At::span(value.part(range.start, range.end)),
        (false, true) => at_key_bytes(value),
    }
}

/// The bytes of the key of a value in a document that the run does not know as one.
pub fn at_key_bytes(value: Cursor<'_>) -> At {
    At::span(value.key().unwrap_or(value).span())
}

/// Whether a value stands in a document inside a scalar of the file.
pub fn is_embedded(value: Cursor<'_>) -> bool {
    matches!(value.map().source(value.span().source).kind(), SourceKind::Embedded { .. })
}

/// Says that an expression of sops cannot be read.
pub fn unreadable_expression(cx: &mut Cx<'_>, field: &str, expression: Cursor<'_>, error: &str) {
    let (why, help) = match field {
        "path_regex" => (
            "sops stops at it for every file that no rule above it is for, and plimsoll checks none of these",
            "write it as Go's `regexp` reads it, which knows no look-around: turn `(?!…)` into a rule above this one",
        ),
        _ => (
            "sops takes it for one that fits nothing: with `encrypted_regex` it encrypts nothing",
            "write it as Go's `regexp` reads it, which knows no look-around: list the keys, as in `^(data|stringData)$`",
        ),
    };
    let message = format!("`{field}` cannot be read as a regular expression: {error}");
    let level = cx.level().min(Level::Warning);
    cx.report(At::value(expression), Report { message, why: why.into(), help: help.into() }).level = level;
}

/// Reports about an object whose file is not looked at as a deployed object, or not only.
pub fn report<'c>(
    cx: &'c mut Cx<'_>,
    object: Option<&ObjectView<'_>>,
    at: At,
    report: Report,
) -> &'c mut Finding {
    let finding = cx.report(at, report);
    finding.object = object.map(ObjectView::object_name);
    finding
}

/// Why a credential of a cluster on somebody's machine is a note.
pub const LOCAL: &str = "it is for a cluster that is made on somebody's machine and taken away again; used anywhere else, it \
                         would be known to all who read the repository";

/// Makes a finding a note, whatever its level was before.
pub fn note(finding: &mut Finding) {
    finding.level = Level::Note;
}

/// The words for what was found.
pub fn describe(credential: &Credential) -> String {
    match credential.certainty {
        Certainty::Known(form) => form_name(form),
        Certainty::Named => "a credential".to_owned(),
        Certainty::Doubtful => "what looks like a credential".to_owned(),
        Certainty::Placeholder => "a placeholder for a credential".to_owned(),
    }
}

/// The words for a known form.
pub fn form_name(form: KnownFormat) -> String {
    let is_said = !form.encoded || form.name.ends_with("in base64");
    form.name.to_owned() + if is_said { "" } else { " in base64" }
}

/// Lowers a finding of a rule whose level fits a sure credential.
pub fn refine(finding: &mut Finding, certainty: Certainty) {
    match certainty {
        // Half of a credential may be all that is wanted, as in an issuer of cert-manager.
        Certainty::Known(form) if form.identifier => note(finding),
        Certainty::Known(form) if form.is_weak() => finding.level = finding.level.lowered(),
        Certainty::Known(_) | Certainty::Named => {}
        Certainty::Doubtful => finding.level = finding.level.lowered(),
        Certainty::Placeholder => note(finding),
    }
}

/// Passwords that a product comes with, which whoever attacks it tries first.
const DEFAULTS: [&str; 12] = [
    "admin",
    "administrator",
    "root",
    "guest",
    "postgres",
    "mysql",
    "redis",
    "mongo",
    "minio",
    "minioadmin",
    "rabbitmq",
    "keycloak",
];

/// Makes a finding a note when the value is the password that a product comes with. Nobody learns it from the
/// repository, so there is nothing to replace in its history; that it is in use is still worth a line. Wherever it
/// stands, in a container or in the values of a chart, it is the same.
pub fn note_default(finding: &mut Finding, value: &str) {
    if DEFAULTS.iter().any(|default| value.trim().eq_ignore_ascii_case(default)) {
        note(finding);
    }
}

/// Files in which everything after the separator is the value.
const PLAIN_FORMATS: [&str; 9] =
    [".properties", ".ini", ".env", ".conf", ".cfg", ".yaml", ".yml", ".toml", ".cnf"];
/// Files of code, in which only quoted text is a value.
const CODE: [&str; 14] = [
    ".py", ".js", ".ts", ".lua", ".go", ".rb", ".pl", ".php", ".groovy", ".java", ".tf", ".tpl", ".ps1",
    ".md",
];

/// The first `password=…` or `password: …` of a text of several lines that gives a credential in clear. `name`
/// is that of the text: `application.properties`.
pub fn assigned(name: &str, text: &str) -> Option<(String, Credential)> {
    let is_code = CODE.iter().any(|end| name.ends_with(end));
    let is_plain = PLAIN_FORMATS.iter().any(|end| name.ends_with(end));
    assignment::in_clear_lines(text).filter(|found| !found.comment).find_map(|found| {
        let is_value = found.quoted || is_plain || !(is_code || is_expression(found.value));
        let is_filled_in = found.value.contains(['$', '{', '%']);
        if !is_value || is_filled_in || credential_key(found.key) != Some(KeyClass::Clear) {
            return None;
        }
        let credential = by_key(found.key, found.value)?;
        let range = found.range;
        (credential.certainty == Certainty::Named)
            .then(|| (found.key.to_owned(), Credential { range, certainty: Certainty::Named }))
    })
}

/// Whether unquoted text is rather code than a value: calls, lists, `config.password`.
fn is_expression(text: &str) -> bool {
    text.contains(|c: char| "()[]<>`\\|&*;".contains(c) || c.is_whitespace())
        || (text.contains('.') && text.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_')))
}
