//! `manifest-orphaned`

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::config::Tier;
use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::{GraphView, OwnerKind, Status, paths};
use crate::model::{DocumentKind, File, FileView, environments};
use crate::render::{Layer, UnitView};
use crate::rules::support::applied;
use crate::source::SourceId;
use crate::yaml::Cursor;

rule! {
    /// A directory of manifests that nothing applies, while its neighbours are applied.
    ///
    /// ## Why
    ///
    /// It was written, reviewed and merged, and never reaches the cluster; or it was taken out of what applies it, and
    /// what it made is gone or, without pruning, runs on with nobody to change it. Whoever finds it will take it for a
    /// part of what runs.
    ///
    /// Told is the outermost directory in which nothing is applied by any Application, ApplicationSet, Flux Kustomization
    /// or HelmRelease, once, when at least two of its neighbours are applied. Single files beside what is applied are
    /// [`kustomize-orphan-file`](kustomize-orphan-file.md)'s.
    ///
    /// ## What passes
    ///
    /// - repositories of which less than half is applied from within: their roots are elsewhere
    /// - directories whose path stands in any other file, such as a pipeline, a generator that excludes it, or a comment
    /// - directories with a script in them or beside them, which may apply them
    /// - directories that may be among those that an owner finds when it runs
    /// - directories at the root of the repository; samples, tests, what is disabled, bases and components, overlays for
    ///   development and charts
    /// - entry points: see [`application-unmanaged`](application-unmanaged.md)
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: web
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/web
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: api
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source:
    ///     repoURL: https://git.example.com/acme/gitops
    ///     path: apps/api
    ///   destination:
    ///     server: https://kubernetes.default.svc
    ///     namespace: shop
    /// # file: apps/web/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// # file: apps/api/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: api
    /// # file: apps/cart/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: cart
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// # file: argocd.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: apps
    ///   namespace: argocd
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: [missingkey=error]
    ///   generators:
    ///     - git:
    ///         repoURL: https://git.example.com/acme/gitops
    ///         revision: HEAD
    ///         directories:
    ///           - path: apps/*
    ///   template:
    ///     metadata:
    ///       name: '{{ .path.basename }}'
    ///     spec:
    ///       project: shop
    ///       source:
    ///         repoURL: https://git.example.com/acme/gitops
    ///         path: '{{ .path.path }}'
    ///       destination:
    ///         server: https://kubernetes.default.svc
    ///         namespace: shop
    /// # file: apps/web/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// # file: apps/cart/service.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: cart
    /// ```
    pub static RULE = "manifest-orphaned" {
        level: Warning,
        precision: Medium,
        tags: ["graph", "correctness", "orphan"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// So many neighbours are applied, at least.
const NEIGHBOURS: usize = 2;

/// Words in names of directories that are not there to be applied as they are.
const ELSEWHERE: [&str; 32] = [
    "archive",
    "archived",
    "base",
    "bases",
    "bootstrap",
    "bundle",
    "bundles",
    "deprecated",
    "disabled",
    "docs",
    "e2e",
    "example",
    "examples",
    "fixtures",
    "hack",
    "install",
    "lib",
    "manual",
    "old",
    "sample",
    "samples",
    "scripts",
    "setup",
    "shared",
    "template",
    "templates",
    "test",
    "testdata",
    "tests",
    "tmp",
    "unused",
    "wip",
];

/// What owners apply of the repository.
struct Applied {
    files: FxHashSet<SourceId>,
    /// Those of them that are rendered by hand, to make entry points.
    by_hand: FxHashSet<SourceId>,
    /// Directories in which something is applied, or below.
    directories: FxHashSet<String>,
    /// Beginnings of paths below which nobody can tell.
    open: Vec<String>,
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let Some(applied) = Applied::of(view) else { return };
    let mut orphans: BTreeMap<&Utf8Path, Vec<&File>> = BTreeMap::new();
    let (mut all, mut reached) = (0_usize, 0_usize);
    for file in &world.repository.files {
        let path = world.map.source(file.source).path();
        let is_reached = applied.files.contains(&file.source);
        let is_left_alone =
            applied.by_hand.contains(&file.source) || !is_reached && is_elsewhere(path, world);
        if !is_manifest(file, world) || is_left_alone {
            continue;
        }
        all += 1;
        reached += usize::from(is_reached);
        let outermost =
            path.ancestors().skip(1).filter(|at| !applied.directories.contains(at.as_str())).last();
        if let Some(directory) = outermost.filter(|_| !is_reached) {
            orphans.entry(directory).or_default().push(file);
        }
    }
    if reached * 2 < all {
        return;
    }
    // Where most are not applied, they are there to choose from.
    let mut beside: BTreeMap<Option<&Utf8Path>, usize> = BTreeMap::new();
    for directory in orphans.keys() {
        *beside.entry(directory.parent()).or_default() += 1;
    }
    orphans.retain(|directory, _| {
        let few = beside.get(&directory.parent()).copied().unwrap_or_default().max(NEIGHBOURS);
        !applied.is_open(directory)
            && !has_script(directory, world)
            && applied.neighbours(directory, world).len() >= few
    });
    let named = named(world, &orphans.keys().copied().collect::<Vec<_>>());
    for (directory, files) in orphans.iter().filter(|(directory, _)| !named.contains(*directory)) {
        report(view, directory, files, cx);
    }
}

impl Applied {
    /// `None` when nobody applies anything, or nobody can tell what.
    fn of(view: &GraphView<'_>) -> Option<Self> {
        let none = FxHashSet::default;
        let mut applied =
            Applied { files: none(), by_hand: none(), directories: FxHashSet::default(), open: Vec::new() };
        let mut seen = FxHashSet::default();
        let mut whole: BTreeSet<&Utf8Path> = BTreeSet::new();
        for owner in view.owners() {
            for (delivery, unit) in owner.deliveries() {
                if let Some(unit) = unit {
                    applied.layer(&unit.layer, &mut seen);
                    applied.files.insert(unit.source);
                }
                let is_whole = unit.is_none_or(|unit| unit.partial || unit.failed);
                whole.extend(delivery.directory.as_deref().filter(|_| is_whole));
                whole.extend(
                    delivery.values.iter().flat_map(|values| &values.paths).map(|path| path.as_path()),
                );
                // What an ApplicationSet finds when it runs are the paths of the Application that stands for all of its.
                let has_paths =
                    !matches!(owner.owner.kind, OwnerKind::HelmRelease | OwnerKind::ApplicationSet);
                if matches!(delivery.status, Status::Unverifiable(_)) && has_paths {
                    applied.open.extend(paths(&owner.object));
                }
            }
        }
        let by_owners = applied.files.clone();
        // Somebody applies by hand what entry points are rendered from.
        for unit in &view.rendering.units {
            let mut objects = UnitView { map: view.map, repository: view.repository, unit }.objects();
            if objects.any(|object| applied::is_entry_point(&object)) {
                applied.layer(&unit.layer, &mut seen);
                applied.files.insert(unit.source);
            }
        }
        applied.by_hand = applied.files.difference(&by_owners).copied().collect();
        if by_owners.is_empty() || applied.open.iter().any(|path| path.is_empty()) {
            return None;
        }
        for file in &view.repository.files {
            let path = view.map.source(file.source).path();
            if path.ancestors().any(|ancestor| whole.contains(ancestor)) {
                applied.files.insert(file.source);
            }
            if applied.files.contains(&file.source) {
                let directories = path.ancestors().skip(1).map(|directory| directory.as_str().to_owned());
                applied.directories.extend(directories);
            }
        }
        Some(applied)
    }

    fn layer(&mut self, layer: &Arc<Layer>, seen: &mut FxHashSet<*const Layer>) {
        if seen.insert(Arc::as_ptr(layer)) {
            self.files.extend(&layer.files);
            layer.bases.iter().for_each(|base| self.layer(base, seen));
        }
    }

    /// Whether a directory may be one of those that an owner finds when it runs.
    fn is_open(&self, directory: &Utf8Path) -> bool {
        self.open
            .iter()
            .any(|path| directory.as_str().starts_with(path) || Utf8Path::new(path).starts_with(directory))
    }

    /// The directories beside one in which something is applied.
    fn neighbours(&self, directory: &Utf8Path, world: &World) -> BTreeSet<String> {
        let Some(parent) = directory.parent().filter(|parent| !parent.as_str().is_empty()) else {
            return BTreeSet::new();
        };
        let by_owners =
            |file: &&File| self.files.contains(&file.source) && !self.by_hand.contains(&file.source);
        let files = world.repository.files.iter().filter(by_owners);
        let below = files.filter_map(|file| world.map.source(file.source).path().strip_prefix(parent).ok());
        let children = below.filter(|path| path.components().count() > 1);
        children.filter_map(|path| Some(path.components().next()?.as_str().to_owned())).collect()
    }
}

/// Whether a file is there to be applied: it holds objects for a cluster, or is a kustomization of such.
fn is_manifest(file: &File, world: &World) -> bool {
    let kinds = |kind: DocumentKind| {
        matches!(kind, DocumentKind::Object | DocumentKind::Empty | DocumentKind::Kustomization)
    };
    let view = FileView { map: &world.map, file };
    file.kind == FileKind::Yaml
        && file.documents.iter().all(|document| kinds(document.kind))
        && (file.documents.iter().any(|document| document.kind == DocumentKind::Kustomization)
            || view.objects().next().is_some())
        && view.objects().all(|object| {
            !object.name().is_empty() && !applied::is_for_a_tool(&object) && !applied::is_entry_point(&object)
        })
}

/// Whether a path says that something is not there to be applied as it is.
fn is_elsewhere(path: &Utf8Path, world: &World) -> bool {
    let directories = path.parent().unwrap_or(Utf8Path::new(""));
    // A patch is there for whoever includes it.
    let mut words = path.as_str().split(['/', '.', '-', '_']);
    if words.any(|word| matches!(word, "patch" | "patches")) {
        return true;
    }
    let is_word = |word: &str| ELSEWHERE.binary_search(&word).is_ok();
    directories.components().any(|part| {
        let part = part.as_str();
        let tried =
            environments(part).iter().any(|(_, name)| matches!(name.tier, Some(Tier::Dev | Tier::Test)));
        tried || part.starts_with(['.', '_']) || part.split(['-', '_', '.']).any(is_word)
    }) || directories.ancestors().any(|at| {
        let is_component = |file: &File| file.documents.iter().any(|it| it.kind == DocumentKind::Component);
        world.repository.file(&at.join("Chart.yaml")).is_some()
            || world.repository.directory(at).any(is_component)
    })
}

/// Whether a script lies in a directory or beside it: it may apply what is there.
fn has_script(directory: &Utf8Path, world: &World) -> bool {
    let parent = directory.parent();
    let is_near = |path: &Utf8Path| path.parent() == parent || path.starts_with(directory);
    let is_script = |path: &Utf8Path| {
        matches!(path.extension(), Some("py" | "ps1")) || path.file_name() == Some("Tiltfile")
    };
    let mut unread = world.repository.unread.iter();
    let mut scripts = world.repository.files.iter().filter(|file| file.kind.is_command());
    unread.any(|path| is_script(path) && is_near(path))
        || scripts.any(|file| is_near(world.map.source(file.source).path()))
}

/// The directories that some file outside of them names, or whose last part stands in a comment of their parent's.
fn named<'d>(world: &World, directories: &[&'d Utf8Path]) -> FxHashSet<&'d Utf8Path> {
    let mut named = FxHashSet::default();
    let Ok(search) = AhoCorasick::new(directories.iter().map(|directory| directory.as_str())) else {
        return named;
    };
    for file in &world.repository.files {
        let source = world.map.source(file.source);
        for found in search.find_overlapping_iter(source.text()) {
            let directory = directories[found.pattern().as_usize()];
            let next = source.text().as_bytes().get(found.end());
            let is_whole =
                next.is_none_or(|next| !next.is_ascii_alphanumeric() && !matches!(next, b'-' | b'_'));
            if is_whole && !source.path().starts_with(directory) {
                named.insert(directory);
            }
        }
    }
    for directory in directories {
        let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else { continue };
        let comments = world.repository.directory(parent).flat_map(|file| &file.parsed.comments);
        let mut comments = comments.map(|comment| world.map.slice(comment.span));
        let is_word = |text: &str| text.split(['/', ' ', '"', '\'', '#']).any(|word| word == name);
        if comments.any(is_word) {
            named.insert(directory);
        }
    }
    named
}

