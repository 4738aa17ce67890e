//! Which bytes of a document another rule about credentials reports on, so that one key is one finding.

use crate::model::DocumentView;
use crate::model::secret::sops::Sops;
use crate::model::secret::{kubeconfig, object};
use crate::source::Span;
use crate::yaml::Cursor;

use super::values;

/// The spans of a document whose credentials have a rule of their own: Secrets, ConfigMaps and their generators,
/// kubeconfigs, Helm values, environments and arguments of containers, and what sops must encrypt.
pub fn claimed(document: &DocumentView<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut add = |node: Cursor<'_>| spans.push(node.span());
    let (mut secrets, mut manifests) = (Vec::new(), Vec::new());
    object::find(document.root, &mut secrets, &mut manifests);
    secrets.into_iter().chain(manifests).for_each(&mut add);
    if kubeconfig::is_kubeconfig(document.root) {
        add(document.root);
    }
    for (root, _) in values::roots(document) {
        add(root.node());
    }
    ["configMapGenerator", "secretGenerator"]
        .iter()
        .filter_map(|name| document.root.get(name))
        .for_each(&mut add);
    for object in document.objects() {
        if object.kind() == "ConfigMap" {
            object.root.get("data").into_iter().for_each(&mut add);
        }
        for container in object.pod_specs().iter().flat_map(|pod| pod.containers()) {
            let fields = ["env", "args", "command", "source", "script"];
            fields.iter().filter_map(|field| container.spec.get(field)).for_each(&mut add);
        }
    }
    if let Some(sops) = Sops::read(document.root) {
        sops.clear_leaves(document.root, &document.file.parsed.comments).into_iter().for_each(&mut add);
    }
    spans
}
