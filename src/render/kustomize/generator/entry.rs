//! What an entry says: its fields with their types, and absent where Go could not tell them from absent ones.
//!
//! Items of a kustomization were checked against its table before. Documents under `generators:` were not: Kustomize
//! does not mind fields it does not know in them, but it does mind types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::render::kustomize::error::{BuildError, Result};
use crate::yaml::{Cursor, Entry, Schema, Typed};

/// A string to Kustomize's own reader, which reads documents; the one of kustomizations takes fewer for strings.
fn is_string(value: Cursor<'_>) -> bool {
    value.typed_as(Schema::GoYamlV3, |typed| matches!(typed, Typed::Str(_))) == Some(true)
}

/// A text that is not empty.
pub(super) fn text<'a>(of: Cursor<'a>, name: &str) -> Result<Option<Cursor<'a>>> {
    match of.get(name).filter(|value| !value.is_null()) {
        Some(value) if !is_string(value) => {
            Err(BuildError::new(value.span(), format!("`{name}` must be a string")))
        }
        value => Ok(value.filter(|value| value.text().is_some_and(|text| !text.is_empty()))),
    }
}

/// The texts of a list.
pub(super) fn texts<'a>(of: Cursor<'a>, name: &str) -> Result<Vec<Cursor<'a>>> {
    let Some(list) = of.get(name).filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
    if !list.is_seq() {
        return Err(BuildError::new(list.span(), format!("`{name}` must be a list")));
    }
    let wrong = |item: Cursor<'_>, message: String| Err(BuildError::new(item.span(), message));
    list.items()
        .map(|item| match item.text() {
            Some(text) if text.is_empty() || item.is_null() => {
                wrong(item, format!("an empty item of `{name}`"))
            }
            Some(_) if is_string(item) => Ok(item),
            _ => wrong(item, format!("an item of `{name}` must be a string")),
        })
        .collect()
}

/// Options of the entry, and of all entries of the kustomization.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    own: Option<Cursor<'a>>,
    global: Option<Cursor<'a>>,
}

impl<'a> Options<'a> {
    /// The options of an entry beside `generatorOptions`.
    pub fn new(entry: Cursor<'a>, global: Option<Cursor<'a>>) -> Self {
        Self { own: entry.get("options"), global }
    }

    fn all(self) -> impl DoubleEndedIterator<Item = Cursor<'a>> {
        [self.own, self.global].into_iter().flatten().filter(|options| !options.is_null())
    }

    /// The scalars that say anything about a flag.
    pub fn said(self, name: &str) -> impl Iterator<Item = Cursor<'a>> {
        self.all().filter_map(move |options| options.get(name)).filter(|flag| !flag.is_null())
    }

    /// The scalar that sets a flag: what is on for all cannot be turned off for one.
    pub fn flag(self, name: &str) -> Result<Option<Cursor<'a>>> {
        let mut set = None;
        for flag in self.said(name) {
            match flag.bool() {
                Some(true) => set = set.or(Some(flag)),
                Some(false) => {}
                None => return Err(BuildError::new(flag.span(), format!("`{name}` must be true or false"))),
            }
        }
        Ok(set)
    }

    /// Labels or annotations by their names; the entry's own win.
    pub fn pairs(self, name: &str) -> Result<BTreeMap<Cow<'a, str>, Entry<'a>>> {
        let mut all = BTreeMap::new();
        for options in self.all().rev() {
            let Some(pairs) = options.get(name).filter(|pairs| !pairs.is_null()) else { continue };
            if !pairs.is_map() {
                return Err(BuildError::new(pairs.span(), format!("`{name}` must be a mapping")));
            }
            for entry in pairs.entries() {
                if !is_string(entry.value) && !entry.value.is_null() {
                    let key = entry.key.text().unwrap_or_default();
                    let message = format!("`{name}.{key}` must be a string; put it in quotes");
                    return Err(BuildError::new(entry.value.span(), message));
                }
                all.insert(entry.key.text().unwrap_or_default(), entry);
            }
        }
        Ok(all)
    }
}
