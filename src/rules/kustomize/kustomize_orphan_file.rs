//! `kustomize-orphan-file`

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::{Level, Related};
use crate::model::{
    DocumentKind, File, FileView, KUSTOMIZATION_NAMES, KindName, ObjectView, Usage, commented_entry,
    normalise,
};
use crate::yaml::Cursor;

use crate::rules::support::applied;

rule! {
    /// A manifest beside a kustomization that no kustomization names.
    ///
    /// ## Why
    ///
    /// What a kustomization does not list is not applied, and nothing says so. A NetworkPolicy, an alert or a
    /// PodDisruptionBudget is written, reviewed and merged, and never reaches the cluster; or a file was taken out of
    /// the list years ago, and people go on editing it.
    ///
    /// Looked at are files in the directory of a kustomization, and in directories below it from which it names other
    /// files.
    ///
    /// ## What passes
    ///
    /// - files that a kustomization names in any field: patches, inputs of generators, replacements, values
    /// - files whose entry is commented out in the kustomization, and Secrets, Pods and Jobs, which people apply by
    ///   hand: those are a note
    /// - what kubebuilder wrote and left commented out
    /// - files with many objects of which most are applied from other files there: the printed output of a build, another
    ///   form of the same release; what Helm printed of a chart that the kustomization inflates
    /// - Applications of Argo CD and Kustomizations of Flux, which are where applying begins, and what these apply
    ///   from a directory without a kustomization
    /// - configuration of tools, which never goes to a cluster; samples, templates and tests
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// # file: networkpolicy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    ///   - networkpolicy.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// # file: networkpolicy.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/kubernetes-sigs/kustomize/issues/5928>
    pub static RULE = "kustomize-orphan-file" {
        level: Warning,
        precision: High,
        tags: ["kustomize", "correctness", "orphan"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

/// What people apply by hand, and why that is no accident.
const BY_HAND: [(KindName, &str); 3] = [
    (
        KindName { group: "", kind: "Secret" },
        "a Secret is often applied by hand, on purpose; then nothing keeps it as it is here",
    ),
    (
        KindName { group: "", kind: "Pod" },
        "a Pod of its own is often started by hand, to look at something; nothing else applies it",
    ),
    (
        KindName { group: "batch", kind: "Job" },
        "a Job is often started by hand, when it is needed; nothing else applies it",
    ),
];

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    if !matches!(file.file.usage, Usage::Deployed | Usage::SetAside)
        || file.file.kind != FileKind::Yaml
        || world.rendering.rendered.contains(&file.file.source)
    {
        return;
    }
    let Some(object) = manifest(file) else { return };
    let Some((directory, kustomization)) = kustomization(file.path(), world) else { return };
    let below = file.path().strip_prefix(directory).unwrap_or(file.path());
    if is_sample(below)
        || is_in_chart(directory, file.path(), world)
        || is_variant(directory, file, world)
        || is_print_of_chart(kustomization, file, world)
        || is_named(directory, kustomization, file, world)
    {
        return;
    }
    let path = world.map.source(kustomization.source).path();
    let what = format!("{} `{}`", object.kind(), object.name());
    let at = object.root.path(&["metadata", "name"]).unwrap_or(object.root);
    if let Some(comment) = commented_out(directory, kustomization, file.path(), world) {
        if is_scaffold(kustomization, world) {
            return;
        }
        let report = Report {
            message: format!("this file with {what} is not in use: its entry in `{path}` is commented out"),
            why: "left out on purpose, it seems; whoever finds the file will take it for a part of what runs"
                .into(),
            help: "delete the file, or list it again".into(),
        };
        let finding = cx.report(At::value(at), report);
        finding.level = Level::Note;
        finding.related.push(Related { span: comment, message: "commented out here".into() });
        finding.object = Some(object.object_name());
        return;
    }
    let in_own_directory = file.path().parent() == Some(directory);
    if !in_own_directory && !names_a_sibling(file.path(), world)
        || applied::by_controller(file.path(), directory, world)
    {
        return;
    }
    let list = if is_patch(below) { "patches" } else { "resources" };
    let report = Report {
        message: format!("no kustomization names this file with {what}"),
        why: "what a kustomization does not list never reaches the cluster, and nothing says so".into(),
        help: format!("list `{below}` under `{list}` in `{path}`, or delete the file").into(),
    };
    let by_hand = BY_HAND.into_iter().find(|(kind, _)| file.objects().all(|object| object.is(*kind)));
    let finding = cx.report(At::value(at), report);
    if let Some((_, why)) = by_hand {
        finding.level = Level::Note;
        finding.why = why.into();
    }
    finding.object = Some(object.object_name());
    let root = kustomization.documents.first().map(|document| Cursor::new(&world.map, &document.tree));
    if let Some(list) = root.and_then(|root| root.get(list)?.key()) {
        finding.related.push(Related { span: list.span(), message: "not in this list".into() });
    }
}

/// The first object of a file that holds nothing but objects for a cluster.
fn manifest<'w>(file: &FileView<'w>) -> Option<ObjectView<'w>> {
    let kinds = |kind: DocumentKind| matches!(kind, DocumentKind::Object | DocumentKind::Empty);
    let only_objects = file.documents().all(|document| kinds(document.kind()));
    let is_applied = |object: ObjectView<'_>| {
        !object.name().is_empty() && !applied::is_for_a_tool(&object) && !applied::is_entry_point(&object)
    };
    (only_objects && file.objects().all(is_applied)).then(|| file.objects().next()).flatten()
}

