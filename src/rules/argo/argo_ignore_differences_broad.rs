//! `argo-ignore-differences-broad`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::application::{Application, KINDS, is_templated};

rule! {
    /// `ignoreDifferences` of an Argo CD Application that hides whole sections of objects.
    ///
    /// ## Why
    ///
    /// What is ignored may differ from the repository for good, and Argo CD shows the object as synced. Ignoring
    /// `/spec`, or the pod template, hides every change of images, privileges and configuration in the cluster.
    ///
    /// ## What passes
    ///
    /// - single fields that another controller owns: `/spec/replicas`, `caBundle`, `/status`, weights of a rollout
    /// - the rules of one ClusterRole, which may be aggregated, and the images of a DeploymentConfig
    ///
    /// Whole sections are an error, the pod template and its parts are a warning. An entry that is about one object by
    /// `name` is one level lower, and the content of one ConfigMap or Secret is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       jsonPointers: [/spec]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       name: web
    ///       jsonPointers: [/spec/replicas]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/>
    pub static RULE = "argo-ignore-differences-broad" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

/// Sections that hold all or most of an object, as JSON pointers.
const SECTIONS: [&str; 7] = ["", "/", "/spec", "/data", "/stringData", "/rules", "/binaryData"];
/// Parts of a workload that decide what runs.
const PARTS: [&str; 6] =
    ["/spec/template", "/spec/template/spec", "/containers", "/initContainers", "/image", "/securityContext"];
/// Managers under whose name people change objects by hand, or Argo CD itself does.
const MANAGERS: [&str; 2] = ["kubectl", "argocd"];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let entries = application.root.path(&["spec", "ignoreDifferences"]);
    for entry in entries.into_iter().flat_map(|entries| entries.items()) {
        let is_named = entry.get("name").and_then(|name| name.text()).is_some_and(|name| !name.is_empty());
        let kind = entry.get("kind").and_then(|kind| kind.text()).unwrap_or_default();
        let list = |name: &str| entry.get(name).into_iter().flat_map(|list| list.items());
        let pointers = list("jsonPointers").chain(list("jqPathExpressions"));
        for value in pointers {
            let text = value.text().unwrap_or_default();
            let Some(level) = breadth(&text) else { continue };
            let level = match kind.as_ref() {
                // The control plane fills in aggregated roles, and OpenShift the images of an image stream.
                "ClusterRole" if is_named && text.ends_with("rules") => continue,
                "DeploymentConfig" if text.ends_with("/image") => continue,
                // Content that a controller or a webhook injects.
                "ConfigMap" | "Secret" if is_named => Level::Note,
                _ if is_named => lower(level),
                _ => level,
            };
            report(cx, &application, entry, value, level);
        }
        for manager in list("managedFieldsManagers") {
            let text = manager.text().unwrap_or_default();
            if MANAGERS.iter().any(|known| text.starts_with(known)) {
                report(cx, &application, entry, manager, Level::Warning);
            }
        }
    }
}

fn lower(level: Level) -> Level {
    if level == Level::Error { Level::Warning } else { Level::Note }
}

/// How much a JSON pointer or a jq path hides; `None` for a single field.
fn breadth(text: &str) -> Option<Level> {
    let text = text.trim();
    if is_templated(text) {
        return None;
    }
    if matches!(text, "." | ".." | ".[]" | ".[]?") {
        return Some(Level::Error);
    }
    // A plain jq path is a pointer with other separators; anything else selects more narrowly.
    let pointer = match text.strip_prefix('.') {
        Some(path) if path.contains(['(', '|', '"', ' ']) => return None,
        Some(path) => format!("/{}", path.replace("[]?", "/*").replace("[]", "/*").replace('.', "/")),
        None => text.trim_end_matches('/').to_owned(),
    };
    if SECTIONS.contains(&pointer.as_str()) {
        return Some(Level::Error);
    }
    let is_template = pointer.starts_with("/spec/template") || pointer.starts_with("/spec/jobTemplate");
    (PARTS[..2].contains(&pointer.as_str())
        || is_template && PARTS[2..].iter().any(|part| pointer.ends_with(part)))
    .then_some(Level::Warning)
}

fn report(
    cx: &mut Cx<'_>,
    application: &Application<'_>,
    entry: Cursor<'_>,
    value: Cursor<'_>,
    level: Level,
) {
    let kind = entry.get("kind").and_then(|kind| kind.text()).filter(|kind| kind != "*");
    let of = kind.map_or("of every kind".to_owned(), |kind| format!("of {kind}"));
    let is_manager = value.text().is_some_and(|text| !text.starts_with(['/', '.']) && !text.is_empty());
    let what = match is_manager {
        true => format!("what `{}` changes in objects {of}", value.text().unwrap_or_default()),
        false => format!("`{}` {of}", value.text().unwrap_or_default()),
    };
    // One field, but of everything: that it is one field needs no advice.
    let is_field = level != Level::Error && !is_manager && entry.get("name").is_none();
    let help = match is_field {
        true => "say of which object with `name`, or let whatever sets the field commit it",
        false => "name the one field that another controller sets, and the object",
    };
    let finding = cx.report(
        At::value(value),
        Report {
            message: format!("{} ignores {what} when it looks for differences", application.name),
            why: "whatever changes there in the cluster stays, and Argo CD shows the object as synced".into(),
            help: help.into(),
        },
    );
    finding.level = level.min(finding.level);
}
