//! `duplicate-list-key`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// Two items of a list that Kubernetes tells apart by fields which are the same in both.
    ///
    /// ## Why
    ///
    /// Server-side apply, which Flux uses and Argo CD may, fails with `duplicate entries for key`. Without it most such lists
    /// are refused as well, and in the others a patch changes one of the two.
    ///
    /// ## What is reported
    ///
    /// Two ports with the same number and protocol, two volumes or init containers with the same name, two mounts at one path,
    /// and the items of each list that a definition of the repository calls a map (`x-kubernetes-list-map-keys`).
    ///
    /// ## What passes
    ///
    /// - variables and containers, which `duplicate-env-var` and `duplicate-container-name` are about
    /// - items without the field
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - name: http
    ///       port: 80
    ///     - name: metrics
    ///       port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - name: http
    ///       port: 80
    ///     - name: metrics
    ///       port: 9090
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>
    pub static RULE = "duplicate-list-key" {
        level: Warning,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    checked::problems(object, cx, |problem, value, cx| {
        let ProblemKind::Duplicate { list, keys } = &problem.kind else { return };
        let same = crate::schema::listed(keys, "and");
        let report = Report {
            message: format!("two items of `{list}` in {} have the same {same}", object.kind()),
            why: "Kubernetes tells them apart by it: server-side apply fails, and a patch changes one of the two".into(),
            help: "remove one, or tell them apart".into(),
        };
        cx.report(At::value(value), report);
    });
}
