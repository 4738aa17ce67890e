//! `container-not-hardened`

use crate::config::RuleOptions;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{Container, PodSpec};
use crate::rules::support::{node_agents, security};

use super::service_account_token_automount::has_idle_token;

rule! {
    /// A container that leaves the protections of its runtime unused.
    ///
    /// ## Why
    ///
    /// A few lines of a security context make most ways out of a container, and most damage inside of it,
    /// impossible. Kubernetes' defaults allow all of it, since old images depend on that.
    ///
    /// Looked at are `runAsNonRoot`, `allowPrivilegeEscalation`, `capabilities.drop`, `seccompProfile`,
    /// `readOnlyRootFilesystem` and the API token of the service account `default`. There is one finding for a
    /// container, whatever it lacks; the rules `run-as-non-root-not-enforced`,
    /// `privilege-escalation-not-disabled`, `capabilities-not-dropped`, `seccomp-profile-missing`,
    /// `root-filesystem-writable` and `service-account-token-automount` say each of it alone, in the profile
    /// `pss-restricted` and where they are selected.
    ///
    /// ## What passes
    ///
    /// - pods with all of it, by the container or, where Kubernetes takes it from there, by the pod
    /// - a `runAsUser` other than 0, which is as good as `runAsNonRoot`
    /// - privileged containers, and agents of a node, known by the repository of their image or as DaemonSets that put
    ///   plugins where the kubelet looks: other rules have more to say about them
    /// - pods that say that they run on Windows
    /// - the templates of Argo Workflows and the tasks of Tekton, which get their security contexts from
    ///   elsewhere, too
    /// - API tokens of other service accounts than `default`, of accounts that a binding gives rights, or whose
    ///   ServiceAccount switches the token off
    /// - the installation manifests of Flux and Argo CD
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
    ///   automountServiceAccountToken: false
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         allowPrivilegeEscalation: false
    ///         capabilities:
    ///           drop: [ALL]
    ///         readOnlyRootFilesystem: true
    ///         runAsNonRoot: true
    ///         seccompProfile:
    ///           type: RuntimeDefault
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "container-not-hardened" {
        level: Note,
        security: 4.0,
        precision: VeryHigh,
        tags: ["pod-security"],
        aliases: [],
        checks: [Check::Around(&Check::Pod(check))],
    }
}

/// Whether a container lacks something.
type Lacks = fn(&Container<'_>, &RuleOptions) -> bool;

/// What a container lacks, in the order of how much it protects; and the field that helps.
const GAPS: [(Lacks, &str, &str); 5] = [
    (security::may_be_root, "may run as root", "`runAsNonRoot: true`"),
    (security::may_escalate, "may gain privileges", "`allowPrivilegeEscalation: false`"),
    (security::keeps_capabilities, "keeps its capabilities", "`capabilities: {drop: [ALL]}`"),
    (security::lacks_seccomp, "has no seccomp profile", "`seccompProfile: {type: RuntimeDefault}`"),
    (security::writes_to_root, "can write to its root filesystem", "`readOnlyRootFilesystem: true`"),
];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !pod.is_whole {
        return;
    }
    let mut is_first = true;
    for container in pod.containers() {
        if !security::is_complete(&container) || security::is_privileged(&container) {
            continue;
        }
        let gaps: Vec<_> = GAPS.iter().filter(|(lacks, ..)| lacks(&container, cx.options())).collect();
        let mut lacks: Vec<&str> = gaps.iter().map(|(_, what, _)| *what).collect();
        let mut helps: Vec<&str> = gaps.iter().map(|(.., field)| *field).collect();
        // The token is the pod's: its first container is told about it.
        if std::mem::take(&mut is_first) && has_idle_token(pod, cx) {
            lacks.push("gets an API token that nothing gives rights");
            helps.push("for the pod `automountServiceAccountToken: false`");
        }
        if lacks.is_empty() || node_agents::is_node_agent(pod) {
            continue;
        }
        let name = container.spec.get("name");
        let at = name.map_or_else(|| At::value(container.spec), |name| At::name(cx.map(), name));
        let report = Report {
            message: format!("{} {}", container.describe(), lacks.join(", ")),
            why: "whoever gets into the program has all of it to go on from there".into(),
            help: format!("set in `securityContext` {}", helps.join(", ")).into(),
        };
        cx.report(at, report);
    }
}
