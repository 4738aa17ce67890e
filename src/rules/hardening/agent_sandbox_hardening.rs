//! `agent-sandbox-hardening`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView, PodSpec};
use crate::yaml::Cursor;

rule! {
    /// A sandbox for agents that is a container like any other.
    ///
    /// ## Why
    ///
    /// A Sandbox runs code that a model wrote. Without a `runtimeClassName` it shares the kernel of its node, and
    /// without limits it can take all of the node. Where it may connect to everything it can carry away what it
    /// reads, and a template without a policy does not say where.
    ///
    /// ## What passes
    ///
    /// - a `runtimeClassName` (gVisor, Kata) and limits of CPU and memory
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: agents.x-k8s.io/v1alpha1
    /// kind: Sandbox
    /// metadata:
    ///   name: agent
    /// spec:
    ///   podTemplate:
    ///     spec:
    ///       containers:
    ///         - name: agent
    ///           image: ghcr.io/acme/agent:1.0.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: agents.x-k8s.io/v1alpha1
    /// kind: Sandbox
    /// metadata:
    ///   name: agent
    /// spec:
    ///   podTemplate:
    ///     spec:
    ///       runtimeClassName: gvisor
    ///       containers:
    ///         - name: agent
    ///           image: ghcr.io/acme/agent:1.0.0
    ///           resources:
    ///             limits: {cpu: "2", memory: 2Gi}
    /// ```
    pub static RULE = "agent-sandbox-hardening" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["pod-security", "isolation"],
        aliases: [Kubescape "C-0297", Kubescape "C-0301", Kubescape "C-0303"],
        checks: [Check::Pod(check), Check::Object(&TEMPLATES, check_network)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !matches!(pod.object.kind(), "Sandbox" | "SandboxTemplate")
        || !pod.object.group().ends_with("agents.x-k8s.io")
    {
        return;
    }
    for container in pod.containers() {
        let has = |name: &str| container.spec.path(&["resources", "limits", name]).is_some();
        let mut lacks = Vec::new();
        if pod.spec.get("runtimeClassName").is_none() {
            lacks.push("a runtime class");
        }
        if !has("cpu") || !has("memory") {
            lacks.push("limits of CPU and memory");
        }
        if lacks.is_empty() {
            continue;
        }
        let at = container.spec.get("name").unwrap_or(container.spec);
        let report = Report {
            message: format!("{} of the sandbox has no {}", container.describe(), lacks.join(" and no ")),
            why: "code that a model wrote shares the kernel of the node, or can take all of it".into(),
            help: "set `runtimeClassName` to gVisor or Kata, and `resources.limits`".into(),
        };
        cx.report(at, report);
    }
}

const TEMPLATES: [KindName; 2] = [
    KindName { group: "agents.x-k8s.io", kind: "SandboxTemplate" },
    KindName { group: "extensions.agents.x-k8s.io", kind: "SandboxTemplate" },
];

fn check_network(template: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let spec = |name| template.root.path(&["spec", name]);
    let management = spec("networkPolicyManagement");
    let unmanaged = management.filter(|it| it.text().is_some_and(|text| text != "Managed"));
    let rules = spec("networkPolicy").and_then(|policy| policy.get("egress"));
    let rules = rules.into_iter().flat_map(|rules| rules.items()).filter(Cursor::is_map);
    let open = unmanaged.into_iter().chain(rules.filter_map(everything));
    let is_written = management.is_some_and(|it| it.text().is_some_and(|text| text != "Managed"))
        || spec("networkPolicy").is_some();
    if !is_written && let Some(name) = template.root.path(&["metadata", "name"]) {
        let report = Report {
            message: "the template does not say where the sandbox may connect to".into(),
            why: "code that a model wrote can carry away what it reads".into(),
            help: "write `networkPolicy`, with the addresses that the program needs under `egress`".into(),
        };
        cx.report(name, report);
    }
    for place in open {
        let report = Report {
            message: "the sandbox may connect to everything".into(),
            why: "code that a model wrote can carry away what it reads".into(),
            help: "leave the policy to the controller, and name the addresses that the program needs".into(),
        };
        cx.report(place, report);
    }
}

/// The part of a rule that allows connections to everything.
fn everything(rule: Cursor<'_>) -> Option<Cursor<'_>> {
    let mut peers = rule.get("to").into_iter().flat_map(|peers| peers.items()).peekable();
    if peers.peek().is_none() { Some(rule) } else { peers.find_map(all_of) }
}

/// The part of a peer that stands for every address, namespace or pod.
fn all_of(peer: Cursor<'_>) -> Option<Cursor<'_>> {
    let is_empty = |field: &Cursor<'_>| field.is_map() && field.entries().is_empty();
    let block = peer.get("ipBlock");
    let open = block
        .and_then(|block| block.get("cidr"))
        .filter(|cidr| cidr.text().is_some_and(|cidr| matches!(&*cidr, "0.0.0.0/0" | "::/0")));
    let selectors =
        ["ipBlock", "namespaceSelector", "podSelector"].into_iter().filter_map(|name| peer.get(name));
    if is_empty(&peer) {
        return Some(peer);
    }
    open.or_else(|| selectors.into_iter().find(is_empty))
}
