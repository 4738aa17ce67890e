//! `image-automation-marker-unresolved`

use camino::Utf8PathBuf;

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::model::{FileView, KindName, ObjectView, normalise};
use crate::rules::support::nearest;
use crate::source::Span;
use crate::yaml::Comment;

rule! {
    /// A marker of Flux's image automation that leads nowhere, or in a file that no automation looks at.
    ///
    /// ## Why
    ///
    /// The image-automation-controller passes over such a marker without a word: the image is never updated, although
    /// everybody believes it is. So it does with one that is no JSON, that names no namespace, or that ends with
    /// something unknown. Behind a number it writes an image.
    ///
    /// ## What passes
    ///
    /// - repositories without any ImagePolicy: the policies are in another one
    /// - `update.path` of an automation that names a directory of another repository
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: policy.yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImagePolicy
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   imageRepositoryRef:
    ///     name: web
    ///   policy:
    ///     semver:
    ///       range: 1.x
    /// # file: pod.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.4.0 # {"$imagepolicy": "flux-system:webb"}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: policy.yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImagePolicy
    /// metadata:
    ///   name: web
    ///   namespace: flux-system
    /// spec:
    ///   imageRepositoryRef:
    ///     name: web
    ///   policy:
    ///     semver:
    ///       range: 1.x
    /// # file: pod.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.4.0 # {"$imagepolicy": "flux-system:web"}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources>
    pub static RULE = "image-automation-marker-unresolved" {
        level: Error,
        precision: High,
        tags: ["image", "flux", "reference"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

const GROUP: &str = "image.toolkit.fluxcd.io";
const POLICY: KindName = KindName { group: GROUP, kind: "ImagePolicy" };
const AUTOMATION: KindName = KindName { group: GROUP, kind: "ImageUpdateAutomation" };

/// What a marker may end with, besides nothing.
const SUFFIXES: [&str; 3] = ["tag", "name", "digest"];

const WHY: &str = "the marker is passed over without a word, and the image is never updated";

/// A marker: `{"$imagepolicy": "namespace:name"}`, perhaps with `:tag`, `:name` or `:digest`.
struct Marker<'t> {
    namespace: &'t str,
    name: &'t str,
    suffix: Option<&'t str>,
    /// The bytes `namespace:name…` in the comment.
    start: usize,
    len: usize,
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let source = file.source();
    for comment in &file.file.parsed.comments {
        let text = source.slice(comment.span);
        if !text.contains("$imagepolicy")
            || text.contains(['<', '`'])
            || ["{{", "${"].iter().any(|sign| text.contains(sign))
        {
            continue;
        }
        let Some(marker) = marker(text) else {
            malformed(text, comment, cx);
            continue;
        };
        let start = comment.span.start + marker.start as u32;
        let at = Span::new(file.file.source, start, start + marker.len as u32);
        let before = source.text().get(..comment.span.start as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        // In prose, or above an item of a list.
        if line.trim().is_empty() {
            continue;
        }
        if marker.name.is_empty() {
            let message = format!("the marker `{}` names no namespace", marker.namespace);
            report(at, message, "name the ImagePolicy as `namespace:name`", cx);
            continue;
        }
        if let Some(suffix) = marker.suffix.filter(|suffix| !SUFFIXES.contains(suffix)) {
            let message = format!("`{suffix}` is not what a marker can end with");
            let near = nearest(suffix, SUFFIXES.into_iter());
            let help = near.map_or_else(
                || "end it with `:tag`, `:name` or `:digest`, or with the name of the policy".to_owned(),
                |near| format!("write `:{near}`"),
            );
            report(at, message, &help, cx);
            continue;
        }
        let value = value_of(line);
        if marker.suffix.is_none() && is_no_image(value) {
            cx.report(
                At::span(at),
                Report {
                    message: format!("the marker stands behind `{value}`, which is no image"),
                    why: "the automation writes the whole name of an image there".into(),
                    help: "remove it, or move it behind the image".into(),
                },
            );
            continue;
        }
        unresolved(&marker, at, cx);
        unseen(file, at, cx);
    }
}

fn marker(comment: &str) -> Option<Marker<'_>> {
    let (before, after) = comment.split_once("\"$imagepolicy\"")?;
    let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let start = comment.len() - value.len();
    debug_assert!(start > before.len());
    let value = &value[..value.find('"')?];
    let mut parts = value.split(':');
    let (namespace, name) = (parts.next()?, parts.next().unwrap_or_default());
    (!namespace.is_empty()).then_some(Marker {
        namespace,
        name,
        suffix: parts.next(),
        start,
        len: value.len(),
    })
}

/// A comment behind a value that should be a marker, and is no JSON.
fn malformed(text: &str, comment: &Comment, cx: &mut Cx<'_>) {
    let json = text.trim_start_matches('#').trim();
    if comment.own_line || !json.starts_with('{') || serde_json::from_str::<serde_json::Value>(json).is_ok() {
        return;
    }
    let help = "write it as `{\"$imagepolicy\": \"namespace:name\"}`";
    report(comment.span, "this marker is no JSON".to_owned(), help, cx);
}

/// The value at the end of a line, without what stands around it.
fn value_of(line: &str) -> &str {
    let value = line.trim_end();
    let value = value.rsplit_once(": ").map_or(value, |(_, value)| value);
    value.trim().trim_start_matches("- ").trim_matches(['"', '\''])
}

/// Whether a value can be no image: a number or a truth.
fn is_no_image(value: &str) -> bool {
    matches!(value, "true" | "false")
        || !value.is_empty() && value.len() < 10 && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn report(at: Span, message: String, help: &str, cx: &mut Cx<'_>) {
    let help = help.to_owned().into();
    cx.report(At::span(at), Report { message, why: WHY.into(), help });
}

fn unresolved(marker: &Marker<'_>, at: Span, cx: &mut Cx<'_>) {
    let policies: Vec<(Option<String>, String)> = objects(cx.world(), POLICY)
        .map(|policy| (policy.namespace().map(|it| it.into_owned()), policy.name().into_owned()))
        .collect();
    let is_open = policies.iter().any(|(_, name)| name.contains(['$', '{', '<']));
    let is_meant = |(namespace, name): &(Option<String>, String)| {
        name == marker.name && namespace.as_ref().is_none_or(|own| own == marker.namespace)
    };
    if policies.is_empty() || is_open || policies.iter().any(is_meant) {
        return;
    }
    let elsewhere = policies.iter().find(|(_, name)| name == marker.name).and_then(|(own, _)| own.as_ref());
    let help = elsewhere
        .map(|namespace| format!("it is in the namespace `{namespace}`"))
        .or_else(|| suggestion(marker.name, policies.iter().map(|(_, name)| name.as_str())))
        .unwrap_or_else(|| "add the ImagePolicy, or name one that is there as `namespace:name`".to_owned());
    cx.report(
        At::span(at),
        Report {
            message: format!("there is no ImagePolicy `{}/{}`", marker.namespace, marker.name),
            why: WHY.into(),
            help: help.into(),
        },
    );
}

fn unseen(file: &FileView<'_>, at: Span, cx: &mut Cx<'_>) {
    let paths: Vec<Utf8PathBuf> = objects(cx.world(), AUTOMATION)
        .map(|automation| {
            let path = automation.root.path(&["spec", "update", "path"]).and_then(|path| path.text());
            normalise(path.unwrap_or_default().trim_start_matches('/').into())
        })
        .collect();
    let is_here = |path: &Utf8PathBuf| {
        let mut files = cx.map().files();
        files.any(|file| file.path().starts_with(path))
    };
    if paths.is_empty()
        || !paths.iter().all(is_here)
        || paths.iter().any(|path| file.path().starts_with(path))
    {
        return;
    }
    let shown: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    cx.report(
        At::span(at),
        Report {
            message: "no ImageUpdateAutomation looks at this file".to_owned(),
            why: WHY.into(),
            help: format!("`spec.update.path` of the automations is {}; widen one", shown.join(" and "))
                .into(),
        },
    );
}

fn objects(world: &World, kind: KindName) -> impl Iterator<Item = ObjectView<'_>> {
    let files = world.repository.files.iter();
    let plain = files.flat_map(move |file| {
        file.objects.iter().map(move |object| ObjectView::new(&world.map, Some(file), object))
    });
    let units = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let rendered = units.map(move |object| ObjectView::rendered(&world.map, &world.repository, object));
    plain.chain(rendered).filter(move |object| object.is(kind))
}
