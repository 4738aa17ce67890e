//! `dns-config-ndots`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::rollout;

rule! {
    /// A pod that asks for every name outside of the cluster several times.
    ///
    /// ## Why
    ///
    /// With the default of `ndots: 5`, a name such as `api.example.com` is first looked for in every search
    /// domain of the cluster.
    ///
    /// ## What passes
    ///
    /// - any `dnsConfig.options` with `ndots`, pods with another `dnsPolicy` than that of the cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
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
    ///       dnsConfig:
    ///         options:
    ///           - name: ndots
    ///             value: "2"
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config>
    pub static RULE = "dns-config-ndots" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "network"],
        aliases: [
            KubeLinter "dnsconfig-options",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let options = pod.spec.path(&["dnsConfig", "options"]).into_iter().flat_map(|options| options.items());
    let mut names = options.filter_map(|option| option.get("name")?.text());
    let policy = pod.spec.get("dnsPolicy").and_then(|policy| policy.text());
    let is_own = policy.is_some_and(|policy| !policy.starts_with("ClusterFirst"));
    if is_own || names.any(|name| name == "ndots") || !rollout::is_long_running(&pod.object) {
        return;
    }
    let report = Report {
        message: "every name outside of the cluster is asked for several times".into(),
        why: "with `ndots: 5` it is first looked for in every search domain".into(),
        help: "set `ndots` to 2 under `dnsConfig.options`".into(),
    };
    cx.report(At::key(pod.spec), report);
}
