//! `cloud-load-balancer-unencrypted`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A public load balancer of AWS that passes on HTTP as it is.
    ///
    /// ## Why
    ///
    /// Whatever its users send can be read on the way.
    ///
    /// ## What is reported
    ///
    /// Services of type LoadBalancer with port 80 and annotations for AWS, and none that names a certificate.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
    /// spec:
    ///   type: LoadBalancer
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     service.beta.kubernetes.io/aws-load-balancer-scheme: internet-facing
    ///     service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn:aws:acm:eu-west-1:111122223333:certificate/x
    /// spec:
    ///   type: LoadBalancer
    ///   ports:
    ///     - port: 443
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/>
    pub static RULE = "cloud-load-balancer-unencrypted" {
        level: Note,
        profile: Pedantic,
        security: 5.0,
        precision: Medium,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&[SERVICE], check)],
    }
}

const SERVICE: KindName = KindName { group: "", kind: "Service" };
const PREFIX: &str = "service.beta.kubernetes.io/aws-load-balancer-";

fn check(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let annotations = service.annotations();
    let entries = annotations.into_iter().flat_map(|annotations| annotations.entries());
    let keys: Vec<_> =
        entries.filter_map(|entry| entry.key.text()).filter(|key| key.starts_with(PREFIX)).collect();
    let kind = service.root.path(&["spec", "type"]).and_then(|kind| kind.text());
    let has = |end: &str| keys.iter().any(|key| key.ends_with(end));
    let is_internal =
        has("-internal") || service.annotation(&format!("{PREFIX}scheme")).is_some_and(|it| it == "internal");
    if kind.as_deref() != Some("LoadBalancer") || keys.is_empty() || has("-ssl-cert") || is_internal {
        return;
    }
    let ports = service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items());
    let Some(port) = ports.filter_map(|port| port.get("port")).find(|port| port.int() == Some(80)) else {
        return;
    };
    let report = Report {
        message: "the load balancer takes HTTP without TLS".into(),
        why: "whatever its users send can be read on the way".into(),
        help: "name a certificate in `aws-load-balancer-ssl-cert`".into(),
    };
    cx.report(port, report);
}
