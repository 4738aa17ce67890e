//! One field that a transformer touches: in which objects, at which path, and whether to make it.
//!
//! Owns the syntax of such paths. Must not know trees: walking is the transformers' work.

use std::borrow::Cow;

use super::order::{GvkParts, compare_kinds};

/// A field of the objects of a kind (Kustomize's `FieldSpec`).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in crate::render) struct FieldSpec {
    /// API group; empty for any.
    pub group: Cow<'static, str>,
    /// API version; empty for any.
    pub version: Cow<'static, str>,
    /// Kind; empty for any.
    pub kind: Cow<'static, str>,
    /// The path as written. Its names are read with [`FieldSpec::path`]; specs are compared by this text.
    pub path: Cow<'static, str>,
    /// Whether to make the field, and the mappings on the way, where it is absent.
    pub create: bool,
}

impl FieldSpec {
    /// A spec that is known when plimsoll is compiled.
    pub const fn constant(
        [group, version, kind]: [&'static str; 3],
        path: &'static str,
        create: bool,
    ) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            path: Cow::Borrowed(path),
            create,
        }
    }

    /// Whether the field is one of objects of this kind.
    pub fn selects(&self, group: &str, version: &str, kind: &str) -> bool {
        fits(&self.group, group) && fits(&self.version, version) && fits(&self.kind, kind)
    }

    /// The names to follow.
    pub fn path(&self) -> Path<'_> {
        Path::new(&self.path)
    }

    /// Whether `incoming` brings nothing new beside this spec, `create` aside: the same path, and what it selects
    /// taken as a pattern that this spec fits. So a spec for all kinds is dropped next to one for a single kind
    /// with the same path, which is odd, and what Kustomize does (`FieldSpec.effectivelyEquals`).
    pub(super) fn covers(&self, incoming: &FieldSpec) -> bool {
        incoming.selects(&self.group, &self.version, &self.kind) && self.path == incoming.path
    }

    /// Kustomize keeps specs in the order of the kinds they are about; those of one kind stay as they were added.
    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        compare_kinds(self.parts(), other.parts())
    }

    fn parts(&self) -> GvkParts<'_> {
        GvkParts { group: &self.group, version: &self.version, kind: &self.kind }
    }
}

/// Whether a part of a pattern, where empty is anything, is met.
pub(super) fn fits(wanted: &str, found: &str) -> bool {
    wanted.is_empty() || wanted == found
}

/// The rest of a spec's path: names parted by slashes.
///
/// `\/` is a slash within a name, and a slash in front is allowed. A path never names list items: it goes on in every
/// item of a list that it meets, whether or not the name says that it is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) struct Path<'p> {
    rest: Option<&'p str>,
}

/// One name of a [`Path`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct Segment<'p> {
    /// The key in a mapping. Empty names are an error for Kustomize as soon as a mapping is reached.
    pub name: Cow<'p, str>,
    /// Written with `[]`: a list is expected, so the field is never made, even by a spec that may create.
    pub list: bool,
}

impl<'p> Path<'p> {
    /// The whole of a path. Even an empty text has a name, an empty one.
    pub fn new(text: &'p str) -> Self {
        Self { rest: Some(text.strip_prefix('/').unwrap_or(text)) }
    }

    /// The next name and what comes after it; `None` at the end, where the field is.
    pub fn split_first(self) -> Option<(Segment<'p>, Path<'p>)> {
        let text = self.rest?;
        let bytes = text.as_bytes();
        let parts = |&at: &usize| bytes[at] == b'/' && (at == 0 || bytes[at - 1] != b'\\');
        let (name, rest) = match (0..bytes.len()).find(parts) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        let (name, list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        let name = if name.contains("\\/") { name.replace("\\/", "/").into() } else { name.into() };
        Some((Segment { name, list }, Path { rest }))
    }

    /// Whether all names were followed.
    pub fn is_end(self) -> bool {
        self.rest.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let mut path = Path::new(text);
        let mut names = Vec::new();
        while let Some((Segment { name, list }, rest)) = path.split_first() {
            names.push(format!("{name}{}", if list { " (list)" } else { "" }));
            path = rest;
        }
        assert!(path.is_end());
        names
    }

    #[test]
    fn paths_are_split_as_kustomize_splits_them() {
        for (path, expected) in [
            ("metadata/name", &["metadata", "name"][..]),
            ("/metadata/name", &["metadata", "name"]),
            ("spec/containers[]/image", &["spec", "containers (list)", "image"]),
            (r"metadata/annotations/a.io\/b", &["metadata", "annotations", "a.io/b"]),
            (r"a\/b\/c/d", &["a/b/c", "d"]),
            (r"a\//b", &["a/", "b"]),
            (r"a\\/b", &[r"a\/b"]),
            (r"a/b\", &["a", r"b\"]),
            ("", &[""]),
            ("/", &[""]),
            ("//a", &["", "a"]),
            ("a/", &["a", ""]),
            ("a//b", &["a", "", "b"]),
            ("ä/[]", &["ä", " (list)"]),
        ] {
            assert_eq!(names(path), expected, "{path}");
        }
    }

    #[test]
    fn empty_parts_select_anything() {
        for (spec, object, expected) in [
            (["", "", "Deployment"], ["extensions", "v1beta1", "Deployment"], true),
            (["apps", "", "Deployment"], ["extensions", "v1beta1", "Deployment"], false),
            (["apps", "v1", "Deployment"], ["apps", "v1", "Deployment"], true),
            (["apps", "v1", "Deployment"], ["apps", "v1beta1", "Deployment"], false),
            (["", "v1", ""], ["", "v1", "Pod"], true),
            (["", "", ""], ["", "", ""], true),
            (["", "", "Pod"], ["", "v1", "PodTemplate"], false),
        ] {
            let [group, version, kind] = object;
            let found = FieldSpec::constant(spec, "a", false).selects(group, version, kind);
            assert_eq!(found, expected, "{spec:?} {object:?}");
        }
    }
}
