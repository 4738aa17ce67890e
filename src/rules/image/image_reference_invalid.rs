//! `image-reference-invalid`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{Container, ContainerList, ImageProblemKind, ImageReference};
use crate::rules::support::images;
use crate::source::StepKind;
use crate::yaml::Cursor;

rule! {
    /// An image that no registry can serve: empty, not a reference by its grammar, or a placeholder left behind.
    ///
    /// ## Why
    ///
    /// The manifest is accepted and the pod never starts: `InvalidImageName` or `ImagePullBackOff`. A rolling
    /// update then stands still half-way.
    ///
    /// Placeholders are reported only when they ask a person to write something: `REPLACE_ME`, `CHANGEME`,
    /// `TODO`, `YOUR_REGISTRY`.
    ///
    /// ## What passes
    ///
    /// - text for a tool to fill in: `${TAG}` (Flux, OpenShift templates, envsubst), `$(params.image)` (Tekton),
    ///   `{{inputs.parameters.x}}` (Argo), `<< inputs.tag >>` (ResourceSet), `<path:…>` (vault plugin), `__TAG__`,
    ///   `PROJECT_ID`, `ko://…`. Nothing in the file can tell whether the tool runs
    /// - a placeholder in a base that every overlay replaces
    /// - an empty image where OpenShift's image triggers write it, and nothing but blanks, which Kubernetes
    ///   accepts in templates for the same purpose
    /// - an absent image: in Tekton and in partial objects it comes from elsewhere
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/Acme/web:1.8.2
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:REPLACE_ME
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///     - name: proxy
    ///       image: ghcr.io/acme/proxy:${PROXY_VERSION}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://pkg.go.dev/github.com/distribution/reference>
    pub static RULE = "image-reference-invalid" {
        level: Error,
        precision: High,
        tags: ["image", "correctness"],
        aliases: [Kics "Invalid Image Tag"],
        checks: [Check::Container(check)],
    }
}

const WHY: &str = "the cluster accepts the manifest and the pod never starts";

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    let name = container.describe();
    if let Some(word) = placeholder(&text) {
        let message = format!("image `{text}` of {name} still has the placeholder `{word}`");
        let help = "write the image that is to run".into();
        let start = text.find(word).unwrap_or_default();
        cx.report(At::part(value, start, start + word.len()), Report { message, why: WHY.into(), help });
        return;
    }
    let Err(problem) = ImageReference::parse(&text) else { return };
    if problem.kind == ImageProblemKind::Empty && !must_be_written(container, value) {
        return;
    }
    // Whoever installs a chart gives it the name or the tag that a value leaves empty.
    let is_open = (text.starts_with([':', '@', '/']) || text.ends_with([':', '@']))
        && cx.map().step(value.step()).is_some_and(|step| step.what == StepKind::Template);
    if is_open {
        return;
    }
    let is_blank = !text.is_empty() && text.trim().is_empty();
    if is_blank || images::is_templated(&text) {
        return;
    }
    let message = format!("image `{}` of {name} {}", text.trim(), problem.kind.describe());
    let at = match problem.range.is_empty() {
        true => At::value(value),
        false => At::part(value, problem.range.start, problem.range.end),
    };
    cx.report(at, Report { message, why: WHY.into(), help: help(problem.kind).into() });
}

const fn help(kind: ImageProblemKind) -> &'static str {
    match kind {
        ImageProblemKind::Empty => "write the image that is to run",
        ImageProblemKind::WhiteSpace => "write the reference on one line without blanks",
        ImageProblemKind::Scheme => "leave out the scheme: a reference starts with the registry's host",
        ImageProblemKind::Uppercase => "write the repository in small letters; only tags may have capitals",
        ImageProblemKind::TwoTags => "keep one of the two tags",
        ImageProblemKind::Digest => "write `@sha256:` and the 64 hexadecimal digits that the registry shows",
        _ => "write `registry/repository:tag`, or `registry/repository@sha256:…`",
    }
}

/// The word of the text that asks a person to write something else.
fn placeholder(text: &str) -> Option<&str> {
    const WORDS: [&str; 12] = [
        "REPLACE_ME",
        "REPLACEME",
        "REPLACE-ME",
        "CHANGE_ME",
        "CHANGEME",
        "CHANGE-ME",
        "TODO",
        "FIXME",
        "replace-me",
        "replaceme",
        "change-me",
        "changeme",
    ];
    // Inside `${…}` or `<…>` the word is the name of a variable.
    if text.contains(['$', '{', '<', '%']) {
        return None;
    }
    let mut parts = text.split(['/', ':', '@']);
    parts.find(|part| WORDS.contains(part) || part.starts_with("YOUR_") || part.starts_with("YOUR-"))
}

/// Whether nothing but the manifest can give the container its image.
fn must_be_written(container: &Container<'_>, value: Cursor<'_>) -> bool {
    let object = &container.pod.object;
    let is_workload = matches!(object.group(), "" | "apps" | "batch");
    let list = matches!(container.list, ContainerList::Containers | ContainerList::InitContainers);
    // `image:` without anything may be the head of something that a comment explains; `""` is a decision.
    is_workload && list && !images::is_triggered(object) && value.span().len > 0
}
