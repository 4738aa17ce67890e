//! `privileged-port`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container with a port below 1024.
    ///
    /// ## Why
    ///
    /// Runtimes let only root, or a program with `NET_BIND_SERVICE`, take such a port unless the node says
    /// otherwise. A Service can have port 80 whatever the container listens on.
    ///
    /// ## What passes
    ///
    /// - port 22, which `ssh-port-exposed` reports
    /// - pods that set the sysctl `net.ipv4.ip_unprivileged_port_start`
    /// - containers that add `NET_BIND_SERVICE`
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
    ///         - containerPort: 80
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
    ///         - containerPort: 8080
    /// ```
    pub static RULE = "privileged-port" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: High,
        tags: ["network"],
        aliases: [KubeLinter "privileged-ports", Trivy "KSV-0117"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
    let mut low =
        ports.filter_map(|port| Some((port.get("containerPort")?, port.get("containerPort")?.int()?)));
    let Some((at, port)) = low.find(|(_, port)| (1..1024).contains(port) && *port != 22) else { return };
    let sysctls = security::of_pod(&container.pod, &["sysctls"]).into_iter().flat_map(|it| it.items());
    let mut names = sysctls.filter_map(|sysctl| sysctl.get("name")?.text());
    let adds = security::capabilities(container, "add").iter().any(|(name, _)| name == "NET_BIND_SERVICE");
    if adds || names.any(|name| name == "net.ipv4.ip_unprivileged_port_start") {
        return;
    }
    let report = Report {
        message: format!("{} listens on port {port}", container.describe()),
        why: "a user other than root may not be able to take it".into(),
        help: "listen on a port of 1024 or more; the Service may keep its own".into(),
    };
    cx.report(at, report);
}
