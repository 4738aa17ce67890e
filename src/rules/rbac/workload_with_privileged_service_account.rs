//! `workload-with-privileged-service-account`

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::controllers;
use crate::rules::support::deployed::{Deployed, Id};
use crate::yaml::Cursor;

use super::policy_rule::policy_rules;

rule! {
    /// A workload whose service account may do everything in the cluster.
    ///
    /// ## Why
    ///
    /// Whoever breaks into one of its pods finds the token there and owns the cluster.
    ///
    /// ## What is reported
    ///
    /// Workloads whose account a ClusterRoleBinding gives `cluster-admin`, or a ClusterRole with every verb on
    /// every resource of every group.
    ///
    /// ## What passes
    ///
    /// - the controllers that apply the repository, and the installation manifests of Flux and Argo CD
    /// - pods that do not mount the token
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: ci
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: ci
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: ci
    ///     spec:
    ///       serviceAccountName: ci
    ///       containers:
    ///         - name: ci
    ///           image: ghcr.io/acme/ci:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: ci
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: cluster-admin
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: ci
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: ci
    ///   namespace: ci
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: ci
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: ci
    ///     spec:
    ///       serviceAccountName: ci
    ///       containers:
    ///         - name: ci
    ///           image: ghcr.io/acme/ci:1.0.0
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: ci
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: view
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: ci
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    pub static RULE = "workload-with-privileged-service-account" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["rbac", "privilege-escalation"],
        aliases: [
            Kubescape "C-0053",
            Kubescape "C-0267",
            Kubescape "C-0272",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let powerful = accounts(&deployed, world);
    if powerful.is_empty() {
        return;
    }
    for id in deployed.workloads() {
        let workload = deployed.object(world, id);
        if controllers::is_generated(&workload) {
            continue;
        }
        for pod in workload.pod_specs() {
            let name = pod.spec.get("serviceAccountName").or_else(|| pod.spec.get("serviceAccount"));
            let Some((name, text)) = name.and_then(|name| Some((name, name.text()?))) else { continue };
            let mounts =
                pod.spec.get("automountServiceAccountToken").and_then(|value| value.bool()) != Some(false);
            let namespace = deployed.namespace(id);
            let fits = |binding: &&(Option<String>, Id)| {
                let is_there =
                    binding.0.is_none() || namespace.is_none() || binding.0.as_deref() == namespace;
                is_there && deployed.may_meet(id, binding.1)
            };
            let Some((_, binding)) = powerful.get(&*text).and_then(|known| known.iter().find(fits)) else {
                continue;
            };
            if !mounts {
                continue;
            }
            let binding = deployed.object(world, *binding);
            let report = Report {
                message: format!(
                    "{} `{}` may do everything in the cluster",
                    workload.kind(),
                    workload.name()
                ),
                why: "whoever breaks into one of its pods owns the cluster".into(),
                help: "give its service account a role that lists what it uses".into(),
            };
            let finding = deployed.report(cx, id, At::name(&world.map, name), report);
            let place = binding.root.get("roleRef").unwrap_or(binding.root);
            let span = workload.map.editable(place.span(), place.step());
            finding.related.extend(span.map(|span| Related { span, message: "by this binding".into() }));
        }
    }
}

/// The service accounts that may do everything: by name, their namespaces and the bindings that say so.
fn accounts(deployed: &Deployed, world: &World) -> FxHashMap<String, Vec<(Option<String>, Id)>> {
    let mut accounts: FxHashMap<String, Vec<(Option<String>, Id)>> = FxHashMap::default();
    for id in deployed.of_kind("ClusterRoleBinding") {
        let binding = deployed.object(world, id);
        let Some(role) = binding.root.path(&["roleRef", "name"]).and_then(|name| name.text()) else {
            continue;
        };
        let found = || deployed.find(id, "ClusterRole", &role, None).map(|role| deployed.object(world, role));
        let is_all = |role: ObjectView<'_>| {
            policy_rules(&role).iter().any(|rule| {
                [&rule.groups, &rule.resources, &rule.verbs].iter().all(|words| words.wildcard().is_some())
            })
        };
        if role != "cluster-admin" && !found().is_some_and(is_all) {
            continue;
        }
        let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
        for subject in subjects.filter(|subject| !controllers::is_applying_controller(*subject)) {
            let text = |name| subject.get(name).and_then(|value: Cursor<'_>| value.text());
            if let (Some("ServiceAccount"), Some(name)) = (text("kind").as_deref(), text("name")) {
                let namespace = text("namespace").map(|namespace| namespace.into_owned());
                accounts.entry(name.into_owned()).or_default().push((namespace, id));
            }
        }
    }
    accounts
}
