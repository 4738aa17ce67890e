//! `env-copy-paste-drift`

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::graph::{Cell, GraphView};
use crate::model::{Container, Object, ObjectView};
use crate::render::Unit;
use crate::rules::support::components::Components;
use crate::rules::support::{controllers, generated, likeness, promotion};
use crate::source::SourceId;
use crate::yaml::Cursor;

rule! {
    /// A workload of production that is a copy of the one before it, without its probes or its security settings.
    ///
    /// ## Why
    ///
    /// The two manifests were one once. Somebody added a probe, a hook or a security setting to one copy, and nobody to
    /// the other. What was tested is then not what runs, and nobody decided that.
    ///
    /// Compared are workloads of the same name in overlays whose paths differ in the name of an environment alone, when
    /// both are written out, in two files, and most of their values are the same. Looked at are probes (whether there is
    /// one, and what it asks), lifecycle hooks and the security contexts of pods and containers. What production has and
    /// the environment before it has not is a note.
    ///
    /// ## What passes
    ///
    /// - what comes from a base that both include: a patch is a decision
    /// - intervals, thresholds and delays of probes, numbers, sizes, versions and names, in which environments differ
    /// - what programs and charts generate
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: envs/staging/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/staging/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   replicas: 1
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       serviceAccountName: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           args: [--port=8080, --log=json]
    ///           ports: [{name: http, containerPort: 8080}]
    ///           livenessProbe: {httpGet: {path: /live, port: http}}
    ///           readinessProbe: {httpGet: {path: /ready, port: http}}
    /// # file: envs/prod/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: envs/prod/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   replicas: 6
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       serviceAccountName: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           args: [--port=8080, --log=json]
    ///           ports: [{name: http, containerPort: 8080}]
    ///           livenessProbe: {httpGet: {path: /live, port: http}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, labels: {app: web}}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           livenessProbe: {httpGet: {path: /live, port: http}}
    ///           readinessProbe: {httpGet: {path: /ready, port: http}}
    /// # file: envs/staging/kustomization.yaml
    /// resources: [../../base]
    /// # file: envs/prod/kustomization.yaml
    /// resources: [../../base]
    /// replicas: [{name: web, count: 6}]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://12factor.net/dev-prod-parity>
    pub static RULE = "env-copy-paste-drift" {
        level: Warning,
        precision: High,
        tags: ["environment", "maintainability"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// How many of 100 values of two copies are the same, and how many values a copy has at least.
const ALIKE: usize = 75;
const VALUES: usize = 10;
/// Fields of a container that are there in all environments, or in none.
const FIELDS: [&str; 5] = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "securityContext"];
/// Fields that say when a probe asks, not what.
const TIMES: [&str; 6] = [
    "failureThreshold",
    "initialDelaySeconds",
    "periodSeconds",
    "successThreshold",
    "terminationGracePeriodSeconds",
    "timeoutSeconds",
];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for component in Components::of(cx).iter() {
        let production = promotion::production(component);
        let before = promotion::before_production(component).into_iter().next();
        let Some(before) = before.filter(|_| !production.is_empty()) else { continue };
        let known = sources(view, before);
        for cell in production {
            // Mostly both come from one base.
            let own = workloads(view, cell, &known);
            if own.is_empty() {
                continue;
            }
            let twins = workloads(view, before, &sources(view, cell));
            for (name, object) in own {
                let Some(twin) = twins.get(&name) else { continue };
                let drifts = drifts(&object, twin);
                if !drifts.is_empty() && is_copy(&object, twin) {
                    tell(drifts, &object, twin, &before.environment.name, cx);
                }
            }
        }
    }
}

fn objects<'w>(view: &GraphView<'w>, cell: &Cell) -> impl Iterator<Item = &'w Object> + use<'w> {
    let units: Vec<&Unit> = cell.units.iter().filter_map(|&unit| view.rendering.units.get(unit)).collect();
    units.into_iter().flat_map(|unit| &unit.objects)
}

/// The files that a cell is made of.
fn sources(view: &GraphView<'_>, cell: &Cell) -> FxHashSet<SourceId> {
    objects(view, cell).map(|object| object.source).collect()
}

/// The workloads of a cell that are written in files of its own, by kind and the name that they have in all
/// environments.
fn workloads<'w>(
    view: &GraphView<'w>,
    cell: &Cell,
    of_others: &FxHashSet<SourceId>,
) -> BTreeMap<(String, String), ObjectView<'w>> {
    let own = objects(view, cell).filter(|object| !of_others.contains(&object.source));
    let views = own.map(|object| ObjectView::rendered(view.map, view.repository, object));
    let written = views.filter(|object| {
        !object.pod_specs().is_empty()
            && !controllers::is_generated(object)
            && !generated::is_from_a_chart(object)
            && !object.file().is_some_and(|file| generated::is_generated(file, view.map))
    });
    written.map(|object| ((object.kind().to_owned(), likeness::base_name(&object)), object)).collect()
}

