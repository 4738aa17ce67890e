//! Where the files of a `sourceRef` come from: this repository, a part of it copied together, or elsewhere.
//!
//! Sources: <https://fluxcd.io/flux/components/source/>, and for `copy` the documentation of `ArtifactGenerator`
//! (<https://fluxcd.io/flux/components/source/artifactgenerators/>).

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::context::{path_below_root, source_path};
use crate::graph::{Context, Status, Whose};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::Index;
use super::index::path;
use super::reference::Reference;

/// Why an artifact is unknown whose source no file holds.
const NO_SOURCE: &str = "its source is not in the repository";
const NO_GENERATOR: &str = "nothing in the repository makes its artifact";

/// Artifacts made of artifacts are followed this deep.
const DEPTH: u32 = 4;

/// Whether a delivery cannot be followed because its source is not in the repository.
pub fn is_without_source(status: &Status) -> bool {
    matches!(status, Status::Unverifiable(why) if why == NO_SOURCE || why == NO_GENERATOR)
}

/// The artifact behind a source.
#[derive(Debug)]
pub enum Artifact {
    /// The files of this repository. `certain` when a path that is not here is nowhere.
    Repository { certain: bool },
    /// A selection of them: directory in the artifact, directory of this repository.
    Copied { rules: Vec<(Utf8PathBuf, Utf8PathBuf)>, certain: bool },
    /// The files of this repository as something pushed them to a registry: from a directory that holds `owner`.
    Pushed { owner: Utf8PathBuf },
    /// The files of another repository, or of a registry.
    Elsewhere,
    /// Not to be told from here.
    Unknown(&'static str),
}

/// The artifact that a source reference of an object stands for.
pub fn artifact(context: &Context<'_>, index: &Index, owner: &ObjectView<'_>, at: Cursor<'_>) -> Artifact {
    match Reference::new(owner, at, "GitRepository") {
        Some(reference) => resolve(context, index, &reference, path(context.map, owner), DEPTH),
        None => Artifact::Unknown("the name of its source is filled in later"),
    }
}

fn resolve(
    context: &Context<'_>,
    index: &Index,
    reference: &Reference<'_>,
    near: &Utf8Path,
    depth: u32,
) -> Artifact {
    let find = |kind| index.find(context, kind, &reference.namespace, &reference.name, near);
    let is_own = reference.is_bootstrap_source();
    match &*reference.kind {
        "GitRepository" => match find("GitRepository").first() {
            Some(source) => git(context, source, is_own),
            None if is_own => Artifact::Repository { certain: true },
            None => instance(context, index, reference),
        },
        "OCIRepository" | "Bucket" if is_own => Artifact::Pushed { owner: near.to_owned() },
        "OCIRepository" | "Bucket" => Artifact::Elsewhere,
        "ExternalArtifact" => external(context, index, reference, near, depth),
        _ => Artifact::Unknown("the kind of its source is not known"),
    }
}

fn git(context: &Context<'_>, source: &ObjectView<'_>, is_own: bool) -> Artifact {
    let Some(spec) = source.root.get("spec") else { return Artifact::Unknown("its source has no address") };
    let whose =
        spec.get("url").and_then(|url| url.text()).map_or(Whose::Unknown, |url| context.this.whose(&url));
    let includes = spec.get("include").is_some_and(|include| include.items().next().is_some());
    let text = |name: &str| spec.path(&["ref", name]).and_then(|value| value.text());
    let is_pinned = ["tag", "semver", "commit", "name"].iter().any(|name| text(name).is_some());
    // Another branch may have other directories.
    let is_main = text("branch").is_none_or(|branch| matches!(&*branch, "main" | "master"));
    match whose {
        Whose::This => Artifact::Repository { certain: is_main && !is_pinned && !includes },
        // A clone or a fork of what `flux bootstrap` wrote still is what Flux would read.
        Whose::Unknown | Whose::Foreign if is_own => {
            Artifact::Repository { certain: whose == Whose::Unknown && !includes }
        }
        Whose::Unknown => Artifact::Repository { certain: false },
        Whose::Foreign => Artifact::Elsewhere,
    }
}

/// The source that a FluxInstance makes, whatever its name.
fn instance(context: &Context<'_>, index: &Index, reference: &Reference<'_>) -> Artifact {
    let makes = |instance: ObjectView<'_>| {
        let name = instance.root.path(&["spec", "sync", "name"]).and_then(|name| name.text());
        name.is_some_and(|name| name == reference.name)
    };
    match index.all(context, "FluxInstance").any(makes) {
        true => Artifact::Repository { certain: true },
        false => Artifact::Unknown(NO_SOURCE),
    }
}

fn external(
    context: &Context<'_>,
    index: &Index,
    reference: &Reference<'_>,
    near: &Utf8Path,
    depth: u32,
) -> Artifact {
    let unknown = Artifact::Unknown(NO_GENERATOR);
    let Some(depth) = depth.checked_sub(1) else { return unknown };
    let mut generators: Vec<ObjectView<'_>> = index.all(context, "ArtifactGenerator").collect();
    // The generator of the same cluster lies nearest.
    let distance = |generator: &ObjectView<'_>| {
        let path = path(context.map, generator);
        let shared = path.components().zip(near.components()).take_while(|(a, b)| a == b).count();
        (std::cmp::Reverse(shared), path)
    };
    generators.sort_by(|a, b| distance(a).cmp(&distance(b)));
    for generator in generators {
        let namespace = generator.namespace().unwrap_or_default();
        if !namespace.is_empty() && !reference.namespace.is_empty() && namespace != reference.namespace {
            continue;
        }
        let artifacts = generator.root.path(&["spec", "artifacts"]).into_iter().flat_map(|list| list.items());
        let named = |artifact: &Cursor<'_>| {
            artifact.get("name").and_then(|name| name.text()).is_some_and(|name| name == reference.name)
        };
        if let Some(artifact) = artifacts.into_iter().find(named) {
            return copied(context, index, &generator, artifact, depth);
        }
    }
    unknown
}