/// The nearest kustomization in the file's directory or above it.
fn kustomization<'w>(path: &'w Utf8Path, world: &'w World) -> Option<(&'w Utf8Path, &'w File)> {
    path.ancestors().skip(1).find_map(|directory| {
        let mut names = KUSTOMIZATION_NAMES.iter();
        names.find_map(|name| world.repository.file(&directory.join(name))).map(|file| (directory, file))
    })
}

/// Samples, templates and tests lie beside what is applied, to be read or filled in.
fn is_sample(below: &Utf8Path) -> bool {
    const WORDS: [&str; 12] = [
        "example",
        "examples",
        "sample",
        "samples",
        "template",
        "templates",
        "tpl",
        "test",
        "tests",
        "docs",
        "disabled",
        "hack",
    ];
    // Roles that kubebuilder writes for people to bind by hand.
    const ROLES: [&str; 3] = ["_editor_role", "_viewer_role", "_admin_role"];
    let stem = below.file_stem().unwrap_or_default();
    below.as_str().split(['/', '.', '-', '_']).any(|word| WORDS.contains(&word))
        || ROLES.iter().any(|role| stem.ends_with(role))
}

/// Whether the file is called a patch.
fn is_patch(below: &Utf8Path) -> bool {
    below.as_str().split(['/', '.', '-', '_']).any(|word| matches!(word, "patch" | "patches"))
}

/// Whether most of a file is applied from other files of the same place: the file is what a build printed, or the same
/// release in another form, and little is missing from the cluster.
fn is_variant(directory: &Utf8Path, file: &FileView<'_>, world: &World) -> bool {
    /// One object of the same name is rather a forgotten copy.
    const MANY: usize = 5;
    if file.file.objects.len() < MANY {
        return false;
    }
    let name = |object: &ObjectView<'_>| (object.kind().to_owned(), object.name().into_owned());
    let all: FxHashSet<_> = file.objects().map(|object| name(&object)).collect();
    let mut missing = all.clone();
    for unit in &world.rendering.units {
        let is_here = unit.directory.starts_with(directory);
        for object in &unit.objects {
            if is_here || world.map.source(object.source).path().starts_with(directory) {
                missing.remove(&name(&ObjectView::rendered(&world.map, &world.repository, object)));
            }
        }
    }
    missing.len() * 4 <= all.len()
}