/// Whether two objects are written twice and say the same for the most part.
fn is_copy(object: &ObjectView<'_>, twin: &ObjectView<'_>) -> bool {
    let likeness::Comparison { same, smaller, all } =
        likeness::compare(&likeness::values(object), &likeness::values(twin));
    smaller >= VALUES && same * 100 >= all * ALIKE
}

/// A difference: where, whether production is what lacks something, and half a sentence.
struct Drift {
    at: At,
    lacks: bool,
    what: String,
}

/// What production lacks comes first.
fn drifts(object: &ObjectView<'_>, twin: &ObjectView<'_>) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (pod, other) in object.pod_specs().iter().zip(twin.pod_specs()) {
        let fields = ["securityContext"];
        drifts
            .extend(fields.iter().filter_map(|field| drift(object, pod.spec, other.spec, field, "the pod")));
        let others = other.containers();
        for container in pod.containers() {
            let same =
                |other: &&Container<'_>| other.name() == container.name() && !container.name().is_empty();
            let Some(other) = others.iter().find(same) else { continue };
            let who = format!("container `{}`", container.name());
            let fields = FIELDS.iter();
            drifts.extend(fields.filter_map(|field| drift(object, container.spec, other.spec, field, &who)));
        }
    }
    drifts.sort_by_key(|drift| !drift.lacks);
    drifts
}

/// Reports the drifts of one object together; the first says how bad it is.
fn tell(drifts: Vec<Drift>, object: &ObjectView<'_>, twin: &ObjectView<'_>, before: &str, cx: &mut Cx<'_>) {
    let Some(first) = drifts.first() else { return };
    let (at, lacks) = (first.at.clone(), first.lacks);
    let what: Vec<String> = drifts.into_iter().map(|drift| drift.what).collect();
    let name = twin.root.path(&["metadata", "name"]).unwrap_or(twin.root);
    let span = twin.map.editable(name.span(), name.step()).unwrap_or(name.span());
    let finding = cx.report(
        at,
        Report {
            message: format!(
                "{} `{}` is a copy of the one in {before}, but {}",
                object.kind(),
                object.name(),
                what.join("; ")
            ),
            why: format!(
                "what was tested in {before} is not what runs here, and nobody sees whether that is meant"
            )
            .into(),
            help:
                "make the copies agree, or move what they share to a base and keep the difference as a patch"
                    .into(),
        },
    );
    finding.object = Some(object.object_name());
    if !lacks {
        finding.level = Level::Note;
    }
    finding.related.push(Related { span, message: format!("the one in {before}").into() });
}

/// How a field of two pods or containers differs.
fn drift(
    object: &ObjectView<'_>,
    own: Cursor<'_>,
    other: Cursor<'_>,
    field: &str,
    who: &str,
) -> Option<Drift> {
    match (own.get(field).filter(is_set), other.get(field).filter(is_set)) {
        (None, Some(_)) => Some(Drift {
            at: At::missing_below(object, own, &[field]),
            lacks: true,
            what: format!("{who} has no `{field}`"),
        }),
        (Some(value), None) => {
            Some(Drift { at: At::key(value), lacks: false, what: format!("only here {who} has a `{field}`") })
        }
        (Some(value), Some(known)) => {
            let (value_text, known_text) = (said(value), said(known));
            let is_lost =
                known_text.iter().any(|part| !value_text.contains(part)) && field == "securityContext";
            (value_text != known_text).then(|| Drift {
                at: At::key(value),
                lacks: is_lost,
                what: format!("`{field}` of {who} is another"),
            })
        }
        (None, None) => None,
    }
}

fn is_set(value: &Cursor<'_>) -> bool {
    !value.entries().is_empty()
}

/// What a field says, apart from times and the names of environments.
fn said(value: Cursor<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for entry in value.entries() {
        let key = entry.key.text().unwrap_or_default();
        if TIMES.contains(&&*key) {
            continue;
        }
        if entry.value.is_map() {
            parts.extend(said(entry.value).into_iter().map(|part| format!("{key}.{part}")));
        } else if entry.value.is_seq() {
            let items = entry.value.items().map(|item| match item.is_map() {
                true => said(item).join(","),
                false => likeness::without_environments(&item.text().unwrap_or_default()).into_owned(),
            });
            parts.push(format!("{key}={}", items.collect::<Vec<_>>().join(" ")));
        } else {
            let text = entry.value.text().unwrap_or_default();
            parts.push(format!("{key}={}", likeness::without_environments(&text)));
        }
    }
    parts.sort();
    parts
}
