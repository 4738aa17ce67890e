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
    if KUSTOMIZATION_NAMES.contains(&name) && !is_of_flux(root) {
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
    if is_azure(root) {
        return DocumentKind::Pipeline(Pipeline::Azure);
    }
    if root.is_map() && is_values_name(name) { DocumentKind::Values } else { DocumentKind::Unknown }
}

/// Whether a file that is called like a kustomization holds a Kustomization of Flux, which somebody applies as it is, and not
/// one of Kustomize with the wrong group. Whoever builds its directory fails, and is told so.
fn is_of_flux(root: Cursor<'_>) -> bool {
    const OF_KUSTOMIZE: [&str; 6] =
        ["bases", "components", "configMapGenerator", "images", "patches", "resources"];
    let version = root.get("apiVersion").and_then(|version| version.text());
    version.is_some_and(|version| version.starts_with("kustomize.toolkit.fluxcd.io/"))
        && root.get("spec").is_some_and(|spec| spec.is_map())
        && !OF_KUSTOMIZE.iter().any(|field| root.get(field).is_some())
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

/// Whether a document is a pipeline of Azure, or a template of one. Their files may have any name, but no other file has
/// lists of stages, jobs or tasks like these.
fn is_azure(root: Cursor<'_>) -> bool {
    let any = |list: &str, keys: &[&str]| {
        let mut items = root.get(list).into_iter().flat_map(|list| list.items());
        items.any(|item| keys.iter().any(|key| item.get(key).is_some_and(|value| value.text().is_some())))
    };
    let has_tasks = || {
        let mut steps = root.get("steps").into_iter().flat_map(|steps| steps.items());
        steps.any(|step| {
            let task = step.get("task").and_then(|task| task.text());
            task.is_some_and(|task| task.contains('@'))
        })
    };
    any("stages", &["stage"]) || any("jobs", &["job", "deployment"]) || has_tasks()
}

/// Directories of pipelines, as the end of a path.
const PIPELINE_DIRECTORIES: [(&str, Pipeline); 9] = [
    (".github/workflows", Pipeline::GitHubWorkflow),
    (".gitea/workflows", Pipeline::GitHubWorkflow),
    (".forgejo/workflows", Pipeline::GitHubWorkflow),
    (".circleci", Pipeline::CircleCi),
    (".azure-pipelines", Pipeline::Azure),
    (".azuredevops", Pipeline::Azure),
    (".azuredevops/pipelines", Pipeline::Azure),
    (".azuredevops/templates", Pipeline::Azure),
    (".woodpecker", Pipeline::Woodpecker),
];

fn pipeline(path: &Utf8Path, name: &str) -> Option<Pipeline> {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    let parent = path.parent().unwrap_or(Utf8Path::new(""));
    match stem {
        "action" => return Some(Pipeline::GitHubAction),
        ".gitlab-ci" => return Some(Pipeline::GitLab),
        "bitbucket-pipelines" => return Some(Pipeline::Bitbucket),
        ".drone" => return Some(Pipeline::Drone),
        ".woodpecker" => return Some(Pipeline::Woodpecker),
        ".travis" => return Some(Pipeline::Travis),
        _ if stem.ends_with(".gitlab-ci") => return Some(Pipeline::GitLab),
        _ if stem.starts_with("azure-pipeline") => return Some(Pipeline::Azure),
        _ if is_variant(stem, "buildspec") => return Some(Pipeline::CodeBuild),
        _ if is_variant(stem, "cloudbuild") => return Some(Pipeline::CloudBuild),
        _ => {}
    }
    let directories = PIPELINE_DIRECTORIES.iter();
    directories.filter(|(directory, _)| parent.ends_with(directory)).map(|(_, pipeline)| *pipeline).next()
}

/// `buildspec`, `buildspec-deploy` and `deploy.buildspec` for `buildspec`.
fn is_variant(stem: &str, name: &str) -> bool {
    let signs = ['-', '_', '.'];
    stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(signs))
        || stem.strip_suffix(name).is_some_and(|rest| rest.ends_with(signs))
}
