//! The lists of all transformers together: what `configurations:` files add to.
//!
//! Owns the names of the lists. Must not know files: what a file says is handed over as a configuration of its own.

use super::builtin::{
    COMMON_ANNOTATIONS, COMMON_LABELS, IMAGES, NAME_PREFIX, NAME_REFERENCES, NAME_SUFFIX, NAMESPACE,
    REPLICAS, TEMPLATE_LABELS, VAR_REFERENCE,
};
use super::{Conflict, FieldSpecs, NameReferences};

/// Which fields the transformers of a kustomization touch. Empty by default; see [`TransformerConfig::builtin`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::render) struct TransformerConfig {
    /// `namePrefix`.
    pub name_prefix: FieldSpecs,
    /// `nameSuffix`.
    pub name_suffix: FieldSpecs,
    /// `namespace`.
    pub namespace: FieldSpecs,
    /// `commonLabels`, and `labels` with `includeSelectors`.
    pub common_labels: FieldSpecs,
    /// `labels`, whatever its flags; nothing is built in.
    pub labels: FieldSpecs,
    /// `labels` with `includeTemplates`.
    pub template_labels: FieldSpecs,
    /// `commonAnnotations`.
    pub common_annotations: FieldSpecs,
    /// Names in other objects.
    pub name_reference: NameReferences,
    /// `vars`.
    pub var_reference: FieldSpecs,
    /// `images`.
    pub images: FieldSpecs,
    /// `replicas`.
    pub replicas: FieldSpecs,
}

impl TransformerConfig {
    /// What Kustomize knows by itself. Costs nothing: everything is borrowed.
    pub const fn builtin() -> Self {
        Self {
            name_prefix: FieldSpecs::constant(NAME_PREFIX),
            name_suffix: FieldSpecs::constant(NAME_SUFFIX),
            namespace: FieldSpecs::constant(NAMESPACE),
            common_labels: FieldSpecs::constant(COMMON_LABELS),
            labels: FieldSpecs::constant(&[]),
            template_labels: FieldSpecs::constant(TEMPLATE_LABELS),
            common_annotations: FieldSpecs::constant(COMMON_ANNOTATIONS),
            name_reference: NameReferences::constant(NAME_REFERENCES),
            var_reference: FieldSpecs::constant(VAR_REFERENCE),
            images: FieldSpecs::constant(IMAGES),
            replicas: FieldSpecs::constant(REPLICAS),
        }
    }

    /// The lists of fields by their names in a configuration file, where `nameReference` is the only other one.
    pub fn lists(&mut self) -> [(&'static str, &mut FieldSpecs); 10] {
        [
            ("namePrefix", &mut self.name_prefix),
            ("nameSuffix", &mut self.name_suffix),
            ("namespace", &mut self.namespace),
            ("commonAnnotations", &mut self.common_annotations),
            ("commonLabels", &mut self.common_labels),
            ("labels", &mut self.labels),
            ("templateLabels", &mut self.template_labels),
            ("varReference", &mut self.var_reference),
            ("images", &mut self.images),
            ("replicas", &mut self.replicas),
        ]
    }

    /// Adds what another configuration has, all of it or up to the first conflict, which comes with the name of its
    /// list.
    pub fn merge(&mut self, mut incoming: TransformerConfig) -> Result<(), (&'static str, Box<Conflict>)> {
        // Each file is in order before it is merged: which of two conflicting specs is met first depends on it.
        for ((name, known), (_, specs)) in self.lists().into_iter().zip(incoming.lists()) {
            specs.sort();
            known.merge_all(specs).map_err(|conflict| (name, conflict))?;
            known.sort();
        }
        incoming.name_reference.sort();
        let merged = self.name_reference.merge_all(incoming.name_reference);
        merged.map_err(|conflict| ("nameReference", conflict))?;
        self.name_reference.sort();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::FieldSpec;
    use super::*;

    fn labels(kind: [&'static str; 3], path: &'static str, create: bool) -> TransformerConfig {
        let specs = vec![FieldSpec::constant(kind, path, create)];
        TransformerConfig { common_labels: specs.into(), ..TransformerConfig::default() }
    }

    #[test]
    fn specs_are_added_unless_a_narrower_one_is_there() {
        for (added, path, create, expected) in [
            (["", "", "Thing"], "spec/labels", true, Ok(33)),
            (["apps", "", "DaemonSet"], "spec/selector/matchLabels", true, Ok(33)),
            (["", "", "DaemonSet"], "spec/selector/matchLabels", true, Ok(32)),
            // The first spec with this path is that of Deployments, which may create it.
            (["", "", ""], "spec/selector/matchLabels", true, Ok(32)),
            (["", "", ""], "spec/selector/matchLabels", false, Err("Deployment")),
            (["", "", "DaemonSet"], "spec/selector/matchLabels", false, Err("DaemonSet")),
            (["batch", "", "Job"], "spec/selector/matchLabels", true, Err("Job")),
        ] {
            let mut config = TransformerConfig::builtin();
            let merged = config.merge(labels(added, path, create));
            let kind = merged.map_err(|(list, conflict)| {
                assert_eq!(list, "commonLabels");
                conflict.known.kind
            });
            let found = kind.map(|()| config.common_labels.len());
            assert_eq!(
                found.as_ref().map_err(|kind| &**kind),
                expected.as_ref().map_err(|kind| *kind),
                "{added:?}"
            );
            assert!(config.common_labels.is_sorted_by(|a, b| a.compare(b).is_le()), "{added:?}");
        }
    }

    #[test]
    fn nothing_else_changes() {
        let mut config = TransformerConfig::builtin();
        assert!(config.merge(labels(["", "", "Service"], "spec/labels", true)).is_ok());
        let builtin = TransformerConfig::builtin();
        assert_eq!(config.common_labels[1].path, "spec/labels", "Services come early");
        config.common_labels = builtin.common_labels.clone();
        assert_eq!(config, builtin);
    }
}
