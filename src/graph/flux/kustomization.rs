//! A Flux Kustomization: its path, and what the kustomize-controller builds there.
//!
//! The order is that of the controller: find or make up the kustomization, edit it, build, replace variables, set
//! common metadata. Source: <https://fluxcd.io/flux/components/kustomize/kustomizations/>.

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::owner::{Content, Destination, Expansion, Planned};
use crate::graph::{Context, Tool};
use crate::model::ObjectView;
use crate::render::Built;
use crate::source::Span;
use crate::yaml::{Cursor, inflate};

use super::index::{Index, path};
use super::reference::Reference;
use super::source::{self, Artifact};
use super::{generated, metadata, overrides, substitution};

/// What the controller makes of a Kustomization.
pub fn expand(context: &Context<'_>, index: &Index, kustomization: &ObjectView<'_>) -> Expansion {
    let Some(written) = kustomization.root.get("spec") else { return Expansion::default() };
    let Some(tree) = inflate(context.map, &written.tree()) else { return Expansion::default() };
    let spec = Cursor::new(context.map, &tree);
    let artifact = match written.get("sourceRef") {
        Some(reference) => source::artifact(context, index, kustomization, reference),
        None => Artifact::Unknown("it names no source"),
    };
    let at = written.get("path").unwrap_or(written).span();
    let path = spec.get("path").and_then(|path| path.text()).unwrap_or_default();
    let (directory, status) = artifact.directory(context, &path);
    let content = directory
        .as_deref()
        .map_or(Content::Nothing, |directory| content(context, index, kustomization, spec, directory, at));
    let namespace = spec.get("targetNamespace").and_then(|namespace| namespace.text());
    let planned = Planned {
        at,
        directory,
        tool: Tool::Kustomize,
        status,
        content,
        destination: destination(spec),
        namespace: namespace.map(|namespace| namespace.into_owned()),
        values: Vec::new(),
    };
    Expansion { deliveries: vec![planned], ..Expansion::default() }
}

/// The cluster that `spec.kubeConfig` leads to, by the name of its Secret or ConfigMap.
pub fn destination(spec: Cursor<'_>) -> Destination {
    let Some(config) = spec.get("kubeConfig") else { return Destination::Own };
    let reference = config.get("secretRef").or_else(|| config.get("configMapRef"));
    match reference.and_then(|reference| reference.get("name")?.text()) {
        Some(name) if name.contains("${") => Destination::Opaque(name.into_owned()),
        Some(name) => Destination::Named(name.into_owned()),
        None => Destination::Own,
    }
}

fn content(
    context: &Context<'_>,
    index: &Index,
    kustomization: &ObjectView<'_>,
    spec: Cursor<'_>,
    directory: &Utf8Path,
    at: Span,
) -> Content {
    let has_kustomization = context.renderer.has_kustomization(directory);
    let is_changed = spec.get("postBuild").is_some() || spec.get("commonMetadata").is_some();
    let has_overrides = overrides::has_any(spec);
    if has_kustomization && !is_changed && !has_overrides {
        return Content::Kustomization { directory: directory.to_owned(), unrestricted: true };
    }
    let tree = match has_kustomization {
        true => context.renderer.kustomization(directory),
        false => {
            let ignore = ignore(context, index, kustomization, spec);
            generated::kustomization(context, directory, at, ignore.as_deref())
        }
    };
    let mut built = match tree {
        Some(tree) if has_overrides || !has_kustomization => {
            let tree = overrides::edit(context, directory, spec, &tree);
            context.renderer.build_as(directory, &tree, true).adding(overrides::added(spec))
        }
        _ if has_kustomization => context.renderer.build(directory, true),
        // There is nothing in the directory, which Flux takes for an empty set.
        _ => Built::plain(directory, kustomization.object.source, Vec::new(), Vec::new()),
    };
    substitution::apply(context, index, kustomization, spec, &mut built);
    metadata::apply(context, spec, &mut built.unit.objects);
    Content::Own(Box::new(built))
}

/// The patterns of files that the source leaves out, where it has its own.
fn ignore(
    context: &Context<'_>,
    index: &Index,
    kustomization: &ObjectView<'_>,
    spec: Cursor<'_>,
) -> Option<String> {
    let reference = Reference::new(kustomization, spec.get("sourceRef")?, "GitRepository")?;
    let near: Utf8PathBuf = path(context.map, kustomization).to_owned();
    let found = index.find(context, "GitRepository", &reference.namespace, &reference.name, &near);
    let ignore = found.first()?.root.path(&["spec", "ignore"])?.text()?;
    (reference.kind == "GitRepository").then(|| ignore.into_owned())
}