fn copied(
    context: &Context<'_>,
    index: &Index,
    generator: &ObjectView<'_>,
    artifact: Cursor<'_>,
    depth: u32,
) -> Artifact {
    let near = path(context.map, generator);
    let mut rules = Vec::new();
    let mut all_certain = true;
    for copy in artifact.get("copy").into_iter().flat_map(|list| list.items()) {
        let text = |name: &str| copy.get(name).and_then(|value| value.text()).unwrap_or_default();
        let (from, to) = (text("from"), text("to"));
        let Some((alias, from)) = from.strip_prefix('@').map(|it| it.split_once('/').unwrap_or((it, "")))
        else {
            continue;
        };
        let Some(to) = to.strip_prefix("@artifact") else { continue };
        let sources = generator.root.path(&["spec", "sources"]).into_iter().flat_map(|list| list.items());
        let source = sources.into_iter().find(|source| {
            source.get("alias").and_then(|name| name.text()).is_some_and(|name| name == alias)
        });
        let origin = source
            .and_then(|source| Reference::new(generator, source, "GitRepository"))
            .map(|reference| resolve(context, index, &reference, near, depth));
        let owner = match origin {
            Some(Artifact::Repository { certain }) => {
                all_certain &= certain;
                None
            }
            Some(Artifact::Pushed { owner }) => {
                all_certain = false;
                Some(owner)
            }
            // Files of elsewhere may be copied to anywhere.
            _ => {
                all_certain = false;
                continue;
            }
        };
        let fixed: Vec<&str> = from.split('/').take_while(|part| !part.contains(['*', '?', '['])).collect();
        let is_glob = fixed.len() < from.split('/').count();
        let (Some(base), Some(into)) = (source_path(&fixed.join("/")), source_path(to)) else { continue };
        let Some(base) = owner.map_or(Some(base.clone()), |owner| pushed(context, &owner, &base)) else {
            continue;
        };
        // `dir` goes into a target with a slash under its own name, what a pattern selects without.
        match base.file_name() {
            Some(name) if !is_glob && to.ends_with('/') && !from.ends_with('/') => {
                rules.push((into.join(name), base.clone()));
            }
            _ => rules.push((into, base)),
        }
    }
    Artifact::Copied { rules, certain: all_certain }
}

fn is_there(context: &Context<'_>, path: &Utf8Path) -> bool {
    context.is_directory(path) || context.renderer.has_directory(path)
}

/// The directory that a path of an artifact is which was pushed from some directory around `owner`.
fn pushed(context: &Context<'_>, owner: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let around = owner.ancestors().skip(1).map(|directory| directory.join(path));
    let mut found: Vec<Utf8PathBuf> = around.filter(|path| is_there(context, path)).collect();
    // The outermost one: that of the whole repository, where it is there.
    found.pop().filter(|_| !path.as_str().is_empty())
}

impl Artifact {
    /// The directory of this repository that a path of the artifact is, and how sure that is. The root of what may
    /// be another repository is not taken for the root of this one.
    pub fn directory(&self, context: &Context<'_>, written: &str) -> (Option<Utf8PathBuf>, Status) {
        let unverifiable = |why: &'static str| (None, Status::Unverifiable(why.into()));
        if written.contains("${") || written.contains("<<") || written.contains("{{") {
            return unverifiable("the path is filled in later");
        }
        let path = path_below_root(written);
        let is_there = |path: &Utf8Path| is_there(context, path);
        match self {
            Artifact::Elsewhere => (None, Status::External),
            Artifact::Pushed { owner } => match pushed(context, owner, &path) {
                Some(found) => (Some(found), Status::Resolved),
                None => unverifiable("what was pushed to the registry is not known"),
            },
            Artifact::Unknown(why) => unverifiable(why),
            Artifact::Repository { certain: false } if path.as_str().is_empty() => {
                unverifiable("the source may be another repository")
            }
            Artifact::Repository { .. } if is_there(&path) => (Some(path), Status::Resolved),
            Artifact::Repository { certain: false } => unverifiable("the source may be another repository"),
            Artifact::Repository { certain: true } => {
                (None, Status::Missing(format!("there is no directory `{path}`")))
            }
            Artifact::Copied { rules, certain } => {
                let mut inside = rules.iter().filter_map(|(to, from)| {
                    let rest = path.strip_prefix(to).ok()?;
                    Some(if rest.as_str().is_empty() { from.clone() } else { from.join(rest) })
                });
                if let Some(found) = inside.find(|path| is_there(path)) {
                    return (Some(found), Status::Resolved);
                }
                if rules.iter().any(|(to, _)| to.starts_with(&path)) {
                    return unverifiable("the directory is copied together from several");
                }
                match certain {
                    true => (None, Status::Missing(format!("nothing is copied to `{path}` of the artifact"))),
                    false => unverifiable("other repositories are copied into the artifact"),
                }
            }
        }
    }
}
