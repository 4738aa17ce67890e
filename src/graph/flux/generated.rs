//! The kustomization that the kustomize-controller makes up for a directory without one.
//!
//! Every file below that holds Kubernetes objects is a resource; a directory below with a kustomization is one, and
//! nothing below it is looked at. Source: `scanManifests` of <https://github.com/fluxcd/pkg/tree/main/kustomize>.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::graph::Context;
use crate::model::{DocumentKind, File};
use crate::source::{Span, StepId};
use crate::yaml::{Draft, Tree};

/// What the source-controller leaves out unless `spec.ignore` says otherwise, as far as it is YAML.
/// Source: `ExcludeVCS`, `ExcludeCI` and `ExcludeExtra` of <https://github.com/fluxcd/pkg/tree/main/sourceignore>.
const IGNORED: [&str; 11] = [
    ".git/",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    ".goreleaser.yml",
    ".sops.yaml",
    ".flux.yaml",
];

/// The kustomization of a directory; `None` when there is nothing to apply in it. `at` is what asks for it, `ignore`
/// the patterns of the source.
pub fn kustomization(
    context: &Context<'_>,
    directory: &Utf8Path,
    at: Span,
    ignore: Option<&str>,
) -> Option<Tree> {
    let map = context.map;
    let ignored = patterns(context, ignore);
    let mut entries: Vec<Utf8PathBuf> = Vec::new();
    for (path, file) in context.below(directory) {
        let Ok(inside) = path.strip_prefix(directory) else { continue };
        let is_covered = |entry: &Utf8PathBuf| inside.starts_with(entry);
        if entries.last().is_some_and(is_covered) || is_ignored(&ignored, path) {
            continue;
        }
        match kustomization_above(context, directory, inside) {
            Some(nested) if !entries.contains(&nested) => entries.push(nested),
            Some(_) => {}
            None if is_manifest(path, file) => entries.push(inside.to_owned()),
            None => {}
        }
    }
    if entries.is_empty() {
        return None;
    }
    let made = |text: &str| map.compose(&[(text, Some((at, StepId::PARSED)))]);
    let mut resources = Draft::seq(made("[]"), StepId::PARSED);
    for entry in &entries {
        resources.items_mut()?.push(Draft::text(made(entry.as_str()), StepId::PARSED));
    }
    let mut draft = Draft::map(made("{}"), StepId::PARSED);
    draft.set(map, Draft::word(map, "resources", StepId::PARSED), resources);
    Some(draft.freeze())
}

/// The outermost directory on the way to a file that has a kustomization of its own.
fn kustomization_above(context: &Context<'_>, from: &Utf8Path, file: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut directories: Vec<&Utf8Path> =
        file.ancestors().skip(1).filter(|it| !it.as_str().is_empty()).collect();
    directories.reverse();
    let found = directories.into_iter().find(|inside| context.renderer.has_kustomization(&from.join(inside)));
    found.map(Utf8Path::to_owned)
}

/// Whether a file holds Kubernetes objects and nothing else.
fn is_manifest(path: &Utf8Path, file: &File) -> bool {
    let is_object = |kind| matches!(kind, DocumentKind::Object | DocumentKind::Empty);
    matches!(path.extension(), Some("yaml" | "yml"))
        && !file.objects.is_empty()
        && file.documents.iter().all(|document| is_object(document.kind))
}

fn patterns(context: &Context<'_>, ignore: Option<&str>) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    let file = context.renderer.text(Utf8Path::new(".sourceignore")).unwrap_or_default();
    let own = ignore.map(|ignore| ignore.lines().collect());
    let lines: Vec<&str> = own.unwrap_or_else(|| IGNORED.to_vec());
    for line in lines.into_iter().chain(file.lines()) {
        // A pattern that is none hides nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn is_ignored(patterns: &Gitignore, path: &Utf8Path) -> bool {
    patterns.matched_path_or_any_parents(path, false).is_ignore()
}
