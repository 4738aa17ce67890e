//! Names in other objects: what is named, and the fields that name it.
//!
//! Owns how references from `configurations:` and `crds:` are merged with Kustomize's own. Must not know how a
//! reference is resolved.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Deref;

use super::order::{GvkParts, compare_kinds};
use super::{Conflict, FieldSpecs};

/// A kind of object, and the fields of other objects that hold its name (Kustomize's `NameBackReferences`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct NameReference {
    /// API group of what is named; empty for any.
    pub group: Cow<'static, str>,
    /// Its API version; empty for any.
    pub version: Cow<'static, str>,
    /// Its kind; empty for any.
    pub kind: Cow<'static, str>,
    /// The fields that name it. A field may hold more than a name: a mapping with name and namespace, or a list.
    pub referrers: FieldSpecs,
}

impl NameReference {
    /// The order in which references are kept up to date, of which a field that may name objects of several kinds
    /// can notice.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        compare_kinds(self.parts(), other.parts())
    }

    fn parts(&self) -> GvkParts<'_> {
        GvkParts { group: &self.group, version: &self.version, kind: &self.kind }
    }
}

/// A list of references in the order of their kinds. The built-in one is borrowed until something is added.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::render) struct NameReferences(Cow<'static, [NameReference]>);

impl NameReferences {
    /// A table that is known when plimsoll is compiled, in order.
    pub const fn constant(references: &'static [NameReference]) -> Self {
        Self(Cow::Borrowed(references))
    }

    /// Adds the fields of a reference to those of the same kind, or the reference at the end when there is none.
    pub fn merge_one(&mut self, incoming: NameReference) -> Result<(), Box<Conflict>> {
        // The same kind means the same texts: a reference to ConfigMaps of any version is another one.
        let same = |known: &NameReference| known.parts() == incoming.parts();
        match self.0.iter().position(same) {
            Some(at) => self.0.to_mut()[at].referrers.merge_all(&incoming.referrers),
            None => {
                self.0.to_mut().push(incoming);
                Ok(())
            }
        }
    }

    /// Adds all of a list, one after the other.
    pub fn merge_all(&mut self, incoming: NameReferences) -> Result<(), Box<Conflict>> {
        incoming.0.into_owned().into_iter().try_for_each(|reference| self.merge_one(reference))
    }

    /// Restores the order of kinds. The fields of one kind stay as they were added.
    pub fn sort(&mut self) {
        if !self.0.is_sorted_by(|a, b| a.compare(b).is_le()) {
            self.0.to_mut().sort_by(NameReference::compare);
        }
    }
}

impl Deref for NameReferences {
    type Target = [NameReference];

    fn deref(&self) -> &[NameReference] {
        &self.0
    }
}

impl From<Vec<NameReference>> for NameReferences {
    fn from(references: Vec<NameReference>) -> Self {
        Self(Cow::Owned(references))
    }
}

#[cfg(test)]
mod tests {
    use super::super::FieldSpec;
    use super::*;

    fn reference(kind: &'static str, path: &'static str, create: bool) -> NameReference {
        NameReference {
            group: "".into(),
            version: "v1".into(),
            kind: kind.into(),
            referrers: vec![FieldSpec::constant(["", "", "Thing"], path, create)].into(),
        }
    }

    #[test]
    fn references_to_one_kind_are_one() {
        let mut all = NameReferences::constant(super::super::builtin::NAME_REFERENCES);
        let (kinds, config_maps) = (all.len(), 52);
        assert!(all.merge_one(reference("ConfigMap", "spec/config", false)).is_ok());
        assert!(all.merge_one(reference("ConfigMap", "spec/config", false)).is_ok());
        assert!(all.merge_one(reference("Namespace", "spec/space", false)).is_ok());
        let conflict = all.merge_one(reference("ConfigMap", "spec/config", true));
        assert!(conflict.is_err_and(|it| it.incoming.create && !it.known.create));
        all.sort();
        assert_eq!(all.len(), kinds + 1);
        assert_eq!(all[0].kind, "Namespace");
        let found = all.iter().find(|it| it.kind == "ConfigMap");
        assert_eq!(found.map(|it| it.referrers.len()), Some(config_maps + 1));
    }
}
