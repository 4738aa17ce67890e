//! `dns-config-ndots`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::rollout;
use crate::yaml::Cursor;

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
    /// - `ndots` below 5 in `dnsConfig.options`, pods with another `dnsPolicy` than that of the cluster
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
    let mut ndots = options
        .filter(|option| option.get("name").and_then(|name| name.text()).is_some_and(|it| it == "ndots"));
    // Written out, the default is the default. What is no number is filled in later.
    let is_low = |option: Cursor<'_>| {
        let number = option.get("value").and_then(|value| value.text()?.parse::<i64>().ok());
        number.is_none_or(|number| number < 5)
    };
    let policy = pod.spec.get("dnsPolicy").and_then(|policy| policy.text());
    let is_own = policy.is_some_and(|policy| !policy.starts_with("ClusterFirst"));
    if is_own || ndots.any(is_low) || !rollout::is_long_running(&pod.object) {
        return;
    }
    let report = Report {
        message: "every name outside of the cluster is asked for several times".into(),
        why: "with `ndots: 5` it is first looked for in every search domain".into(),
        help: "set `ndots` to 2 under `dnsConfig.options`".into(),
    };
    cx.report(At::key(pod.spec), report);
}
