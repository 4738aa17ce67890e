//! `network-policy-missing`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::{ObjectView, PodSpec};
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
    /// Workloads that run on, and Pods that are not done one day, in namespaces of which the repository shows
    /// everything. A policy that limits outgoing connections only does not count.
    ///
    /// ## What passes
    ///
    /// - policies of Kubernetes, Cilium, Calico and Antrea, whatever unit they are in; those of Calico
    ///   count for the whole namespace, and the cluster-wide ones for everything
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
    let mut namespaces: FxHashSet<Option<String>> = FxHashSet::default();
    for id in deployed.of_kind("NetworkPolicy").chain(deployed.of_kind("CiliumNetworkPolicy")) {
        match reach(&deployed.object(world, id)) {
            Reach::Nothing => {}
            Reach::Namespace => {
                namespaces.insert(deployed.namespace(id).map(str::to_owned));
            }
            Reach::Selected(selector) => {
                covered.extend(deployed.selected(id, &selector, deployed.namespace(id)).map(|(id, _)| id));
            }
        }
    }
    for id in deployed.workloads().filter(|id| !covered.contains(id)) {
        let workload = deployed.object(world, id);
        let namespace = deployed.namespace(id).map(str::to_owned);
        let is_covered = namespaces.contains(&None)
            || namespaces.contains(&namespace)
            || namespace.is_none() && !namespaces.is_empty();
        let on_host = |pod: PodSpec<'_>| pod.spec.get("hostNetwork").and_then(|it| it.bool()) == Some(true);
        if is_covered || !rollout::runs_on(&workload) || workload.pod_specs().into_iter().any(on_host) {
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

/// Which pods of its namespace a policy keeps others from.
enum Reach<'w> {
    Nothing,
    Namespace,
    Selected(Selector<'w>),
}

fn reach<'w>(policy: &ObjectView<'w>) -> Reach<'w> {
    let types = policy.root.path(&["spec", "policyTypes"]).into_iter().flat_map(|types| types.items());
    let types: Vec<_> = types.filter_map(|it| it.text()).collect();
    let is_empty_list = policy.root.get("specs").is_some_and(|specs| specs.items().next().is_none());
    if !types.is_empty() && !types.iter().any(|it| it == "Ingress") || is_empty_list {
        return Reach::Nothing;
    }
    let field = if policy.kind() == "NetworkPolicy" { "podSelector" } else { "endpointSelector" };
    let Some(value) = policy.root.path(&["spec", field]) else { return Reach::Namespace };
    let selector = Selector::of(value);
    // `k8s:app` and `reserved:host` of Cilium say where a label comes from.
    let labels = value.get("matchLabels").into_iter().flat_map(|labels| labels.entries());
    let has_sources = labels.filter_map(|entry| entry.key.text()).any(|key| key.contains(':'));
    if selector.is_empty() || has_sources { Reach::Namespace } else { Reach::Selected(selector) }
}
