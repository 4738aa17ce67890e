//! `argo-destructive-sync`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;

use super::annotation::{annotation, sync_options};

rule! {
    /// A sync that replaces or recreates objects instead of applying them.
    ///
    /// ## Why
    ///
    /// `Replace=true` overwrites fields that other controllers set, and fails or recreates where a field cannot change.
    /// `Force=true` deletes and creates the object: pods stop, volumes and addresses may be lost. On an Application the
    /// options hold for everything in it.
    ///
    /// ## What passes
    ///
    /// - Jobs, Pods and hooks, and classes such as a StorageClass, which cannot be changed in place
    /// - on a single large object such as a CustomResourceDefinition or a ConfigMap, `Replace=true` is a note: it is the
    ///   old way around the limit on annotations, for which there is `ServerSideApply=true` now; so is anything on a
    ///   CronJob, of which nothing is lost
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   syncPolicy:
    ///     syncOptions: [Replace=true]
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
    ///   syncPolicy:
    ///     syncOptions: [ServerSideApply=true]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes>
    pub static RULE = "argo-destructive-sync" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "data-loss"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

/// Kinds that a controller runs once, and that cannot be changed in place.
const ONCE: [&str; 4] = ["Job", "Pod", "Workflow", "PipelineRun"];
/// Kinds that say how others are made, cannot be changed in place, and have nothing that is lost with them.
const CLASSES: [&str; 3] = ["StorageClass", "VolumeSnapshotClass", "PriorityClass"];
/// Kinds without running state, which grow beyond the annotation that `kubectl apply` writes.
const LARGE: [&str; 2] = ["CustomResourceDefinition", "ConfigMap"];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let kind = object.kind();
    let is_hook =
        ["argocd.argoproj.io/hook", "helm.sh/hook"].iter().any(|name| !annotation(object, name).is_empty());
    if ONCE.contains(&kind) || CLASSES.contains(&kind) || is_hook {
        return;
    }
    let options = sync_options(object);
    let found = [("Force=true", "deleted and created"), ("Replace=true", "replaced")];
    // Of both in one annotation the worse one says it all.
    let found = found
        .iter()
        .find_map(|(text, what)| Some((options.iter().find(|option| option.text == *text)?, *what)));
    if let Some((option, what)) = found {
        let is_application = matches!(kind, "Application" | "ApplicationSet");
        let message = match is_application {
            true => format!("all objects of {kind} `{}` are {what} at every sync", object.name()),
            false => format!("{kind} `{}` is {what} at every sync that changes it", object.name()),
        };
        let finding = cx.report(
            option.at(),
            Report {
                message,
                why: "fields that others set are lost, and running pods may be".into(),
                help: "use `ServerSideApply=true` for objects that are too large, and set `Replace` and `Force` only on what cannot be changed in place".into(),
            },
        );
        if kind == "CronJob" || LARGE.contains(&kind) && what == "replaced" {
            finding.level = finding.level.min(Level::Note);
        }
    }
}
