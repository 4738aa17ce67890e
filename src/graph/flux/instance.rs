//! A FluxInstance of the Flux Operator: it installs Flux, and `spec.sync` makes a source and a Kustomization.
//!
//! Source: <https://fluxoperator.dev/docs/crd/fluxinstance/#sync-configuration>.

use crate::graph::owner::{Content, Destination, Expansion, Planned};
use crate::graph::{Context, Tool, Whose};
use crate::model::ObjectView;
use crate::render::Built;

use super::generated;
use super::source::Artifact;

/// What the operator makes of a FluxInstance.
pub fn expand(context: &Context<'_>, instance: &ObjectView<'_>) -> Expansion {
    let Some(sync) = instance.root.path(&["spec", "sync"]) else { return Expansion::default() };
    let text = |name: &str| sync.get(name).and_then(|value| value.text()).unwrap_or_default();
    let is_git = matches!(&*text("kind"), "" | "GitRepository");
    let whose = if is_git { context.this.whose(&text("url")) } else { Whose::Unknown };
    let artifact = Artifact::Repository { certain: is_git && whose != Whose::Foreign };
    let at = sync.get("path").unwrap_or(sync).span();
    let (directory, status) = artifact.directory(context, &text("path"));
    let content = match &directory {
        Some(directory) if context.renderer.has_kustomization(directory) => {
            Content::Kustomization { directory: directory.clone(), unrestricted: true }
        }
        Some(directory) => match generated::kustomization(context, directory, at, None) {
            Some(tree) => Content::Own(Box::new(context.renderer.build_as(directory, &tree, true))),
            None => {
                let source = instance.object.source;
                Content::Own(Box::new(Built::plain(directory, source, Vec::new(), Vec::new())))
            }
        },
        None => Content::Nothing,
    };
    let planned = Planned {
        at,
        directory,
        tool: Tool::Kustomize,
        status,
        content,
        destination: Destination::Own,
        namespace: None,
        values: Vec::new(),
    };
    Expansion { deliveries: vec![planned], ..Expansion::default() }
}
