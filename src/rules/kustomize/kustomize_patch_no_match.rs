//! `kustomize-patch-no-match`

use crate::engine::{Check, Cx, World, rule};
use crate::finding::Level;
use crate::model::{ObjectView, Usage};
use crate::render::{Event, EventKind};
use crate::yaml::Cursor;

use super::event::{self, WithoutEffect};

rule! {
    /// A patch whose target matches no object.
    ///
    /// ## Why
    ///
    /// Kustomize applies the patch to nothing and exits with success, so nobody notices: the replica count, the
    /// security context or the deletion that the patch was written for never reaches the cluster. Patterns of a
    /// target match whole names: `we` does not match `web`.
    ///
    /// A patch without a target must match; Kustomize refuses it otherwise, which is `kustomize-build-error`.
    ///
    /// ## What passes
    ///
    /// - a component's patch that matches in at least one overlay; one that matches in none is a warning
    /// - a patch without a name in its target is a warning: it may be there for objects to come. In a component, and
    ///   where resources are commented out, to be taken in when they are needed, it is a note; so is a patch of a
    ///   resource that is commented out
    /// - patches where a base, a chart or a plugin is not rendered, which may hold what they are for: the last line of a
    ///   report counts them
    /// - a patch that holds nothing but comments is a warning: some versions of Kustomize refuse it
    /// - where there is no object at all yet, all patches of a kustomization are one note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// patches:
    ///   - target:
    ///       kind: Deployment
    ///       name: wbe
    ///     patch: |
    ///       - op: replace
    ///         path: /spec/replicas
    ///         value: 5
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 1
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// patches:
    ///   - target:
    ///       kind: Deployment
    ///       name: web
    ///     patch: |
    ///       - op: replace
    ///         path: /spec/replicas
    ///         value: 5
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 1
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>
    /// - <https://github.com/kubernetes-sigs/kustomize/issues/4379>
    pub static RULE = "kustomize-patch-no-match" {
        level: Error,
        precision: VeryHigh,
        tags: ["kustomize", "correctness"],
        aliases: [],
        checks: [Check::Event(&[EventKind::PatchNoMatch, EventKind::EmptyPatch], check)],
    }
}

const WHY: &str = "Kustomize patches nothing and exits with success, so the change never reaches the cluster";

fn check(event: &Event, cx: &mut Cx<'_>) {
    if event.kind == EventKind::EmptyPatch {
        // Source: <https://github.com/kubernetes-sigs/kustomize/issues/5487>.
        let why = "Kustomize from 5.2 to 5.6 refuses such a patch and builds nothing; others change nothing";
        let help = "write the patch, or take the entry out".to_owned();
        let message = "the patch is empty: it holds no more than comments".to_owned();
        return event::without_effect(event, WithoutEffect { message, why, help, level: Level::Warning }, cx);
    }
    let item = event::item(event, &["patches", "patchesJson6902"], cx.world());
    let target = item.and_then(|item| item.get("target"));
    let patch = item.and_then(|item| item.get("patch")).and_then(|patch| patch.text());
    let help = target.and_then(|target| nearest(event, target, cx.world()));
    let help = help.unwrap_or_else(|| {
        "name an object of this overlay, or delete the patch; patterns match whole names".to_owned()
    });
    // A patch for all objects of a kind may be there for objects to come.
    let is_open = |name: Cursor<'_>| name.text().is_some_and(|name| name == ".*");
    let has_name = target.is_none_or(|target| target.get("name").is_some_and(|name| !is_open(name)));
    let may_come = || {
        event::is_in_component(event, cx.world())
            || event::commented_files(event, cx.world()).next().is_some()
    };
    let level = match has_name {
        true if target.is_some_and(|target| is_commented_out(event, target, cx.world())) => Level::Note,
        true => Level::Error,
        false if may_come() => Level::Note,
        false => Level::Warning,
    };
    let message = match target.map(described).filter(|target| !target.is_empty()) {
        Some(target) => format!("no object matches the target of this patch: {target}"),
        None => event.message.clone(),
    };
    let (why, level) = if target.is_some_and(|target| is_deleted(event, target, cx.world())) {
        ("another patch of this overlay deletes the object first, so this one changes nothing", Level::Note)
    } else if patch.is_some_and(|patch| patch.lines().any(|line| line.trim_end() == "$patch: delete")) {
        ("the object that it deletes is not there, which is what it wants", Level::Note)
    } else {
        (WHY, level)
    };
    event::without_effect(event, WithoutEffect { message, why, help, level }, cx);
}

