//! Which manifests their authors took out of use: entries that a kustomization has as comments, patches that nothing
//! names, inputs of policy tests, what people start by hand, what the API server gave out. What is in them is not in a cluster, so only rules about files look at them.
//!
//! Must not judge whether leaving them there is a good idea.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::classify::KUSTOMIZATION_NAMES;
use super::{File, KindName, Object, ObjectView, Usage, is_in_place, is_place, normalise};

/// Files that say that their directory holds the cases of a policy test.
const TESTS: [&str; 4] = ["kyverno-test.yaml", "kyverno-test.yml", "chainsaw-test.yaml", "chainsaw-test.yml"];

/// What an object of a kind must have. One without is a patch, if the rest of the object stands elsewhere.
const REQUIRED: [(KindName, &[&str]); 8] = [
    (KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" }, &["sourceRef"]),
    (KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" }, &["chart", "chartRef"]),
    (KindName { group: "argoproj.io", kind: "Application" }, &["source", "sources", "sourceHydrator"]),
    (KindName { group: "argoproj.io", kind: "ApplicationSet" }, &["generators"]),
    (KindName { group: "apps", kind: "Deployment" }, &["selector"]),
    (KindName { group: "apps", kind: "StatefulSet" }, &["selector"]),
    (KindName { group: "apps", kind: "DaemonSet" }, &["selector"]),
    (KindName { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" }, &["names"]),
];

/// Marks the files that are set aside, among those that no kustomization names.
pub(super) fn apply(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &mut [File]) {
    let all = &*files;
    let ((commented_out, tested), (patches, tools)) = rayon::join(
        || (commented_out(map, index, all), tested(map, index, all)),
        || {
            rayon::join(
                || patches(map, all),
                || [tools(map, all), dumps(map, all), by_hand(map, index, all)].concat(),
            )
        },
    );
    for at in commented_out.into_iter().chain(tested).chain(patches).chain(tools) {
        files[at].usage = Usage::SetAside;
    }
}

/// Whether a file may be set aside: one with objects that no kustomization names.
fn is_candidate(file: &File) -> bool {
    file.usage == Usage::Deployed && !file.objects.is_empty()
}

/// Files whose entry is a comment in a kustomization.
fn commented_out(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &[File]) -> Vec<usize> {
    let mut found = Vec::new();
    for (path, &at) in index {
        let Some(directory) = path.parent().filter(|_| is_kustomization(path)) else { continue };
        for comment in &files[at].parsed.comments {
            let Some(entry) = entry(map.slice(comment.span)) else { continue };
            let named = normalise(&directory.join(entry));
            let Some(&file) = index.get(named.as_path()) else { continue };
            if is_candidate(&files[file]) {
                found.push(file);
            }
        }
    }
    found
}

/// The path in a commented entry of a list: `# - web.yaml`, `#- path: patch.yaml`.
pub(crate) fn entry(comment: &str) -> Option<&str> {
    let text = comment.trim_start_matches(['#', ' ', '\t', '-']);
    let text = text.strip_prefix("path:").unwrap_or(text).trim_start();
    text.split_whitespace().next().map(|word| word.trim_matches(['"', '\'']))
}

fn is_kustomization(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| KUSTOMIZATION_NAMES.contains(&name))
}

/// Files that a policy test works on: those beside and below its description, and those that a suite names.
fn tested(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &[File]) -> Vec<usize> {
    let mut found = beside_tests(map, index, files);
    let suites = files
        .iter()
        .flat_map(|file| &file.objects)
        .filter(|object| object.kind() == "Suite" && object.api_version().starts_with("test.gatekeeper.sh/"));
    // Source: <https://open-policy-agent.github.io/gatekeeper/website/docs/gator/#writing-test-suites>.
    for suite in suites {
        let path = map.source(suite.source).path();
        let directory = path.parent().unwrap_or(Utf8Path::new(""));
        let root = Cursor::new(map, &suite.tree);
        // The template and the constraint of a test may be those that are deployed.
        for case in items(root, "tests").flat_map(|test| items(test, "cases")) {
            for name in case.get("object").into_iter().chain(items(case, "inventory")) {
                let Some(name) = name.text() else { continue };
                let named = normalise(&directory.join(&*name));
                found.extend(index.get(named.as_path()).filter(|&&at| is_candidate(&files[at])));
            }
        }
    }
    found
}

fn items<'w>(from: Cursor<'w>, name: &str) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
    from.get(name).into_iter().flat_map(|list| list.items())
}

/// Files beside and below the description of a policy test.
fn beside_tests(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &[File]) -> Vec<usize> {
    let tests = index.keys().filter(|path| path.file_name().is_some_and(|name| TESTS.contains(&name)));
    let directories: FxHashSet<Utf8PathBuf> =
        tests.filter_map(|path| path.parent()).map(Utf8Path::to_owned).collect();
    let is_below = |file: &File| {
        let mut above = map.source(file.source).path().ancestors().skip(1);
        above.any(|directory| directories.contains(directory))
    };
    if directories.is_empty() {
        return Vec::new();
    }
    let candidates = files.iter().enumerate().filter(|(_, file)| is_candidate(file) && is_below(file));
    candidates.map(|(at, _)| at).collect()
}

/// Files below a directory `hack` or `scripts`, those beside tasks and workflows, and below the directories of a repository
/// for its documents and its tests: what people start by hand when they look into something. And what is not in use any
/// more, or not yet.
fn tools(map: &SourceMap, files: &[File]) -> Vec<usize> {
    const BY_HAND: [&str; 2] = ["hack", "scripts"];
    let is_tool = |file: &File| {
        let path = map.source(file.source).path();
        let Some(directory) = path.parent() else { return false };
        is_candidate(file)
            && (is_for_people(path)
                || is_put_off(directory)
                || is_of_tools(path)
                || leads_through(directory, |name| BY_HAND.contains(&name)))
    };
    files.iter().enumerate().filter(|(_, file)| is_tool(file)).map(|(at, _)| at).collect()
}

/// Whether a directory is not in use, as its path says: `archive/web`, `_old/web`, `observability.old/base`.
pub(crate) fn is_put_off(directory: &Utf8Path) -> bool {
    let mut names = directory.components().map(|part| part.as_str());
    let is_marked = |name: &str| name.starts_with(['_', '.']) || name.contains('.');
    names.any(|name| is_marked(name) && says_put_off(name)) || leads_through(directory, says_put_off)
}

/// Whether the name of a directory says that what is in it is not in use: `archive`, `_old`, `web.disabled`,
/// `_disabled_apps`.
pub(crate) fn says_put_off(name: &str) -> bool {
    const WORDS: [&str; 4] = ["archive", "deferred", "old", "wip"];
    // In a longer name, the others are programs and places: `web-archive`, `old-town`.
    const STATES: [&str; 4] = ["archived", "deprecated", "disabled", "unused"];
    // `deprecated-api-finder` is a program, too.
    const MANY: [&str; 7] =
        ["applications", "apps", "charts", "components", "manifests", "resources", "services"];
    let name = name.trim_start_matches(['_', '.']);
    let end = name.rsplit_once('.').map_or(name, |(_, end)| end);
    let mut words = name.split(['-', '_', '.']);
    let first = words.next().unwrap_or_default();
    let last = words.next_back().unwrap_or(first);
    let are_two = words.next().is_none();
    WORDS.contains(&end)
        || STATES.contains(&last)
        || are_two && STATES.contains(&first) && MANY.contains(&last)
}

/// Whether a path leads through a directory of such a name, which lies in no place to deploy to and has none in it: there
/// the word may be an application's, as in `k8s/prod/scripts` and `apps/archive/overlays/edge`. The first directory of a
/// repository may have places in it that are not in use.
fn leads_through(directory: &Utf8Path, has: impl Fn(&str) -> bool) -> bool {
    let has_places = |at: &Utf8Path| directory.ancestors().take_while(|below| *below != at).any(is_place);
    directory.ancestors().any(|at| {
        at.file_name().is_some_and(&has)
            && !is_in_place(at)
            && (at.components().count() == 1 || !has_places(at))
    })
}

/// Whether a path leads to what only a tool reads: modules of CUE that a tool for packages copied, files of tasks.
fn is_of_tools(path: &Utf8Path) -> bool {
    const NAMES: [&str; 4] = ["cue.mod", "node_modules", ".github", ".taskfiles"];
    path.components().any(|part| NAMES.contains(&part.as_str()))
}

/// Files with a Job and the rights it needs, which the kustomization beside them leaves out: people start them
/// when they look into something, or clean up.
fn by_hand(map: &SourceMap, index: &FxHashMap<&Utf8Path, usize>, files: &[File]) -> Vec<usize> {
    const RIGHTS: [&str; 5] = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
    let is_left_out = |file: &File| {
        let directory = map.source(file.source).path().parent().unwrap_or(Utf8Path::new(""));
        KUSTOMIZATION_NAMES.iter().any(|name| index.contains_key(directory.join(name).as_path()))
    };
    let is_started = |object: &Object| object.kind() == "Job";
    let found = files.iter().enumerate().filter(|(_, file)| {
        is_candidate(file)
            && file.objects.iter().any(is_started)
            && file.objects.iter().all(|object| is_started(object) || RIGHTS.contains(&object.kind()))
            && is_left_out(file)
    });
    found.map(|(at, _)| at).collect()
}

/// Files of JSON with objects as the API server gave them out: evidence and snapshots, which nobody applies. Where there is
/// nothing else, somebody wants to know what is wrong with them.
fn dumps(map: &SourceMap, files: &[File]) -> Vec<usize> {
    let is_live = |object: &Object| Cursor::new(map, &object.tree).path(&["metadata", "uid"]).is_some();
    let is_dump =
        |file: &File| file.kind == FileKind::Json && is_candidate(file) && file.objects.iter().all(is_live);
    let is_something_else = |file: &File| is_candidate(file) && !is_dump(file);
    if !files.iter().any(is_something_else) {
        return Vec::new();
    }
    files.iter().enumerate().filter(|(_, file)| is_dump(file)).map(|(at, _)| at).collect()
}

/// Whether a path begins with the directory of a repository for its documents or its tests. Deeper in a path such a
/// directory may be an application or an environment.
pub(crate) fn is_for_people(path: &Utf8Path) -> bool {
    let mut parts = path.components();
    let first = parts.next().filter(|_| parts.next().is_some());
    first.is_some_and(|part| matches!(part.as_str(), "docs" | "doc" | "documentation" | "tests" | "e2e"))
}

/// Files with nothing but parts of objects that stand in other files: patches that no kustomization names, any more
/// or yet.
fn patches(map: &SourceMap, files: &[File]) -> Vec<usize> {
    let part = |object: &Object| is_part(&ObjectView::new(map, None, object));
    let only_parts =
        |file: &File| is_candidate(file) && file.objects.iter().all(|object| part(object) == Some(true));
    let found: Vec<usize> =
        files.iter().enumerate().filter(|(_, file)| only_parts(file)).map(|(at, _)| at).collect();
    if found.is_empty() {
        return found;
    }
    let name = |object: &Object| {
        let view = ObjectView::new(map, None, object);
        (view.kind().to_owned(), view.name().into_owned())
    };
    let objects = files.iter().filter(|file| file.usage != Usage::Input).flat_map(|file| &file.objects);
    let whole: FxHashSet<(String, String)> =
        objects.filter(|object| part(object) == Some(false)).map(name).collect();
    found
        .into_iter()
        .filter(|&at| {
            // Kubebuilder keeps patches of definitions that it has not made yet, or under another name.
            let mut parts = map.source(files[at].source).path().components();
            let is_kept = parts.any(|part| part.as_str() == "patches");
            let is_definition = |object: &Object| is_kept && object.kind() == "CustomResourceDefinition";
            files[at].objects.iter().all(|object| is_definition(object) || whole.contains(&name(object)))
        })
        .collect()
}

/// Whether an object lacks what its kind must have; `None` for kinds that are not looked at.
fn is_part(object: &ObjectView<'_>) -> Option<bool> {
    let (_, required) = REQUIRED.iter().find(|(kind, _)| object.is(*kind))?;
    let has =
        |field: &&str| object.root.path(&["spec", field]).is_some_and(|value: Cursor<'_>| !value.is_null());
    Some(!required.iter().any(has))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_that_are_put_off() {
        for path in ["old", "archive/overlays/prod", "apps/wip/web", "overlays/old", "clusters/prod/_old/web"]
        {
            assert!(is_put_off(path.into()), "{path}");
        }
        for path in ["apps/archive/overlays/prod", "k8s/prod/wip", "clusters/edge/apps/old", "apps/older", ""]
        {
            assert!(!is_put_off(path.into()), "{path}");
        }
    }
}
