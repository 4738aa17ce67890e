//! An Application: its sources, the tool that each is built with, and where it goes.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/>.

use crate::graph::context::source_path;
use crate::graph::owner::{Content, Destination, Expansion, Planned};
use crate::graph::{Context, Status, Tool};
use crate::model::{File, ObjectView};
use crate::render::Built;
use crate::yaml::Cursor;

/// What the controller makes of an Application.
pub fn expand(context: &Context<'_>, application: &ObjectView<'_>) -> Expansion {
    let Some(spec) = application.root.get("spec") else { return Expansion::default() };
    // `sources` wins over `source`.
    let sources: Vec<Cursor<'_>> = match spec.get("sources").filter(|sources| sources.is_seq()) {
        Some(sources) => sources.items().collect(),
        None => spec.get("source").into_iter().collect(),
    };
    let text = |path: &[&str]| spec.path(path).and_then(|value| value.text()).filter(|text| !text.is_empty());
    let destination = match text(&["destination", "name"]).or_else(|| text(&["destination", "server"])) {
        Some(cluster) if cluster == "in-cluster" || cluster == "https://kubernetes.default.svc" => {
            Destination::Own
        }
        Some(cluster) if cluster.contains("{{") => Destination::Opaque(cluster.into_owned()),
        Some(cluster) => Destination::Named(cluster.into_owned()),
        None => Destination::Own,
    };
    let namespace = text(&["destination", "namespace"]).map(|namespace| namespace.into_owned());
    let deliveries = sources.into_iter().map(|source| Planned {
        destination: destination.clone(),
        namespace: namespace.clone(),
        ..one(context, source)
    });
    Expansion { deliveries: deliveries.collect(), ..Expansion::default() }
}

fn one(context: &Context<'_>, source: Cursor<'_>) -> Planned {
    let at = source.get("path").or_else(|| source.get("chart")).unwrap_or(source);
    let mut planned = Planned {
        at: at.span(),
        directory: None,
        tool: Tool::Unknown,
        status: Status::External,
        content: Content::Nothing,
        destination: Destination::Own,
        namespace: None,
    };
    if source.get("chart").is_some() {
        planned.tool = Tool::Helm;
        return planned;
    }
    let Some(path) = source.get("path").and_then(|path| path.text()) else { return planned };
    let Some(directory) = source_path(&path) else {
        planned.status = Status::Missing(format!("`{path}` leads out of the repository"));
        return planned;
    };
    if !context.is_directory(&directory) {
        planned.status = Status::Unverifiable("the repository may be another one".into());
        return planned;
    }
    planned.status = Status::Resolved;
    planned.directory = Some(directory.clone());
    if context.repository.file(&directory.join("Chart.yaml")).is_some() {
        planned.tool = Tool::Helm;
    } else if context.renderer.has_kustomization(&directory) {
        planned.tool = Tool::Kustomize;
        planned.content = Content::Kustomization { directory, unrestricted: false };
    } else {
        planned.tool = Tool::Directory;
        let files: Vec<&File> = context.repository.directory(&directory).collect();
        if let Some(first) = files.first() {
            let objects = Context::objects(&files);
            planned.content =
                Content::Own(Box::new(Built::plain(&directory, first.source, objects, Vec::new())));
        }
    }
    planned
}
