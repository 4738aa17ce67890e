//! `network-policy-missing`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::PodSpec;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::rollout;
use crate::rules::support::selector::Selector;

rule! {
    /// A workload to which no network policy applies.
    ///
    /// ## Why
    ///
    /// Every pod of the cluster may open a connection to it.
    ///
    /// ## What is reported
    ///
    /// Workloads that run on, in namespaces of which the repository shows everything.
    ///
    /// ## What passes
    ///
    /// - policies of Kubernetes, Cilium, Calico and Antrea, whatever unit they are in; those of Cilium and
    ///   Calico count for the whole namespace, and the cluster-wide ones for everything
    /// - Jobs, and pods in the network of their node
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: all
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static RULE = "network-policy-missing" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["network", "isolation", "nsa-cisa", "cis"],
        aliases: [
            Checkov "CKV2_K8S_6",
            Kics "Pod Misconfigured Network Policy",
            KubeLinter "non-isolated-pod",
            KubeScore "pod-networkpolicy",
            Kubescape "C-0030",
            Kubescape "C-0049",
            Kubescape "C-0054",
            Kubescape "C-0206",
            Kubescape "C-0260",
            Polaris "missingNetworkPolicy",
        ],
        checks: [Check::Graph(check)],
    }
}

/// Policies that apply everywhere, or may do so.
const WIDE: [&str; 5] = [
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "ClusterNetworkPolicy",
    "GlobalNetworkPolicy",
];

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    if WIDE.iter().any(|kind| deployed.of_kind(kind).next().is_some()) {
        return;
    }
    let mut covered: FxHashSet<Id> = FxHashSet::default();
    for id in deployed.of_kind("NetworkPolicy") {
        let policy = deployed.object(world, id);
        let Some(value) = policy.root.path(&["spec", "podSelector"]) else { continue };
        let selector = Selector::of(value);
        // An empty one is asked for by the namespace, below.
        if !selector.is_empty() {
            covered.extend(deployed.selected(id, &selector, deployed.namespace(id)).map(|(id, _)| id));
        }
    }
    let is_whole = |id: &Id| {
        let policy = deployed.object(world, *id);
        policy.root.path(&["spec", "podSelector"]).is_none_or(|selector| Selector::of(selector).is_empty())
    };
    let whole =
        deployed.of_kind("NetworkPolicy").filter(is_whole).chain(deployed.of_kind("CiliumNetworkPolicy"));
    let namespaces: FxHashSet<Option<String>> =
        whole.map(|id| deployed.namespace(id).map(str::to_owned)).collect();
    for id in deployed.workloads().filter(|id| !covered.contains(id)) {
        let workload = deployed.object(world, id);
        let namespace = deployed.namespace(id).map(str::to_owned);
        let is_covered = namespaces.contains(&None)
            || namespaces.contains(&namespace)
            || namespace.is_none() && !namespaces.is_empty();
        let on_host = |pod: PodSpec<'_>| pod.spec.get("hostNetwork").and_then(|it| it.bool()) == Some(true);
        if is_covered || !rollout::is_long_running(&workload) || workload.pod_specs().into_iter().any(on_host)
        {
            continue;
        }
        let Some(name) = workload.root.path(&["metadata", "name"]).filter(|_| !deployed.is_partial(id))
        else {
            continue;
        };
        let report = Report {
            message: format!("no network policy applies to {} `{}`", workload.kind(), workload.name()),
            why: "every pod of the cluster may open a connection to it".into(),
            help: "add a policy that denies everything in the namespace, and one for what is needed".into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}