/// Whether the kustomization inflates a chart, and the file is what Helm printed: it is kept for what runs before there
/// is a controller.
fn is_print_of_chart(kustomization: &File, file: &FileView<'_>, world: &World) -> bool {
    let mut roots = kustomization.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
    let of_helm = |object: &ObjectView<'_>| {
        object.label("app.kubernetes.io/managed-by").is_some_and(|by| by == "Helm")
            || object.label("helm.sh/chart").is_some()
    };
    roots.any(|root| root.get("helmCharts").or_else(|| root.get("helmChartInflationGenerator")).is_some())
        && file.objects().next().is_some_and(|first| of_helm(&first))
}

/// Whether kubebuilder wrote a kustomization: it comments out what a project does not need yet.
fn is_scaffold(kustomization: &File, world: &World) -> bool {
    const MARKS: [&str; 5] = ["+kubebuilder:", "[WEBHOOK]", "[CERTMANAGER]", "[PROMETHEUS]", "auth proxy"];
    let mut comments = kustomization.parsed.comments.iter().map(|comment| world.map.slice(comment.span));
    comments.any(|comment| MARKS.iter().any(|mark| comment.contains(mark)))
}

fn is_in_chart(directory: &Utf8Path, path: &Utf8Path, world: &World) -> bool {
    let between = path.ancestors().skip(1).take_while(|ancestor| *ancestor != directory);
    between.into_iter().any(|ancestor| world.repository.file(&ancestor.join("Chart.yaml")).is_some())
}

/// Whether the kustomization, or a generator or transformer of its directory, names the file or a directory it is in.
fn is_named(directory: &Utf8Path, kustomization: &File, file: &FileView<'_>, world: &World) -> bool {
    let inputs = world.repository.files.iter().filter(|input| {
        input.usage == Usage::Input && world.map.source(input.source).path().starts_with(directory)
    });
    std::iter::once(kustomization).chain(inputs).any(|by| {
        let from = world.map.source(by.source).path().parent().unwrap_or(directory);
        let mut roots = by.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
        roots.any(|root| {
            root.scalars().any(|value| {
                let text = value.text().unwrap_or_default();
                // `key=path` of a generator.
                let mut paths =
                    [Some(&*text), text.split_once('=').map(|(_, path)| path)].into_iter().flatten();
                paths.any(|written| leads_to(directory, from, written, file.path()))
            })
        })
    })
}

/// Whether a path names the file, or a directory between the kustomization's and the file.
fn leads_to(directory: &Utf8Path, from: &Utf8Path, written: &str, file: &Utf8Path) -> bool {
    // Patches and other long texts are no paths.
    if written.is_empty() || written.contains('\n') {
        return false;
    }
    let path = normalise(&from.join(written));
    path == file || (path != directory && path.starts_with(directory) && file.starts_with(&path))
}

/// The comment that holds the entry of a file, or of a directory it is in.
fn commented_out(
    directory: &Utf8Path,
    kustomization: &File,
    file: &Utf8Path,
    world: &World,
) -> Option<crate::source::Span> {
    let comments = kustomization.parsed.comments.iter().map(|comment| comment.span);
    let mut comments = comments.filter(|span| {
        let entry = commented_entry(world.map.slice(*span));
        entry.is_some_and(|written| leads_to(directory, directory, written, file))
    });
    comments.next()
}

/// Whether another file of the same directory is part of a kustomization: then the directory is not something apart.
fn names_a_sibling(path: &Utf8Path, world: &World) -> bool {
    let siblings = world.repository.files.iter().filter(|file| {
        let sibling = world.map.source(file.source).path();
        sibling.parent() == path.parent() && sibling != path
    });
    siblings.into_iter().any(|file| file.usage == Usage::Rendered)
}
