//! `label-instance-mismatch`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A workload whose `app.kubernetes.io/instance` is not its name.
    ///
    /// ## Why
    ///
    /// Argo CD tracks objects by this label: one that was copied with an object makes two applications fight
    /// over it.
    ///
    /// ## What passes
    ///
    /// - names that begin with the instance, as charts make them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app.kubernetes.io/instance: api
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web-server
    ///   labels:
    ///     app.kubernetes.io/instance: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub static RULE = "label-instance-mismatch" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object"],
        aliases: [
            Polaris "metadataAndInstanceMismatched",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let object = &pod.object;
    let label = object.root.path(&["metadata", "labels", "app.kubernetes.io/instance"]);
    let Some((label, text)) = label.and_then(|label| Some((label, label.text()?))) else { return };
    let name = object.name();
    if text.contains(['$', '{', '<']) || name.split('-').any(|word| word == text) || name.starts_with(&*text)
    {
        return;
    }
    let report = Report {
        message: format!("the instance of {} `{name}` is `{text}`", object.kind()),
        why: "tools that find objects by this label take it for a part of another application".into(),
        help: "set the label to the name of the instance".into(),
    };
    cx.report(label, report);
}
