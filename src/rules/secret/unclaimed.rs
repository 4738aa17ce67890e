//! Credentials of a known form where no other rule looks: values of any YAML, comments, and files that are none.
//!
//! Must not report anything.

use std::ops::Range;

use crate::discover::FileKind;
use crate::engine::{At, World};
use crate::model::secret::{Certainty, KnownFormat, Match, dotenv, encoded, format, known};
use crate::model::{DocumentKind, DocumentView, FileView};
use crate::source::Span;
use crate::yaml::Cursor;

use super::generator::EnvFiles;
use super::territory;

/// A credential of a known form.
pub struct Found {
    /// Where.
    pub at: At,
    /// What it is.
    pub form: KnownFormat,
    /// The key that holds it, where there is one.
    pub key: Option<String>,
}

/// What a rule looks for. Private keys have one of their own, which looks at text alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Passwords in addresses.
    UrlPassword,
    /// All others.
    Other,
}

impl Wanted {
    /// Whether a file may hold one that is written as it is.
    fn may_be_in(self, file: &FileView<'_>) -> bool {
        let forms = file.forms();
        match self {
            Self::UrlPassword => forms.url_password,
            Self::Other => forms.other,
        }
    }

    fn is(self, found: &Match) -> bool {
        !found.format.is_private_key() && found.format.is_url_password() == (self == Self::UrlPassword)
    }
}

/// The credentials in the values of a document.
pub fn in_document(document: &DocumentView<'_>, wanted: Wanted) -> Vec<Found> {
    let DocumentView { map, file, .. } = *document;
    let has_form = wanted.may_be_in(&FileView { map, file });
    // A password in an address is none behind base64.
    let is_decoded = wanted == Wanted::Other;
    if document.kind() == DocumentKind::Empty || !has_form && !is_decoded {
        return Vec::new();
    }
    let mut found: Vec<(Cursor<'_>, Found)> = Vec::new();
    for scalar in own_words(document).into_iter().flat_map(|value| value.scalars()) {
        let may_be_encoded = is_decoded && encoded::may_be_written(map.slice(scalar.span()));
        if !has_form && !may_be_encoded {
            continue;
        }
        let Some(text) = scalar.text() else { continue };
        let key = || scalar.key().and_then(|key| key.text()).map(|key| key.into_owned());
        if has_form {
            let here = format::matches(&text)
                .filter(|it| wanted.is(it))
                .filter(|it| !is_of_a_test(document, &text, it));
            let mut here = here.peekable();
            if here.peek().is_some() {
                let part = scalar.parts();
                let at = |it: &Match| At::bytes(scalar, part(it.range.start, it.range.end));
                found.extend(here.map(|it| (scalar, of(at(&it), &it, key()))));
            }
        }
        let form = may_be_encoded.then(|| encoded::find(&text)).flatten();
        if let Some(form) = form.filter(|form| !form.is_private_key && !form.identifier) {
            let at = At::value(scalar);
            found.push((scalar, Found { at, form, key: key() }));
        }
    }
    if !found.is_empty() {
        let claimed = territory::claimed(document);
        found.retain(|(scalar, _)| {
            let span = scalar.span();
            let first = span.part(0, (span.len as usize).min(1));
            !claimed.iter().any(|claim| claim.contains(first))
        });
    }
    found.into_iter().map(|(_, found)| found).collect()
}

/// A document, or what of a CustomResourceDefinition does not describe fields.
fn own_words<'w>(document: &DocumentView<'w>) -> Vec<Cursor<'w>> {
    let Some(definition) = document.definition() else { return vec![document.root] };
    let values = document.root.entries().into_iter().map(|entry| entry.value);
    values.filter(|value| value.index() != definition.index()).collect()
}

/// The credentials in what of a file is no document: all of its text, or its comments.
pub fn in_text(file: &FileView<'_>, wanted: Wanted) -> Vec<Found> {
    let (source, text) = (file.file.source, file.source().text());
    if !wanted.may_be_in(file) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut add = |range: Range<usize>, is_wanted: &dyn Fn(&Match) -> bool| {
        let part = text.get(range.clone()).unwrap_or_default();
        for it in format::matches(part).filter(|it| wanted.is(it)).filter(|it| is_wanted(it)) {
            let (start, end) = (range.start + it.range.start, range.start + it.range.end);
            found.push(of(At::span(Span::new(source, start as u32, end as u32)), &it, None));
        }
    };
    if file.documents().next().is_some() {
        // What is commented out is an example more often than not, and its form alone must be sure.
        let is_sure = |it: &Match| {
            !it.format.is_url_password() && !it.format.is_identifier() && !it.format.is_doubtful()
        };
        for comment in &file.file.parsed.comments {
            add(comment.span.start as usize..comment.span.end() as usize, &is_sure);
        }
        return found;
    }
    // What a template makes is deployed; an env file or a script mostly serves one machine.
    let is_manifest = matches!(file.file.kind, FileKind::Yaml | FileKind::Json | FileKind::Template);
    add(0..text.len(), &|it| is_manifest || !is_local(text, it));
    found
}

/// Whether a file is one of variables, which a kustomization may read.
pub fn is_env_file(file: &FileView<'_>) -> bool {
    dotenv::is_dotenv(file.path().file_name().unwrap_or_default())
}

/// Whether a kustomization does, so that another rule looks at it.
pub fn is_claimed(file: &FileView<'_>, world: &World) -> bool {
    world.memo.get(|| EnvFiles::of(world)).0.contains(file.path())
}

fn of(at: At, found: &Match, key: Option<String>) -> Found {
    Found { at, form: KnownFormat::from(found), key }
}

/// Whether a pipeline logs in to what it has started itself, or a program to what runs beside it on somebody's machine.
fn is_of_a_test(document: &DocumentView<'_>, text: &str, found: &Match) -> bool {
    match document.kind() {
        DocumentKind::Pipeline(_) | DocumentKind::Package => is_local(text, found),
        // What Compose starts finds each other by names of one word, in a network of its own.
        DocumentKind::Unknown if document.root.get("services").is_some() => is_local(text, found),
        DocumentKind::Unknown => is_loopback(text, found),
        _ => false,
    }
}

/// Whether a password stands in front of the address of the machine itself.
fn is_loopback(text: &str, found: &Match) -> bool {
    let host = text.get(found.range.end..).unwrap_or_default().trim_start_matches('@');
    let name = host.split([':', '/', '?', ',']).next().unwrap_or_default();
    found.format.is_url_password() && (name == "localhost" || name.starts_with("127."))
}

/// Whether a password stands in front of a host of one word, which only means something on one machine or in one
/// network, or repeats the user.
fn is_local(text: &str, found: &Match) -> bool {
    let Match { format, range, .. } = found;
    let (Some(before), Some(password), Some(after)) =
        (text.get(..range.start), text.get(range.clone()), text.get(range.end..))
    else {
        return false;
    };
    let host = after.trim_start_matches('@');
    let end = host.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(host.len());
    let host = &host[..end];
    let user = before.trim_end_matches(':').rsplit('/').next().unwrap_or_default();
    // What containers call the machine that they run on.
    let is_own = host.starts_with("127.") || host == "host.docker.internal";
    format.is_url_password() && (!host.contains('.') || is_own || user == password)
}

/// Whether a value has a credential of a known form, which the rules here report.
pub fn is_reported(value: &str) -> bool {
    known(value).is_some_and(|found| matches!(found.certainty, Certainty::Known(form) if !form.identifier))
}
