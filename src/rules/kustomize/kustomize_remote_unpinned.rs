//! `kustomize-remote-unpinned`

use std::ops::Range;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::KustomizationView;
use crate::render::{is_remote, reference, shown};
use crate::yaml::Cursor;

rule! {
    /// A base, component or file from elsewhere that is not pinned to a commit.
    ///
    /// ## Why
    ///
    /// Kustomize fetches it at every build. Without `?ref=` it takes the default branch, so whoever can push there
    /// changes this cluster, without a commit and without a review here; a revert here brings nothing back. A branch
    /// in `?ref=` or in a raw URL is the same in slower motion. A tag can be moved, which is rare enough to be a note.
    ///
    /// Looked at are all fields that Kustomize fetches from: `resources`, `bases`, `components`, patches,
    /// `replacements`, `configurations`, `crds`, `openapi`, `generators`, `transformers` and `validators`.
    ///
    /// ## What passes
    ///
    /// - commits: 40 hexadecimal digits
    /// - references that a tool fills in first, such as `?ref=${VERSION}`
    /// - paths in the repository
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - https://github.com/argoproj/argo-cd//manifests/cluster-install
    /// ```
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - https://raw.githubusercontent.com/argoproj/argo-cd/stable/manifests/install.yaml
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - https://github.com/argoproj/argo-cd//manifests/cluster-install?ref=1963030721a51d4c9c1b8e1f3ba2a2e0d1f5c8aa # v3.2.1
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md>
    /// - <https://docs.renovatebot.com/modules/manager/kustomize/>
    pub static RULE = "kustomize-remote-unpinned" {
        level: Error,
        by_tier: true,
        security: 6.5,
        precision: VeryHigh,
        tags: ["kustomize", "supply-chain", "reproducibility"],
        aliases: [],
        checks: [Check::Kustomization(check)],
    }
}

/// Fields that list paths or URLs.
const LISTS: [&str; 9] = [
    "resources",
    "bases",
    "components",
    "configurations",
    "crds",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
];
/// Fields whose items have a `path`.
const WITH_PATH: [&str; 3] = ["patches", "patchesJson6902", "replacements"];

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let root = kustomization.document.root;
    let items = |name: &str| root.get(name).into_iter().flat_map(|list| list.items());
    let paths = WITH_PATH.into_iter().flat_map(items).filter_map(|item| item.get("path"));
    let named = LISTS.into_iter().flat_map(items).chain(paths).chain(root.path(&["openapi", "path"]));
    for value in named {
        let Some(text) = value.text() else { continue };
        // A directory may be called `app.git`; and a patch may stand where its path is expected.
        let is_path = text.starts_with("./") || text.starts_with("../") || text.contains('\n');
        if !is_path && is_remote(&text) {
            report(value, &text, cx);
        }
    }
}

fn report(value: Cursor<'_>, text: &str, cx: &mut Cx<'_>) {
    const WHY: &str = "whoever can push there changes what runs here, without a commit or a review of yours";
    let version = version(text);
    if let Version::Branch(range) | Version::Tag(range) = &version
        && text.get(range.clone()).is_some_and(|name| name.contains(['$', '{', '<', '%']))
    {
        return;
    }
    let url = shown(text);
    let (level, at, message, why, help) = match version {
        Version::Commit => return,
        Version::None if is_file(text) => (
            Level::Error,
            At::value(value),
            format!("`{url}` names no version"),
            "every build applies what the address serves at that moment",
            "use an address with a release or a commit in it, or keep a copy of the file in the repository",
        ),
        Version::None => (
            Level::Error,
            At::value(value),
            format!("`{url}` has no `?ref=`, so the default branch is built"),
            WHY,
            "append `?ref=` with a commit and its tag in a comment; Renovate keeps both current",
        ),
        Version::Branch(range) => (
            Level::Warning,
            At::part(value, range.start, range.end),
            format!("`{url}` follows `{}`, which moves", text.get(range).unwrap_or_default()),
            WHY,
            "name a commit, with its tag in a comment; Renovate keeps both current",
        ),
        Version::Tag(range) => (
            Level::Note,
            At::part(value, range.start, range.end),
            format!("`{url}` is pinned to the tag `{}`", text.get(range).unwrap_or_default()),
            "what a tag names can be changed, and then something is built that nobody reviewed here",
            match is_file(text) && !text.contains("raw.githubusercontent.com") {
                true => "keep a copy of the file in the repository if that must not happen",
                false => "name the commit behind the tag, with the tag in a comment",
            },
        ),
    };
    cx.report(at, Report { message, why: why.into(), help: help.into() }).level = level;
}

