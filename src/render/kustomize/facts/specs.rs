//! Lists of specs, built in and from `configurations:`, and how the two are merged.
//!
//! Owns the rule of what a conflict is. Must not know which transformer a list is for.

use std::borrow::Cow;
use std::ops::Deref;

use super::FieldSpec;

/// A list of specs in the order of their kinds. Built-in lists are borrowed until something is added.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::render) struct FieldSpecs(pub(super) Cow<'static, [FieldSpec]>);

/// Two specs for the same field of which only one may create it: Kustomize refuses to choose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct Conflict {
    /// The spec that was there.
    pub known: FieldSpec,
    /// The one that was to be added.
    pub incoming: FieldSpec,
}

impl FieldSpecs {
    /// A table that is known when plimsoll is compiled, in order.
    pub const fn constant(specs: &'static [FieldSpec]) -> Self {
        Self(Cow::Borrowed(specs))
    }

    /// Adds a spec at the end unless an equal one is there. Does not sort, as Kustomize does not until a whole
    /// configuration is merged.
    pub fn merge_one(&mut self, incoming: FieldSpec) -> Result<(), Box<Conflict>> {
        match self.0.iter().find(|known| known.covers(&incoming)) {
            Some(known) if known.create != incoming.create => {
                Err(Box::new(Conflict { known: known.clone(), incoming }))
            }
            Some(_) => Ok(()),
            None => {
                self.0.to_mut().push(incoming);
                Ok(())
            }
        }
    }

    /// Adds all of a list, one after the other.
    pub fn merge_all(&mut self, incoming: &[FieldSpec]) -> Result<(), Box<Conflict>> {
        incoming.iter().try_for_each(|spec| self.merge_one(spec.clone()))
    }

    /// Restores the order of kinds.
    pub fn sort(&mut self) {
        if !self.0.is_sorted_by(|a, b| a.compare(b).is_le()) {
            self.0.to_mut().sort_by(FieldSpec::compare);
        }
    }
}

impl Deref for FieldSpecs {
    type Target = [FieldSpec];

    fn deref(&self) -> &[FieldSpec] {
        &self.0
    }
}

impl From<Vec<FieldSpec>> for FieldSpecs {
    fn from(specs: Vec<FieldSpec>) -> Self {
        Self(Cow::Owned(specs))
    }
}
