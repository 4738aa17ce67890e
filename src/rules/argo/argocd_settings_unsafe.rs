//! `argocd-settings-unsafe`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{DocumentView, KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A setting of Argo CD that opens a door.
    ///
    /// ## Why
    ///
    /// | setting | what it opens |
    /// |---|---|
    /// | `users.anonymous.enabled` | the interface, without a login |
    /// | `exec.enabled` | a shell in pods, from the browser |
    /// | `admin.enabled: "true"` | everything, to whoever knows one shared password; a note |
    /// | `timeout.reconciliation: 0s` | nothing, but commits whose webhook is lost are not applied; a note |
    /// | `kustomize.buildOptions` with `--enable-exec` or `LoadRestrictionsNone` | commands in the repository server, files of other repositories |
    /// | `application.namespaces: "*"` | Applications in every namespace |
    /// | `insecure`, `insecureIgnoreHostKey` of a repository | its traffic, to whoever sits in between |
    ///
    /// Looked at are `argocd-cm`, `argocd-cmd-params-cm`, the values of the chart (`configs`) and Secrets of repositories.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-cm
    /// data:
    ///   users.anonymous.enabled: "true"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-cm
    /// data:
    ///   admin.enabled: "false"
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/>
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/security/>
    pub static RULE = "argocd-settings-unsafe" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["argo-cd", "security"],
        aliases: [],
        checks: [Check::Object(KINDS, object), Check::Values(values)],
    }
}

const KINDS: &[KindName] =
    &[KindName { group: "", kind: "ConfigMap" }, KindName { group: "", kind: "Secret" }];

/// A setting: its name, when it is unsafe, what it does, and what to do.
type Setting = (&'static str, fn(&str) -> bool, &'static str, &'static str);

/// Settings that many have on purpose, for a while or behind something else: a note.
const CONTESTED: [&str; 2] = ["admin.enabled", "timeout.reconciliation"];

fn is_true(text: &str) -> bool {
    text == "true"
}

/// Whether a duration is nothing: `0`, `0s`, `0h0m`.
fn is_never(text: &str) -> bool {
    text.contains('0') && text.chars().all(|c| c == '0' || "smh".contains(c))
}

const CM: [Setting; 5] = [
    (
        "users.anonymous.enabled",
        is_true,
        "lets everybody in without a login",
        "remove it, and give roles to groups",
    ),
    (
        "exec.enabled",
        is_true,
        "gives a shell in pods to whoever has the permission in Argo CD",
        "remove it; use `kubectl exec`, which Kubernetes logs",
    ),
    (
        "admin.enabled",
        is_true,
        "keeps the account that everybody shares, which may do everything",
        "set it to `false` once people log in as themselves, and give roles to groups",
    ),
    (
        "timeout.reconciliation",
        is_never,
        "lets Argo CD look for new commits only when a webhook calls",
        "leave a long interval, such as `1h`: a call that is lost stays unnoticed otherwise",
    ),
    (
        "kustomize.buildOptions",
        |text| text.contains("LoadRestrictionsNone") || text.contains("--enable-exec"),
        "lets kustomizations of any repository read files outside of them, or run commands",
        "remove the option; list what has to be shared under `resources`",
    ),
];

const PARAMS: [Setting; 1] = [(
    "application.namespaces",
    |text| text.split(',').any(|item| item.trim() == "*"),
    "lets Applications be created in every namespace",
    "list the namespaces",
)];

const REPOSITORY: [Setting; 2] = [
    (
        "insecure",
        is_true,
        "does not check who answers for the repository",
        "remove it, and give Argo CD the certificate",
    ),
    (
        "insecureIgnoreHostKey",
        is_true,
        "does not check who answers for the repository",
        "remove it, and add the host key to `argocd-ssh-known-hosts-cm`",
    ),
];

fn object(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let settings: &[Setting] = match (object.kind(), object.name().as_ref()) {
        ("ConfigMap", "argocd-cm") => &CM,
        ("ConfigMap", "argocd-cmd-params-cm") => &PARAMS,
        ("Secret", _)
            if object
                .label("argocd.argoproj.io/secret-type")
                .is_some_and(|kind| kind.starts_with("repo")) =>
        {
            &REPOSITORY
        }
        _ => return,
    };
    for data in ["data", "stringData"].iter().filter_map(|field| object.root.get(field)) {
        check(data, settings, cx);
    }
}

fn values(values: &DocumentView<'_>, cx: &mut Cx<'_>) {
    for root in
        [Some(values.root), values.root.get("argo-cd"), values.root.get("argocd")].into_iter().flatten()
    {
        for (section, settings) in [("cm", &CM[..]), ("params", &PARAMS[..])] {
            if let Some(data) = root.path(&["configs", section]) {
                check(data, settings, cx);
            }
        }
    }
}

fn check(data: Cursor<'_>, settings: &[Setting], cx: &mut Cx<'_>) {
    for (name, is_unsafe, what, help) in settings {
        let Some(value) = data.get(name) else { continue };
        if value.text().is_some_and(|text| is_unsafe(&text)) {
            let why = match *name {
                "timeout.reconciliation" => "a commit whose webhook is lost is not applied",
                _ => "Argo CD has the keys to every cluster it manages",
            };
            let report =
                Report { message: format!("`{name}` {what}"), why: why.into(), help: (*help).into() };
            let finding = cx.report(At::value(value), report);
            if CONTESTED.contains(name) {
                finding.level = finding.level.min(Level::Note);
            }
        }
    }
}
