//! `ssh-port-exposed`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{Container, KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A container or a Service with the port of SSH.
    ///
    /// ## Why
    ///
    /// An SSH server in a container is a second way in, with keys and users of its own, that neither the audit
    /// log nor RBAC of the cluster sees.
    ///
    /// ## What passes
    ///
    /// - other ports
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       ports:
    ///         - containerPort: 22
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {app: web}
    ///   ports:
    ///     - port: 22
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       ports:
    ///         - containerPort: 2222
    /// ```
    pub static RULE = "ssh-port-exposed" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["network"],
        aliases: [KubeLinter "ssh-port", Kubescape "C-0042"],
        checks: [Check::Container(container), Check::Object(&[SERVICE], service)],
    }
}

const SERVICE: KindName = KindName { group: "", kind: "Service" };

fn container(container: &Container<'_>, cx: &mut Cx<'_>) {
    let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
    if let Some(port) = ports.filter_map(|port| port.get("containerPort")).find(|port| port.int() == Some(22))
    {
        report(&container.describe(), port, cx);
    }
}

fn service(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let ports = service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items());
    let mut numbers = ports.filter_map(|port| port.get("port"));
    if let Some(port) = numbers.find(|port| port.int() == Some(22)) {
        report(&format!("Service `{}`", service.name()), port, cx);
    }
}

fn report(whose: &str, port: Cursor<'_>, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("{whose} has the port of SSH"),
        why: "it is a way in that neither RBAC nor the audit log of the cluster sees".into(),
        help: "use `kubectl exec` and `kubectl debug`; a server that must speak SSH takes another port"
            .into(),
    };
    cx.report(port, report);
}
