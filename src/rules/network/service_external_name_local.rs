//! `service-external-name-local`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Service that is another name for the cluster's own machines.
    ///
    /// ## Why
    ///
    /// `ExternalName` is resolved where it is used. With a name such as `localhost` an ingress controller sends
    /// requests from outside to its own pod, past all network policies.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   type: ExternalName
    ///   externalName: localhost
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   type: ExternalName
    ///   externalName: db.example.com
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#externalname>
    pub static RULE = "service-external-name-local" {
        level: Warning,
        profile: Pedantic,
        security: 5.5,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&[SERVICE], check)],
    }
}

const SERVICE: KindName = KindName { group: "", kind: "Service" };

fn check(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(name) = service.root.path(&["spec", "externalName"]) else { return };
    let text = name.text().unwrap_or_default();
    let host = text.trim_end_matches('.');
    let is_local = host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host.starts_with("169.254.")
        || host == "metadata.google.internal"
        || host.starts_with("kubernetes.default");
    if !is_local {
        return;
    }
    let report = Report {
        message: format!("the Service is another name for `{text}`"),
        why: "who is sent there reaches what listens for local programs only, past all network policies"
            .into(),
        help: "name a host outside of the cluster".into(),
    };
    cx.report(name, report);
}
