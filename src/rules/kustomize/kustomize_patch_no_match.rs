//! `kustomize-patch-no-match`

use crate::config::suggestion;
use crate::engine::{Check, Cx, World, rule};
use crate::model::ObjectView;
use crate::render::{Event, EventKind};
use crate::yaml::Cursor;

use super::event;

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
    /// - where a base, a chart or a plugin is not rendered, the verdict is open: a note
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
        checks: [Check::Event(&[EventKind::PatchNoMatch], check)],
    }
}

const WHY: &str = "Kustomize patches nothing and exits with success, so the change never reaches the cluster";

fn check(event: &Event, cx: &mut Cx<'_>) {
    let help = nearest(event, cx.world).unwrap_or_else(|| {
        "name an object of this overlay, or delete the patch; patterns match whole names".into()
    });
    event::without_effect(event, WHY, help, cx);
}

/// The object that was probably meant, by the names in the files of the units: a target is compared with those too.
fn nearest(event: &Event, world: &World) -> Option<String> {
    let target = event::item(event, &["patches", "patchesJson6902"], world)?.get("target")?;
    let text = |name: &str| target.get(name).and_then(|value: Cursor<'_>| value.text());
    let name = text("name")?;
    let kind = text("kind").unwrap_or_default();
    let units = event::units(event, world);
    let objects = || {
        let objects = units.iter().flat_map(|unit| &unit.objects);
        let files = objects.filter_map(|object| world.repository.files.get(object.source.0 as usize));
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
    suggestion(&name, names.iter().map(String::as_str))
}