fn report(view: &GraphView<'_>, directory: &Utf8Path, files: &[&File], cx: &mut Cx<'_>) {
    // A kustomization says what belongs together; else the outermost object does.
    let first = files.iter().min_by_key(|file| {
        let is_kustomization = file.documents.iter().any(|it| it.kind == DocumentKind::Kustomization);
        (!is_kustomization, view.map.source(file.source).path().components().count())
    });
    let Some(file) = first else { return };
    let Some(document) = file.documents.first() else { return };
    let root = Cursor::new(view.map, &document.tree);
    let name = root.path(&["metadata", "name"]);
    let at = name.map(At::value).or_else(|| root.entries().first().map(|entry| At::key(entry.value)));
    let parent = directory.parent().unwrap_or(Utf8Path::new(""));
    let objects: usize = files.iter().map(|file| file.objects.len()).sum();
    let count = match objects {
        0 => String::new(),
        1 => " with 1 object".to_owned(),
        _ => format!(" with {objects} objects"),
    };
    let neighbour = view.owners().find_map(|owner| {
        let mut deliveries = owner.owner.deliveries.iter();
        let beside = |path: &Utf8Path| path.starts_with(parent) && path != parent;
        let delivery = deliveries.find(|delivery| delivery.directory.as_deref().is_some_and(beside))?;
        Some((delivery.at, owner.display()))
    });
    let finding = cx.report(
        at.unwrap_or_else(|| At::value(root)),
        Report {
            message: format!("nothing applies `{directory}`{count}"),
            why: "what no Application or Kustomization leads to never reaches a cluster, and nothing says so"
                .into(),
            help: format!("add it to what applies the other directories of `{parent}`, or delete it").into(),
        },
    );
    if let Some((span, who)) = neighbour {
        finding.related.push(Related { span, message: format!("a neighbour is applied by {who}").into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(ELSEWHERE.is_sorted());
    }
}
