//! `privileged-container`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{Container, ContainerList};
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A container with `privileged: true`.
    ///
    /// ## Why
    ///
    /// A privileged container has every capability, every device and no seccomp or AppArmor profile. Whoever gets
    /// a shell in it owns the node, and with it every pod and secret there.
    ///
    /// ## What passes
    ///
    /// - `privileged: false`, and containers that do not say
    /// - single capabilities, such as `NET_ADMIN`
    /// - the installation manifests of Flux and Argo CD
    /// - in pods of well-known agents of a node, recognised by the repository of their image, it is a warning:
    ///   CNI plugins, CSI drivers and their kind set up the node itself
    /// - an init container that does nothing but set parameters of memory, the network, files or limits of processes
    ///   (`sysctl -w vm.max_map_count=262144`) is a warning; others, such as `kernel.core_pattern`, run programs
    /// - a DaemonSet is one level lower, whatever its image: what runs on every node is mostly there to set it up
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
    ///       securityContext:
    ///         privileged: true
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
    ///       securityContext:
    ///         allowPrivilegeEscalation: false
    ///         capabilities:
    ///           drop: [ALL]
    ///           add: [NET_BIND_SERVICE]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
    pub static RULE = "privileged-container" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["pod-security", "isolation", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_16", Gatekeeper "privileged-containers", Kics "Container Is Privileged", KubeLinter "privileged-container", KubeScore "container-security-context-privileged", Kubescape "C-0057", Kubescape "C-0193", Kubesec "Privileged", Kyverno "disallow-privileged-containers", Polaris "runAsPrivileged", Trivy "KSV-0017"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let value = container.spec.path(&["securityContext", "privileged"]);
    let Some(value) = value.filter(|value| value.bool() == Some(true)) else { return };
    if controllers::is_generated(&container.pod.object) {
        return;
    }
    let report = Report {
        message: format!("{} is privileged", container.describe()),
        why: "it has every capability and device of its node: a shell in it owns the node and all pods there"
            .into(),
        help: "remove `privileged` and add the capabilities or devices that the program needs".into(),
    };
    let finding = cx.report(value, report);
    let is_agent =
        node_agents::is_node_agent(&container.pod) || node_agents::is_on_every_node(&container.pod);
    if is_agent || only_sets_sysctls(container) {
        finding.level = finding.level.lowered();
    }
}

/// Parameters of the kernel that name no program for it to run, as `kernel.core_pattern` and `kernel.modprobe` do.
const PARAMETERS: [&str; 8] = [
    "fs.",
    "kernel.msg",
    "kernel.pid_max=",
    "kernel.sem=",
    "kernel.shm",
    "kernel.threads-max=",
    "net.",
    "vm.",
];

/// Whether a container sets such parameters and ends, as an init container for Elasticsearch does.
fn only_sets_sysctls(container: &Container<'_>) -> bool {
    let words = ["command", "args"].into_iter().filter_map(|field| container.spec.get(field));
    let words = words.flat_map(|list| list.items()).filter_map(|item| item.text());
    let words =
        words.filter(|word| !matches!(&**word, "sh" | "/bin/sh" | "bash" | "/bin/bash" | "-c" | "-ec"));
    let script = words.collect::<Vec<_>>().join(" ");
    let mut lines =
        script.lines().flat_map(|line| line.split("&&")).map(str::trim).filter(|it| !it.is_empty());
    let sets = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let program = words.next().unwrap_or_default();
        program.rsplit('/').next() == Some("sysctl") && words.all(sets_sysctl)
    };
    container.list == ContainerList::InitContainers && !script.trim().is_empty() && lines.all(sets)
}

/// Whether a word behind `sysctl` sets one of the parameters, or says how. It is text and variables alone, so that a shell
/// makes nothing else of it.
fn sets_sysctl(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-=${}\"'".contains(&byte));
    let is_parameter = PARAMETERS.iter().any(|start| word.starts_with(start));
    matches!(word, "-w" | "-q" | "-e" | "--write" | "--quiet" | "--ignore")
        || is_number
        || is_parameter && is_plain
}
