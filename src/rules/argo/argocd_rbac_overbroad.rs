//! `argocd-rbac-overbroad`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{DocumentView, KindName, ObjectView};
use crate::yaml::Cursor;

use super::policy::{Policy, group};

rule! {
    /// Permissions of Argo CD that make everybody, or a role of any name, administrator.
    ///
    /// ## Why
    ///
    /// `policy.default` holds for everybody who can log in. Who may do everything in Argo CD may do everything in every
    /// cluster it manages.
    ///
    /// Looked at are `argocd-rbac-cm`, the values of the chart (`configs.rbac`) and the operator's `ArgoCD` resource.
    ///
    /// ## What passes
    ///
    /// - roles and groups with `admin` in their names
    /// - `policy.default: role:readonly` is a note: everybody sees the manifests and logs of everything
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-rbac-cm
    /// data:
    ///   policy.default: role:admin
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: argocd-rbac-cm
    /// data:
    ///   policy.default: ""
    ///   policy.csv: p, role:shop, applications, sync, shop/*, allow
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/>
    pub static RULE = "argocd-rbac-overbroad" {
        level: Error,
        security: 8.5,
        precision: High,
        tags: ["argo-cd", "security", "rbac"],
        aliases: [],
        checks: [Check::Object(KINDS, object), Check::Values(values)],
    }
}

const KINDS: &[KindName] =
    &[KindName { group: "", kind: "ConfigMap" }, KindName { group: "argoproj.io", kind: "ArgoCD" }];

/// Groups that everybody is in.
const EVERYBODY: [&str; 5] = ["*", "everyone", "everybody", "system:authenticated", "all-users"];

fn object(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (settings, default, is_policy): (_, _, fn(&str) -> bool) = match object.kind() {
        "ArgoCD" => (object.root.path(&["spec", "rbac"]), "defaultPolicy", |key| key == "policy"),
        _ if object.name() == "argocd-rbac-cm" => (object.root.get("data"), "policy.default", is_policy_key),
        _ => return,
    };
    if let Some(settings) = settings {
        check(settings, default, is_policy, cx);
    }
}

fn is_policy_key(key: &str) -> bool {
    key.starts_with("policy.") && key.ends_with("csv")
}

fn values(values: &DocumentView<'_>, cx: &mut Cx<'_>) {
    for path in [&["configs", "rbac"][..], &["argo-cd", "configs", "rbac"], &["argocd", "configs", "rbac"]] {
        if let Some(settings) = values.root.path(path) {
            check(settings, "policy.default", is_policy_key, cx);
        }
    }
}

fn check(settings: Cursor<'_>, default: &str, is_policy: fn(&str) -> bool, cx: &mut Cx<'_>) {
    if let Some(value) = settings.get(default) {
        let role = value.text().unwrap_or_default();
        let level = match role.trim() {
            "role:admin" => Some(Level::Error),
            "role:readonly" => Some(Level::Note),
            _ => None,
        };
        if let Some(level) = level {
            let what = if level == Level::Error {
                "is administrator of Argo CD"
            } else {
                "may read everything in Argo CD"
            };
            let finding = cx.report(
                At::value(value),
                Report {
                    message: format!("everybody who can log in {what}"),
                    why: "the default holds for every user that has no role of its own".into(),
                    help: "leave the default empty, and give roles to groups".into(),
                },
            );
            finding.level = finding.level.min(level);
        }
    }
    for entry in settings.entries() {
        if entry.key.text().is_some_and(|key| is_policy(&key)) {
            policies(entry.value, cx);
        }
    }
}

fn policies(value: Cursor<'_>, cx: &mut Cx<'_>) {
    let text = value.text().unwrap_or_default();
    let mut start = 0;
    for line in text.split('\n') {
        let range = (start + line.len() - line.trim_start().len(), start + line.trim_end().len());
        start += line.len() + 1;
        let Some((message, level)) = problem(line.trim()) else { continue };
        let finding = cx.report(
            At::part(value, range.0, range.1.max(range.0)),
            Report {
                message,
                why: "who may do everything in Argo CD may do everything in every cluster it manages".into(),
                help: "name the resources, actions and projects that are needed".into(),
            },
        );
        finding.level = finding.level.min(level);
    }
}

/// What a line gives away.
fn problem(line: &str) -> Option<(String, Level)> {
    if let Some((who, role)) = group(line) {
        return (role == "role:admin" && EVERYBODY.contains(&who)).then(|| {
            (format!("the group `{who}`, which everybody is in, is administrator of Argo CD"), Level::Error)
        });
    }
    let policy = Policy::parse(line).filter(|policy| policy.is_allowed)?;
    if policy.subject.to_lowercase().contains("admin") {
        return None;
    }
    let is_any = |object: &str| matches!(object, "*" | "*/*");
    if policy.resource == "*" && policy.action == "*" && is_any(policy.object) {
        return Some((format!("`{}` may do everything in Argo CD", policy.subject), Level::Error));
    }
    (policy.resource == "exec" && matches!(policy.action, "create" | "*") && is_any(policy.object)).then(
        || {
            (
                format!("`{}` may run commands in every pod that Argo CD manages", policy.subject),
                Level::Warning,
            )
        },
    )
}
