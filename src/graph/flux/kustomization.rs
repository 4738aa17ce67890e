//! A Flux Kustomization: its path, and what the kustomize-controller builds there.
//!
//! Source: <https://fluxcd.io/flux/components/kustomize/kustomizations/>.

use crate::graph::context::source_path;
use crate::graph::owner::{Content, Destination, Expansion, Planned};
use crate::graph::{Context, Status, Tool};
use crate::model::{File, ObjectView};
use crate::render::Built;

/// What the controller makes of a Kustomization.
pub fn expand(context: &Context<'_>, kustomization: &ObjectView<'_>) -> Expansion {
    let Some(spec) = kustomization.root.get("spec") else { return Expansion::default() };
    let at = spec.get("path").unwrap_or(spec);
    let path = spec.get("path").and_then(|path| path.text()).unwrap_or_default();
    let target = spec.get("targetNamespace").and_then(|namespace| namespace.text());
    let kube_config = spec.path(&["kubeConfig", "secretRef", "name"]).and_then(|name| name.text());
    let mut planned = Planned {
        at: at.span(),
        directory: None,
        tool: Tool::Kustomize,
        status: Status::Resolved,
        content: Content::Nothing,
        destination: kube_config.map_or(Destination::Own, |name| Destination::Named(name.into_owned())),
        namespace: target.map(|namespace| namespace.into_owned()),
    };
    match source_path(&path) {
        None => planned.status = Status::Missing(format!("`{path}` leads out of the repository")),
        Some(directory) if !context.is_directory(&directory) => {
            planned.status = Status::Unverifiable("the source may be another repository".into());
        }
        Some(directory) if context.renderer.has_kustomization(&directory) => {
            planned.directory = Some(directory.clone());
            planned.content = Content::Kustomization { directory, unrestricted: true };
        }
        Some(directory) => {
            let files: Vec<&File> = context.below(&directory).map(|(_, file)| file).collect();
            planned.directory = Some(directory.clone());
            if let Some(first) = files.first() {
                let objects = Context::objects(&files);
                let built = Built::plain(&directory, first.source, objects, Vec::new());
                planned.content = Content::Own(Box::new(built));
            }
        }
    }
    Expansion { deliveries: vec![planned], ..Expansion::default() }
}
