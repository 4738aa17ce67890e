//! `control-plane-flag`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::yaml::Cursor;

use super::control_plane_flags::FLAGS;

rule! {
    /// A part of the control plane with flags that the CIS Kubernetes Benchmark advises against.
    ///
    /// ## Why
    ///
    /// Static pods of a control plane that are kept as code are the place where its doors are closed: anonymous
    /// requests, plain text, keys that everybody shares. Flags that it advises and that are missing are reported together.
    ///
    /// ## What passes
    ///
    /// - containers whose command is not `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `etcd` or
    ///   `kubelet`
    /// - flags that the benchmark leaves to judgement, and plugins that Kubernetes no longer has
    /// - settings in files that a flag names
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: kube-scheduler
    ///   namespace: kube-system
    /// spec:
    ///   containers:
    ///     - name: kube-scheduler
    ///       image: registry.k8s.io/kube-scheduler:v1.33.1
    ///       command:
    ///         - kube-scheduler
    ///         - --profiling=true
    ///         - --bind-address=127.0.0.1
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: kube-scheduler
    ///   namespace: kube-system
    /// spec:
    ///   containers:
    ///     - name: kube-scheduler
    ///       image: registry.k8s.io/kube-scheduler:v1.33.1
    ///       command:
    ///         - kube-scheduler
    ///         - --profiling=false
    ///         - --bind-address=127.0.0.1
    /// ```
    ///
    /// ## References
    ///
    /// - <https://www.cisecurity.org/benchmark/kubernetes>
    pub static RULE = "control-plane-flag" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["platform", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_100", Checkov "CKV_K8S_102", Checkov "CKV_K8S_106", Checkov "CKV_K8S_107", Checkov "CKV_K8S_108", Checkov "CKV_K8S_110", Checkov "CKV_K8S_111", Checkov "CKV_K8S_113", Checkov "CKV_K8S_114", Checkov "CKV_K8S_115", Checkov "CKV_K8S_116", Checkov "CKV_K8S_117", Checkov "CKV_K8S_118", Checkov "CKV_K8S_119", Checkov "CKV_K8S_121", Checkov "CKV_K8S_138", Checkov "CKV_K8S_139", Checkov "CKV_K8S_140", Checkov "CKV_K8S_141", Checkov "CKV_K8S_143", Checkov "CKV_K8S_144", Checkov "CKV_K8S_145", Checkov "CKV_K8S_147", Checkov "CKV_K8S_148", Checkov "CKV_K8S_149", Checkov "CKV_K8S_68", Checkov "CKV_K8S_69", Checkov "CKV_K8S_70", Checkov "CKV_K8S_71", Checkov "CKV_K8S_72", Checkov "CKV_K8S_73", Checkov "CKV_K8S_74", Checkov "CKV_K8S_75", Checkov "CKV_K8S_77", Checkov "CKV_K8S_79", Checkov "CKV_K8S_82", Checkov "CKV_K8S_83", Checkov "CKV_K8S_85", Checkov "CKV_K8S_86", Checkov "CKV_K8S_88", Checkov "CKV_K8S_89", Checkov "CKV_K8S_90", Checkov "CKV_K8S_91", Checkov "CKV_K8S_92", Checkov "CKV_K8S_93", Checkov "CKV_K8S_94", Checkov "CKV_K8S_96", Checkov "CKV_K8S_97", Checkov "CKV_K8S_99", Kics "Always Admit Admission Control Plugin Set", Kics "Anonymous Auth Is Not Set To False", Kics "Audit Log Maxage Not Properly Set", Kics "Audit Log Maxbackup Not Properly Set", Kics "Audit Log Maxsize Not Properly Set", Kics "Audit Log Path Not Set", Kics "Authorization Mode Node Not Set", Kics "Authorization Mode RBAC Not Set", Kics "Authorization Mode Set To Always Allow", Kics "Auto TLS Set To True", Kics "Basic Auth File Is Set", Kics "Bind Address Not Properly Set", Kics "Client Certificate Authentication Not Setup Properly", Kics "Encryption Provider Config Is Not Defined", Kics "Etcd Client Certificate Authentication Set To False", Kics "Etcd Client Certificate File Not Defined", Kics "Etcd Peer Client Certificate Authentication Set To False", Kics "Etcd Peer TLS Certificate Files Not Properly Set", Kics "Etcd TLS Certificate Files Not Properly Set", Kics "Etcd TLS Certificate Not Properly Configured", Kics "Insecure Bind Address Set", Kics "Insecure Port Not Properly Set", Kics "Kubelet Certificate Authority Not Set", Kics "Kubelet Client Certificate Or Key Not Set", Kics "Kubelet Client Periodic Certificate Switch Disabled", Kics "Kubelet Event QPS Not Properly Set", Kics "Kubelet HTTPS Set To False", Kics "Kubelet Not Managing Ip Tables", Kics "Kubelet Protect Kernel Defaults Set To False", Kics "Kubelet Read Only Port Is Not Set To Zero", Kics "Kubelet Streaming Connection Timeout Disabled", Kics "Namespace Lifecycle Admission Control Plugin Disabled", Kics "Node Restriction Admission Control Plugin Not Set", Kics "Peer Auto TLS Set To True", Kics "Profiling Not Set To False", Kics "Root CA File Not Defined", Kics "Secure Port Set To Zero", Kics "Service Account Admission Control Plugin Disabled", Kics "Service Account Key File Not Properly Set", Kics "Service Account Lookup Set To False", Kics "Service Account Private Key File Not Defined", Kics "TSL Connection Certificate Not Setup", Kics "Terminated Pod Garbage Collector Threshold Not Properly Set", Kics "Token Auth File Is Set", Kics "Use Service Account Credentials Not Set To True", Kubescape "C-0005", Kubescape "C-0113", Kubescape "C-0114", Kubescape "C-0116", Kubescape "C-0117", Kubescape "C-0118", Kubescape "C-0119", Kubescape "C-0120", Kubescape "C-0122", Kubescape "C-0125", Kubescape "C-0126", Kubescape "C-0127", Kubescape "C-0128", Kubescape "C-0129", Kubescape "C-0130", Kubescape "C-0131", Kubescape "C-0132", Kubescape "C-0133", Kubescape "C-0135", Kubescape "C-0136", Kubescape "C-0137", Kubescape "C-0138", Kubescape "C-0139", Kubescape "C-0140", Kubescape "C-0141", Kubescape "C-0144", Kubescape "C-0145", Kubescape "C-0146", Kubescape "C-0147", Kubescape "C-0148", Kubescape "C-0150", Kubescape "C-0151", Kubescape "C-0152", Kubescape "C-0153", Kubescape "C-0154", Kubescape "C-0155", Kubescape "C-0156", Kubescape "C-0157", Kubescape "C-0158", Kubescape "C-0172", Kubescape "C-0173", Kubescape "C-0174", Kubescape "C-0175", Kubescape "C-0176", Kubescape "C-0177", Kubescape "C-0178", Kubescape "C-0180", Kubescape "C-0181", Kubescape "C-0182", Trivy "KCV-0001", Trivy "KCV-0002", Trivy "KCV-0004", Trivy "KCV-0005", Trivy "KCV-0006", Trivy "KCV-0007", Trivy "KCV-0008", Trivy "KCV-0009", Trivy "KCV-0011", Trivy "KCV-0014", Trivy "KCV-0015", Trivy "KCV-0016", Trivy "KCV-0017", Trivy "KCV-0018", Trivy "KCV-0019", Trivy "KCV-0020", Trivy "KCV-0021", Trivy "KCV-0022", Trivy "KCV-0024", Trivy "KCV-0025", Trivy "KCV-0026", Trivy "KCV-0027", Trivy "KCV-0028", Trivy "KCV-0029", Trivy "KCV-0030", Trivy "KCV-0033", Trivy "KCV-0034", Trivy "KCV-0035", Trivy "KCV-0036", Trivy "KCV-0037", Trivy "KCV-0039", Trivy "KCV-0040", Trivy "KCV-0041", Trivy "KCV-0042", Trivy "KCV-0043", Trivy "KCV-0044", Trivy "KCV-0045", Trivy "KCV-0046", Trivy "KCV-0047", Trivy "KCV-0079", Trivy "KCV-0080", Trivy "KCV-0081", Trivy "KCV-0082", Trivy "KCV-0083", Trivy "KCV-0084", Trivy "KCV-0085", Trivy "KCV-0087", Trivy "KCV-0088", Trivy "KCV-0089", Trivy "KCV-0090"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let words = || ["command", "args"].into_iter().filter_map(|field| container.spec.get(field));
    let Some(program) = words().next().and_then(|list| list.items().next()) else { return };
    let Some(text) = program.text() else { return };
    let component = text.rsplit('/').next().unwrap_or_default();
    if !FLAGS.iter().any(|flag| flag.component == component) {
        return;
    }
    let mut given: Vec<(String, String, Cursor<'_>)> = Vec::new();
    for word in words().flat_map(|list| list.items()) {
        let Some(text) = word.text() else { continue };
        match text.strip_prefix("--").map(|flag| flag.split_once('=').unwrap_or((flag, ""))) {
            Some((name, value)) => given.push((name.to_owned(), value.to_owned(), word)),
            // The value of a flag may be the next word.
            None => {
                if let Some((_, value, _)) = given.last_mut().filter(|(_, value, _)| value.is_empty()) {
                    *value = text.into_owned();
                }
            }
        }
    }
    let mut missing = Vec::new();
    for flag in FLAGS.iter().filter(|flag| flag.component == component) {
        match given.iter().rfind(|(name, ..)| name == flag.name) {
            Some((_, value, _)) if flag.wanted.holds(value) => {}
            Some((name, value, word)) => {
                let report = Report {
                    message: format!("`--{name}` of `{component}` {}", flag.wanted.complaint(value)),
                    why: "the CIS Kubernetes Benchmark advises against it".into(),
                    help: flag.wanted.help(name).into(),
                };
                cx.report(*word, report);
            }
            None if flag.wanted.may_be_absent() => {}
            None => missing.push(format!("`--{}`", flag.name)),
        }
    }
    if !missing.is_empty() {
        let report = Report {
            message: format!("`{component}` is not given {}", missing.join(", ")),
            why: "the CIS Kubernetes Benchmark advises these flags".into(),
            help: "add them, or write the same into the configuration file of the component".into(),
        };
        cx.report(program, report);
    }
}
