//! Which objects make others: secrets of an ExternalSecret, claims of a StatefulSet, and what operators make of their
//! custom resources, which nobody can tell from here.

use std::borrow::Cow;

use crate::model::ObjectView;

use super::deployed::Labels;

/// Groups of custom resources that make no pods, services or accounts, or whose makings [`made`] knows.
const HARMLESS_GROUPS: [&str; 30] = [
    "autoscaling.k8s.io",
    "bitnami.com",
    "cert-manager.io",
    "acme.cert-manager.io",
    "cilium.io",
    "configuration.konghq.com",
    "crd.projectcalico.org",
    "external-secrets.io",
    "fluxcd.controlplane.io",
    "gateway.envoyproxy.io",
    "gateway.networking.k8s.io",
    "generators.external-secrets.io",
    "image.toolkit.fluxcd.io",
    "keda.sh",
    "kustomize.toolkit.fluxcd.io",
    "kyverno.io",
    "metallb.io",
    "networking.gke.io",
    "networking.istio.io",
    "notification.toolkit.fluxcd.io",
    "policies.kyverno.io",
    "policy.linkerd.io",
    "projectcalico.org",
    "secrets-store.csi.x-k8s.io",
    "security.istio.io",
    "snapshot.storage.k8s.io",
    "source.toolkit.fluxcd.io",
    "telemetry.istio.io",
    "traefik.containo.us",
    "traefik.io",
];

/// Kinds of other groups that make nothing.
const HARMLESS_KINDS: [&str; 14] = [
    "AnalysisTemplate",
    "AppProject",
    "Application",
    "ApplicationSet",
    "ClusterAnalysisTemplate",
    "DeploymentConfig",
    "GrafanaDashboard",
    "ImageStream",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "Rollout",
    "Route",
    "ServiceMonitor",
];

/// What a vertical autoscaler makes: that somebody says what the pods of the workload of a name need.
pub const SIZED: &str = "sized workload";

/// What a horizontal autoscaler makes: that the number of replicas of the workload of a name is its to say.
pub const SCALED: &str = "scaled workload";

/// Whether a controller makes objects of this one that nobody sees here: pods, services, secrets.
pub fn may_make_anything(object: &ObjectView<'_>) -> bool {
    let group = object.group();
    // Kubernetes' own groups have no dot, or end so; Kustomize's and other tools' go to no cluster.
    let is_built_in = !group.contains('.') || group.ends_with(".k8s.io") && !group.contains("x-k8s");
    !is_built_in && !HARMLESS_GROUPS.contains(&group) && !HARMLESS_KINDS.contains(&object.kind())
}

/// The namespaces where such objects come into being.
pub fn namespaces(object: &ObjectView<'_>, own: Option<&str>) -> Vec<Box<str>> {
    let target = object.root.path(&["spec", "targetNamespace"]).and_then(|target| target.text());
    own.map(Box::from).into_iter().chain(target.map(|target| Box::from(&*target))).collect()
}

/// The kinds and names of objects that come into being with an object, as far as that is certain.
pub fn made<'w>(object: &ObjectView<'w>) -> Vec<(&'static str, Cow<'w, str>)> {
    let text = |path: &[&str]| object.root.path(path).and_then(|value| value.text());
    let own = || Some(object.name());
    let secret = match object.kind() {
        "ExternalSecret" => text(&["spec", "target", "name"]).or_else(own),
        "ClusterExternalSecret" => text(&["spec", "externalSecretName"]).or_else(own),
        "SealedSecret" => text(&["spec", "template", "metadata", "name"]).or_else(own),
        "Certificate" => text(&["spec", "secretName"]),
        "DataVolume" => return own().map(|name| ("PersistentVolumeClaim", name)).into_iter().collect(),
        "Bundle" => {
            return own()
                .into_iter()
                .flat_map(|name| [("ConfigMap", name.clone()), ("Secret", name)])
                .collect();
        }
        "Ingress" => return ingress_secrets(object),
        "HorizontalPodAutoscaler" | "ScaledObject" => {
            return text(&["spec", "scaleTargetRef", "name"])
                .map(|name| (SCALED, name))
                .into_iter()
                .collect();
        }
        "VerticalPodAutoscaler" => {
            return text(&["spec", "targetRef", "name"]).map(|name| (SIZED, name)).into_iter().collect();
        }
        "StatefulSet" => return claims(object),
        _ => None,
    };
    secret.map(|name| ("Secret", name)).into_iter().collect()
}

/// So many replicas of a StatefulSet are counted.
const REPLICAS: i64 = 16;

/// The claims of the pods of a StatefulSet.
fn claims<'w>(object: &ObjectView<'w>) -> Vec<(&'static str, Cow<'w, str>)> {
    let replicas = object.root.path(&["spec", "replicas"]).and_then(|replicas| replicas.int()).unwrap_or(1);
    let templates = object.root.path(&["spec", "volumeClaimTemplates"]);
    let templates = templates.into_iter().flat_map(|templates| templates.items());
    let names: Vec<_> = templates.filter_map(|it| it.path(&["metadata", "name"])?.text()).collect();
    let numbered = |name: Cow<'_, str>| {
        let set = object.name();
        let claim = move |number| ("PersistentVolumeClaim", format!("{name}-{set}-{number}").into());
        (0..replicas.clamp(1, REPLICAS)).map(claim).collect::<Vec<_>>()
    };
    names.into_iter().flat_map(numbered).collect()
}

/// The certificates that cert-manager makes of an Ingress.
fn ingress_secrets<'w>(object: &ObjectView<'w>) -> Vec<(&'static str, Cow<'w, str>)> {
    let issuers = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"];
    if !issuers.iter().any(|name| object.annotation(name).is_some()) {
        return Vec::new();
    }
    let tls = object.root.path(&["spec", "tls"]).into_iter().flat_map(|tls| tls.items());
    tls.filter_map(|tls| Some(("Secret", tls.get("secretName")?.text()?))).collect()
}

/// Where kinds with pods keep the metadata of these.
const TEMPLATES: [&[&str]; 3] = [
    &["spec", "template", "metadata", "labels"],
    &["spec", "jobTemplate", "spec", "template", "metadata", "labels"],
    &["spec", "jobTargetRef", "template", "metadata", "labels"],
];

/// The labels of the pods of an object; none for one without pods.
pub fn pod_labels(object: &ObjectView<'_>) -> Option<Labels> {
    // Services, ConfigMaps and the like are most objects, and make no pods.
    let makes_pods = |kind: &str| matches!(kind, "Pod" | "PodTemplate" | "ReplicationController");
    if object.group().is_empty() && !makes_pods(object.kind()) {
        return None;
    }
    let labels = match object.kind() {
        "Pod" => object.root.path(&["metadata", "labels"]),
        _ => TEMPLATES.iter().find_map(|path| object.root.path(path)),
    };
    if labels.is_none() && object.pod_specs().is_empty() {
        return None;
    }
    let read = |entry: crate::yaml::Entry<'_>| Some((entry.key.text()?.into(), entry.value.text()?.into()));
    Some(labels.into_iter().flat_map(|labels| labels.entries()).filter_map(read).collect())
}