/// Whether a resource that is commented out has the name of the target.
fn is_commented_out(event: &Event, target: Cursor<'_>, world: &World) -> bool {
    let Some(name) = target.get("name").and_then(|name| name.text()) else { return false };
    event::commented_files(event, world).any(|file| {
        let mut objects = file.objects.iter().map(|object| ObjectView::new(&world.map, Some(file), object));
        objects.any(|object| object.name() == name)
    })
}

/// Whether a patch file beside the kustomization deletes what the target names.
fn is_deleted(event: &Event, target: Cursor<'_>, world: &World) -> bool {
    let is_same = |patch: Cursor<'_>, path: &[&str], wanted: Option<Cursor<'_>>| {
        patch.path(path).and_then(|value| value.text()) == wanted.and_then(|value| value.text())
    };
    let beside = world.repository.directory(event::directory(event, world));
    let patches = beside.filter(|file| file.usage == Usage::Input).flat_map(|file| &file.documents);
    let mut patches = patches.map(|document| Cursor::new(&world.map, &document.tree));
    patches.any(|patch| {
        patch.get("$patch").and_then(|what| what.text()).is_some_and(|what| what == "delete")
            && is_same(patch, &["kind"], target.get("kind"))
            && is_same(patch, &["metadata", "name"], target.get("name"))
    })
}

/// "Deployment `web` in `prod`", "Deployment with `app=web`".
fn described(target: Cursor<'_>) -> String {
    let text =
        |name: &str| target.get(name).and_then(|value: Cursor<'_>| value.text()).filter(|it| !it.is_empty());
    let kind = text("kind").map(|kind| kind.into_owned());
    let parts = [
        kind,
        text("name").map(|name| format!("`{name}`")),
        text("namespace").map(|namespace| format!("in `{namespace}`")),
        text("labelSelector").map(|labels| format!("with `{labels}`")),
        text("annotationSelector").map(|annotations| format!("with `{annotations}`")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The object that was probably meant, by the names in the files of the units: a target is compared with those too.
fn nearest(event: &Event, target: Cursor<'_>, world: &World) -> Option<String> {
    let text = |name: &str| target.get(name).and_then(|value: Cursor<'_>| value.text());
    let name = text("name")?;
    let kind = text("kind").unwrap_or_default();
    let units = event::units(event, world);
    let objects = || {
        let objects = units.iter().flat_map(|unit| &unit.objects);
        let files = objects.filter_map(|object| world.repository.of(object.source));
        files.flat_map(|file| {
            file.objects.iter().map(|object| ObjectView::new(&world.map, Some(file), object))
        })
    };
    if let Some(same) = objects().find(|object| object.name() == name) {
        return Some(if same.kind() != kind && !kind.is_empty() {
            format!("`{name}` is a {} here", same.kind())
        } else if target.get("namespace").is_some() {
            format!(
                "`{name}` is there, in another namespace when the patch runs; leave `namespace` out of the target"
            )
        } else {
            format!(
                "{} `{name}` is there; compare the group, the version and the selectors of the target",
                same.kind()
            )
        });
    }
    let names: Vec<String> = objects()
        .filter(|object| kind.is_empty() || object.kind() == kind)
        .map(|it| it.name().into_owned())
        .collect();
    event::similar(&name, names.iter().map(String::as_str))
}
