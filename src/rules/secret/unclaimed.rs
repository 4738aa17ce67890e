//! Credentials of a known form in values that no other rule looks at.
//!
//! Must not report anything.

use crate::model::DocumentView;
use crate::model::secret::{Match, format};
use crate::yaml::Cursor;

use super::{support, territory};

/// The values of a document with such credentials, and the credentials. Private keys have a rule of their own.
pub fn find<'w>(document: &DocumentView<'w>) -> Vec<(Cursor<'w>, Match)> {
    let is_one = |found: &Match| !found.format.is_private_key();
    if !support::is_manifest(document)
        || !format::matches(support::text(document)).any(|found| is_one(&found))
    {
        return Vec::new();
    }
    let claimed = territory::claimed(document);
    let mut found = Vec::new();
    for scalar in document.root.scalars() {
        let span = scalar.span();
        let first = span.part(0, (span.len as usize).min(1));
        if claimed.iter().any(|claim| claim.contains(first)) {
            continue;
        }
        let Some(text) = scalar.text() else { continue };
        found.extend(format::matches(&text).filter(is_one).map(|credential| (scalar, credential)));
    }
    found
}
