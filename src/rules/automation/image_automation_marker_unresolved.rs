//! `image-automation-marker-unresolved`

use camino::Utf8PathBuf;

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::model::{FileView, KindName, ObjectView, normalise};
use crate::source::Span;

rule! {
    /// A marker of Flux's image automation for a policy that is not there, or in a file that no automation looks at.
    ///
    /// ## Why
    ///
    /// The image-automation-controller passes over such a marker without a word: the image is never updated, although
    /// everybody believes it is.
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
        checks: [Check::File(check)],
    }
}

const GROUP: &str = "image.toolkit.fluxcd.io";
const POLICY: KindName = KindName { group: GROUP, kind: "ImagePolicy" };
const AUTOMATION: KindName = KindName { group: GROUP, kind: "ImageUpdateAutomation" };

/// A marker: `{"$imagepolicy": "namespace:name"}`, perhaps with `:tag`, `:name` or `:digest`.
struct Marker<'t> {
    namespace: &'t str,
    name: &'t str,
    /// The bytes `namespace:name…` in the comment.
    start: usize,
    len: usize,
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let source = file.source();
    for comment in &file.file.parsed.comments {
        let Some(marker) = marker(source.slice(comment.span)) else { continue };
        let start = comment.span.start + marker.start as u32;
        let at = Span::new(file.file.source, start, start + marker.len as u32);
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
    let (namespace, name) = (parts.next()?, parts.next()?);
    let is_known = !value.contains(['$', '{', '<']) && !name.is_empty();
    is_known.then_some(Marker { namespace, name, start, len: value.len() })
}

fn unresolved(marker: &Marker<'_>, at: Span, cx: &mut Cx<'_>) {
    let policies: Vec<(Option<String>, String)> = objects(cx.world, POLICY)
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
            why: "the marker is passed over without a word, and the image is never updated".into(),
            help: help.into(),
        },
    );
}

fn unseen(file: &FileView<'_>, at: Span, cx: &mut Cx<'_>) {
    let paths: Vec<Utf8PathBuf> = objects(cx.world, AUTOMATION)
        .map(|automation| {
            let path = automation.root.path(&["spec", "update", "path"]).and_then(|path| path.text());
            normalise(path.unwrap_or_default().trim_start_matches('/').into())
        })
        .collect();
    let is_here = |path: &Utf8PathBuf| {
        let mut files = cx.world.map.files().iter();
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
            why: "the marker is passed over without a word, and the image is never updated".into(),
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