/// What a URL says about the version it wants; ranges are bytes of the URL.
enum Version {
    /// Nothing.
    None,
    /// A branch, or a name that moves like one.
    Branch(Range<usize>),
    /// A tag.
    Tag(Range<usize>),
    /// A commit.
    Commit,
}

fn version(text: &str) -> Version {
    let named = if is_file(text) { in_file_url(text) } else { reference(text) };
    let Some(name) = named else { return Version::None };
    // The name is a slice of the text.
    let start = (name.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let range = start..start + name.len();
    let before = text.get(..start).unwrap_or_default();
    match name {
        _ if is_commit(name) => Version::Commit,
        _ if before.ends_with("refs/tags/") => Version::Tag(range),
        _ if before.ends_with("refs/heads/") || is_branch(name) => Version::Branch(range),
        _ => Version::Tag(range),
    }
}

fn is_commit(name: &str) -> bool {
    matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Tags of releases have a number with a dot, and branches of releases two numbers: `release-1.18` grows, `v1.18.2`
/// and `release-1.18.2` do not. A name without any number is a branch, or a tag that is moved like one: `stable`.
fn is_branch(name: &str) -> bool {
    if let Some((kind, _)) = name.strip_prefix("refs/").and_then(|rest| rest.split_once('/')) {
        return kind == "heads";
    }
    let is_release = ["release-", "release/", "releases/", "release_"].iter().any(|it| name.starts_with(it));
    let dots = name.bytes().filter(|byte| *byte == b'.').count();
    !name.bytes().any(|byte| byte.is_ascii_digit()) || (is_release && dots < 2) || name.ends_with("-branch")
}

/// Whether one file is fetched instead of a repository.
fn is_file(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or(text);
    let is_http = path.starts_with("http://") || path.starts_with("https://");
    is_http && [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
}

/// The part of a file's URL that names a version, by the forms of the well-known hosts.
fn in_file_url(text: &str) -> Option<&str> {
    let path = text.split(['?', '#']).next().unwrap_or(text);
    let (_, path) = path.split_once("://")?;
    let parts: Vec<&str> = path.split('/').collect();
    let behind_refs = |at: usize| match (parts.get(at).copied(), parts.get(at + 1).copied()) {
        (Some("refs"), Some("heads" | "tags")) => parts.get(at + 2).copied(),
        // The tag of a module in a repository of several: `sdk/v0.13.0`.
        (Some(module), Some(tag)) if !is_default_branch(module) && is_release(tag) => {
            let start = (module.as_ptr() as usize).saturating_sub(path.as_ptr() as usize);
            path.get(start..start + module.len() + 1 + tag.len())
        }
        (name, _) => name,
    };
    match parts.as_slice() {
        ["raw.githubusercontent.com", _, _, ..] => behind_refs(3),
        ["github.com", _, _, "releases", "latest", ..] => parts.get(4).copied(),
        ["github.com", _, _, "releases", "download", tag, ..] => Some(tag),
        ["github.com", _, _, "raw" | "blob", ..] => behind_refs(4),
        ["gist.githubusercontent.com", _, _, "raw", commit, _, ..] => Some(commit),
        ["gist.githubusercontent.com", ..] => None,
        _ => match parts.iter().position(|part| *part == "raw") {
            Some(raw) if parts.get(raw.wrapping_sub(1)) == Some(&"-") => behind_refs(raw + 1),
            _ => parts.iter().skip(1).copied().find(|part| is_version(part)),
        },
    }
}

/// Branches under which a directory may be called like a version.
fn is_default_branch(name: &str) -> bool {
    matches!(
        name,
        "main" | "master" | "trunk" | "develop" | "dev" | "HEAD" | "stable" | "latest" | "gh-pages"
    ) || name.starts_with("release")
}

/// `v1.2.3`, all of it.
fn is_release(name: &str) -> bool {
    name.starts_with('v') && is_version(name) && name.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// `v1.2.3`, `1.2`, `v2.0.0-rc.1`
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or(part);
    let mut numbers = digits.split('.');
    let is_number = |part: Option<&str>| part.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    digits.contains('.') && is_number(numbers.next()) && is_number(numbers.next()) && !part.ends_with(".yaml")
}
