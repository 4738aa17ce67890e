//! `deprecated-annotation`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{ObjectView, PodSpec};
use crate::rules::support::controllers;
use crate::yaml::{Cursor, Entry};

use super::checked;

rule! {
    /// An annotation or a label of Kubernetes of which a field, or another name, has taken the place.
    ///
    /// ## Why
    ///
    /// Most of them do nothing any more, and what they protected is open; the others will follow.
    ///
    /// ## What is reported
    ///
    /// - annotations of pods for seccomp, AppArmor (with Kubernetes 1.30 and later), critical pods, tolerations, affinity and
    ///   init containers
    /// - `kubernetes.io/ingress.class`, `volume.beta.kubernetes.io/storage-class`,
    ///   `storageclass.beta.kubernetes.io/is-default-class` and `service.alpha.kubernetes.io/tolerate-unready-endpoints`
    /// - `beta.kubernetes.io/os` and its like in node selectors, affinities and topologies
    ///
    /// ## What passes
    ///
    /// - the class of an Ingress for Google Cloud, which knows the annotation alone
    /// - a node selector that has the new name as well
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     kubernetes.io/ingress.class: nginx
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   ingressClassName: nginx
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/labels-annotations-taints/>
    pub static RULE = "deprecated-annotation" {
        level: Note,
        precision: VeryHigh,
        tags: ["deprecation"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], object)), Check::Around(&Check::Pod(pod))],
    }
}

/// What an annotation is called, or begins with, since when another way is there, and what it is.
type Old = (&'static str, u16, &'static str);

/// Those of pods. Kubernetes reads none of them any more but that for AppArmor.
const PODS: [Old; 8] = [
    ("seccomp.security.alpha.kubernetes.io/pod", 19, "set `securityContext.seccompProfile` of the pod"),
    (
        "container.seccomp.security.alpha.kubernetes.io/",
        19,
        "set `securityContext.seccompProfile` of the container",
    ),
    (
        "container.apparmor.security.beta.kubernetes.io/",
        30,
        "set `securityContext.appArmorProfile` of the container",
    ),
    ("scheduler.alpha.kubernetes.io/critical-pod", 14, "set `priorityClassName`"),
    ("scheduler.alpha.kubernetes.io/tolerations", 6, "set `tolerations`"),
    ("scheduler.alpha.kubernetes.io/affinity", 6, "set `affinity`"),
    ("pod.beta.kubernetes.io/init-containers", 6, "set `initContainers`"),
    ("pod.alpha.kubernetes.io/init-containers", 6, "set `initContainers`"),
];

/// Those of other objects, by their kind.
const OBJECTS: [(&str, Old); 5] = [
    ("Ingress", ("kubernetes.io/ingress.class", 18, "set `spec.ingressClassName`")),
    ("PersistentVolumeClaim", ("volume.beta.kubernetes.io/storage-class", 6, "set `spec.storageClassName`")),
    ("PersistentVolume", ("volume.beta.kubernetes.io/storage-class", 6, "set `spec.storageClassName`")),
    (
        "StorageClass",
        (
            "storageclass.beta.kubernetes.io/is-default-class",
            6,
            "write `storageclass.kubernetes.io/is-default-class`",
        ),
    ),
    (
        "Service",
        ("service.alpha.kubernetes.io/tolerate-unready-endpoints", 11, "set `spec.publishNotReadyAddresses`"),
    ),
];

/// Labels of nodes by their old and their new names, and since when the new one is there.
const NODES: [(&str, &str, u16); 5] = [
    ("beta.kubernetes.io/os", "kubernetes.io/os", 14),
    ("beta.kubernetes.io/arch", "kubernetes.io/arch", 14),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", 17),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone", 17),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region", 17),
];

fn object(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let kind = object.kind();
    for (_, old) in OBJECTS.iter().filter(|(known, _)| *known == kind) {
        let annotations = object.root.path(&["metadata", "annotations"]);
        let Some(annotation) = annotations.and_then(|annotations| annotations.get(old.0)) else { continue };
        // Google's controller reads the annotation alone.
        if annotation.text().is_none_or(|value| !value.starts_with("gce")) {
            report(annotation, old, cx);
        }
    }
}

fn pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if controllers::is_generated(&pod.object) {
        return;
    }
    let target = checked::Schemas::of(cx.world()).target;
    for annotation in pod.annotations() {
        let Some(key) = annotation.key.text() else { continue };
        let is = |old: &&Old| key == old.0 || (old.0.ends_with('/') && key.starts_with(old.0));
        if let Some(old) = PODS.iter().find(is).filter(|old| old.1 <= target.newest()) {
            report(annotation.value, old, cx);
        }
    }
    pod.spec.get("nodeSelector").inspect(|selector| {
        selector.for_each_entry(|Entry { key, value }| {
            node(key, At::key(value), |new| selector.get(new).is_some(), cx)
        });
    });
    let never = |_: &str| false;
    let required =
        ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
    let preferred = ["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];
    let items = |path: &[&str]| pod.spec.path(path).into_iter().flat_map(|items| items.items());
    let terms: Vec<Cursor<'_>> =
        items(&required).chain(items(&preferred).filter_map(|term| term.get("preference"))).collect();
    let keys = terms.iter().filter_map(|term| term.get("matchExpressions")).flat_map(|list| list.items());
    let keys: Vec<Cursor<'_>> = keys.filter_map(|expression| expression.get("key")).collect();
    // One term for the old name and one for the new is how both kinds of nodes are meant.
    let has_new = |new: &str| keys.iter().any(|key| key.text().is_some_and(|text| text == new));
    keys.iter().for_each(|key| node(*key, At::value(*key), has_new, cx));
    for constraint in items(&["topologySpreadConstraints"]) {
        constraint.get("topologyKey").inspect(|key| node(*key, At::value(*key), never, cx));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let required = ["affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"];
        let preferred = ["affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution"];
        let terms = items(&required).chain(items(&preferred).filter_map(|term| term.get("podAffinityTerm")));
        for key in terms.filter_map(|term| term.get("topologyKey")) {
            node(key, At::value(key), never, cx);
        }
    }
}

fn node(key: Cursor<'_>, at: At, has: impl Fn(&str) -> bool, cx: &mut Cx<'_>) {
    let Some(text) = key.text() else { return };
    let Some((old, new, since)) = NODES.iter().find(|(old, ..)| *old == text) else { return };
    if !has(new) {
        let report = Report {
            message: format!("the label `{old}` of nodes is deprecated since Kubernetes 1.{since}"),
            why: "nodes that no longer have it are not found".into(),
            help: format!("write `{new}`").into(),
        };
        cx.report(at, report);
    }
}

fn report(annotation: Cursor<'_>, (_, since, help): &Old, cx: &mut Cx<'_>) {
    let key = annotation.key().and_then(|key| key.text()).unwrap_or_default();
    let report = Report {
        message: format!("the annotation `{key}` is deprecated since Kubernetes 1.{since}"),
        why: "newer versions of Kubernetes, and what runs in it, read it no more".into(),
        help: (*help).into(),
    };
    cx.report(At::key(annotation), report);
}
