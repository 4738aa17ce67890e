//! The flags of the control plane that the CIS Kubernetes Benchmark has an opinion on, as data.
//!
//! Must not report anything.

/// A flag, and what it should be.
pub(super) struct Flag {
    /// The program.
    pub component: &'static str,
    /// The name without its dashes.
    pub name: &'static str,
    /// What it should be.
    pub wanted: Wanted,
}

/// What a flag should be.
pub(super) enum Wanted {
    /// Given, whatever it says.
    Set,
    /// Not given.
    Absent,
    /// Given, and this.
    Is(&'static str),
    /// This, when it is given.
    OnlyIs(&'static str),
    /// Anything but this.
    Not(&'static str),
    /// A list with the first ones, and without the others.
    With(&'static [&'static str], &'static [&'static str]),
    /// A list without these, when it is given.
    Without(&'static [&'static str]),
}

impl Wanted {
    /// Whether a value is what it should be. A flag without a value is true.
    pub fn holds(&self, value: &str) -> bool {
        let value = if value.is_empty() { "true" } else { value };
        let has = |name: &&str| value.split(',').any(|item| item == *name);
        match self {
            Self::Set => true,
            Self::Absent => false,
            Self::Is(wanted) | Self::OnlyIs(wanted) => value == *wanted,
            Self::Not(unwanted) => value != *unwanted,
            Self::With(wanted, unwanted) => wanted.iter().all(has) && !unwanted.iter().any(has),
            Self::Without(unwanted) => !unwanted.iter().any(has),
        }
    }

    /// Whether it may be left out.
    pub fn may_be_absent(&self) -> bool {
        matches!(self, Self::Absent | Self::OnlyIs(_) | Self::Not(_) | Self::Without(_))
    }

    /// What is wrong with a value that is not what it should be: the end of "`--flag` of `component` …".
    pub fn complaint(&self, value: &str) -> String {
        let has = |name: &&&str| value.split(',').any(|item| item == **name);
        let list = |names: Vec<&&str>| {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
        };
        let (wanted, unwanted): (&[&str], &[&str]) = match self {
            Self::With(wanted, unwanted) => (wanted, unwanted),
            Self::Without(unwanted) => (&[], unwanted),
            _ => return "is not what it should be".to_owned(),
        };
        let missing: Vec<_> = wanted.iter().filter(|name| !has(name)).collect();
        let there: Vec<_> = unwanted.iter().filter(has).collect();
        match (missing.is_empty(), there.is_empty()) {
            (true, _) => format!("names {}", list(there)),
            (false, true) => format!("does not name {}", list(missing)),
            (false, false) => format!("names {}, and not {}", list(there), list(missing)),
        }
    }

    /// What to do about a value that is not what it should be.
    pub fn help(&self, name: &str) -> String {
        match self {
            Self::Set => format!("give `--{name}` a value"),
            Self::Absent => format!("remove `--{name}`"),
            Self::Is(wanted) | Self::OnlyIs(wanted) => format!("write `--{name}={wanted}`"),
            Self::Not(_) => format!("remove `--{name}`"),
            Self::With(wanted, unwanted) => {
                format!("name {} in `--{name}`, and not {}", wanted.join(" and "), unwanted.join(" or "))
            }
            Self::Without(unwanted) => format!("take {} out of `--{name}`", unwanted.join(" and ")),
        }
    }
}

const fn flag(component: &'static str, name: &'static str, wanted: Wanted) -> Flag {
    Flag { component, name, wanted }
}

