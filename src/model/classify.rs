//! Types a document by what it says and where it lies. What refers to it is looked at afterwards and wins.

use camino::Utf8Path;

use crate::source::SourceMap;
use crate::yaml::{Cursor, Style, Tree};

use super::{DocumentKind, Pipeline};

/// The names under which Kustomize looks for a kustomization in a directory.
pub const KUSTOMIZATION_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The kind of a document that nothing refers to.
pub(super) fn by_content(map: &SourceMap, path: &Utf8Path, tree: &Tree) -> DocumentKind {
    let root = Cursor::new(map, tree);
    if root.node().style == Style::Empty {
        return DocumentKind::Empty;
    }
    let name = path.file_name().unwrap_or_default();
    if KUSTOMIZATION_NAMES.contains(&name) {
        let component = root.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind == "Component");
        return if component { DocumentKind::Component } else { DocumentKind::Kustomization };
    }
    if let Some(pipeline) = pipeline(path, name) {
        return DocumentKind::Pipeline(pipeline);
    }
    match name {
        ".sops.yaml" | ".sops.yml" => return DocumentKind::SopsConfig,
        "Chart.yaml" => return DocumentKind::Chart,
        "package.json" => return DocumentKind::Package,
        _ if is_taskfile(path, name) && root.get("tasks").is_some() => return DocumentKind::Taskfile,
        _ => {}
    }
    if let (Some(version), Some(kind)) = (root.get("apiVersion"), root.get("kind")) {
        return match (version.text().as_deref(), kind.text().as_deref()) {
            (Some(version), Some("Kustomization")) if version.starts_with("kustomize.config.k8s.io/") => {
                DocumentKind::Kustomization
            }
            (Some(version), Some("Component")) if version.starts_with("kustomize.config.k8s.io/") => {
                DocumentKind::Component
            }
            (Some(_), Some(_)) => DocumentKind::Object,
            _ => DocumentKind::Unknown,
        };
    }
    if root.is_map() && is_values_name(name) { DocumentKind::Values } else { DocumentKind::Unknown }
}

/// `values.yaml`, `values-prod.yaml`, `values.prod.yaml`, `prod.values.yaml`, `prod-values.yaml`.
fn is_values_name(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")) else { return false };
    stem.split(['-', '.', '_']).any(|word| word == "values")
}

/// `Taskfile.yml`, `Taskfile.dist.yaml`, and what these include, which by convention lies in `.taskfiles`.
fn is_taskfile(path: &Utf8Path, name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| matches!(stem, "Taskfile" | "taskfile" | "Taskfile.dist" | "taskfile.dist"))
        || path.components().any(|part| matches!(part.as_str(), ".taskfiles" | "taskfiles" | ".tasks"))
}

fn pipeline(path: &Utf8Path, name: &str) -> Option<Pipeline> {
    let parent = path.parent().map_or("", Utf8Path::as_str);
    let is_yaml = matches!(path.extension(), Some("yaml" | "yml"));
    match name {
        "action.yml" | "action.yaml" => Some(Pipeline::GitHubAction),
        ".gitlab-ci.yml" | ".gitlab-ci.yaml" => Some(Pipeline::GitLab),
        "azure-pipelines.yml" | "azure-pipelines.yaml" => Some(Pipeline::Azure),
        _ if parent.ends_with(".github/workflows") && is_yaml => Some(Pipeline::GitHubWorkflow),
        _ if parent.ends_with(".circleci") && is_yaml => Some(Pipeline::CircleCi),
        _ => None,
    }
}