/// The flags.
pub(super) const FLAGS: &[Flag] = &[
    flag("kube-apiserver", "anonymous-auth", Wanted::Is("false")),
    flag("kube-apiserver", "audit-log-maxage", Wanted::Set),
    flag("kube-apiserver", "audit-log-maxbackup", Wanted::Set),
    flag("kube-apiserver", "audit-log-maxsize", Wanted::Set),
    flag("kube-apiserver", "audit-log-path", Wanted::Set),
    flag("kube-apiserver", "client-ca-file", Wanted::Set),
    flag("kube-apiserver", "encryption-provider-config", Wanted::Set),
    flag("kube-apiserver", "etcd-cafile", Wanted::Set),
    flag("kube-apiserver", "etcd-certfile", Wanted::Set),
    flag("kube-apiserver", "etcd-keyfile", Wanted::Set),
    flag("kube-apiserver", "kubelet-certificate-authority", Wanted::Set),
    flag("kube-apiserver", "kubelet-client-certificate", Wanted::Set),
    flag("kube-apiserver", "kubelet-client-key", Wanted::Set),
    flag("kube-apiserver", "service-account-key-file", Wanted::Set),
    flag("kube-apiserver", "tls-cert-file", Wanted::Set),
    flag("kube-apiserver", "tls-private-key-file", Wanted::Set),
    flag("kube-apiserver", "authorization-mode", Wanted::With(&["Node", "RBAC"], &["AlwaysAllow"])),
    flag("kube-apiserver", "basic-auth-file", Wanted::Absent),
    flag("kube-apiserver", "insecure-bind-address", Wanted::Absent),
    flag("kube-apiserver", "insecure-port", Wanted::OnlyIs("0")),
    flag("kube-apiserver", "kubelet-https", Wanted::Not("false")),
    flag("kube-apiserver", "profiling", Wanted::Is("false")),
    flag("kube-apiserver", "secure-port", Wanted::Not("0")),
    flag("kube-apiserver", "service-account-lookup", Wanted::Not("false")),
    flag("kube-apiserver", "token-auth-file", Wanted::Absent),
    flag("kube-apiserver", "enable-admission-plugins", Wanted::With(&["NodeRestriction"], &["AlwaysAdmit"])),
    flag(
        "kube-apiserver",
        "disable-admission-plugins",
        Wanted::Without(&["NamespaceLifecycle", "ServiceAccount"]),
    ),
    flag("kube-controller-manager", "bind-address", Wanted::Is("127.0.0.1")),
    flag("kube-controller-manager", "profiling", Wanted::Is("false")),
    flag("kube-controller-manager", "root-ca-file", Wanted::Set),
    flag("kube-controller-manager", "service-account-private-key-file", Wanted::Set),
    flag("kube-controller-manager", "terminated-pod-gc-threshold", Wanted::Set),
    flag("kube-controller-manager", "use-service-account-credentials", Wanted::Is("true")),
    flag("etcd", "auto-tls", Wanted::Not("true")),
    flag("etcd", "peer-auto-tls", Wanted::Not("true")),
    flag("etcd", "cert-file", Wanted::Set),
    flag("etcd", "key-file", Wanted::Set),
    flag("etcd", "peer-cert-file", Wanted::Set),
    flag("etcd", "peer-key-file", Wanted::Set),
    flag("etcd", "client-cert-auth", Wanted::Is("true")),
    flag("etcd", "peer-client-cert-auth", Wanted::Is("true")),
    flag("kubelet", "anonymous-auth", Wanted::Not("true")),
    flag("kubelet", "authorization-mode", Wanted::Without(&["AlwaysAllow"])),
    flag("kubelet", "event-qps", Wanted::Not("0")),
    flag("kubelet", "make-iptables-util-chains", Wanted::Not("false")),
    flag("kubelet", "protect-kernel-defaults", Wanted::Not("false")),
    flag("kubelet", "read-only-port", Wanted::OnlyIs("0")),
    flag("kubelet", "rotate-certificates", Wanted::Not("false")),
    flag("kubelet", "streaming-connection-idle-timeout", Wanted::Not("0")),
    flag("kube-scheduler", "bind-address", Wanted::Is("127.0.0.1")),
    flag("kube-scheduler", "profiling", Wanted::Is("false")),
];
