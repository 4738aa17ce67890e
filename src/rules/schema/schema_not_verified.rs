//! `schema-not-verified`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// A rule of a CustomResourceDefinition that plimsoll could not evaluate for an object.
    ///
    /// ## Why
    ///
    /// The API server may refuse the object all the same. This is the list of what `schema-violation` leaves out.
    ///
    /// ## What is reported
    ///
    /// - rules in CEL with functions of Kubernetes that plimsoll does not know (`url()`, `quantity()`, `format`), with dates,
    ///   or with more steps than plimsoll takes
    /// - rules in CEL that make longer texts and lists (`replace`, `split`, `join`), that loop over something that is no field,
    ///   or that match a pattern which is not written out
    /// - rules about values that something fills in first
    ///
    /// ## What passes
    ///
    /// - rules that compare with what was there before (`oldSelf`), which are about changes
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    /// spec:
    ///   address: https://example.com
    /// ---
    /// apiVersion: apiextensions.k8s.io/v1
    /// kind: CustomResourceDefinition
    /// metadata:
    ///   name: things.example.com
    /// spec:
    ///   group: example.com
    ///   scope: Namespaced
    ///   names:
    ///     kind: Thing
    ///     plural: things
    ///   versions:
    ///     - name: v1
    ///       served: true
    ///       storage: true
    ///       schema:
    ///         openAPIV3Schema:
    ///           type: object
    ///           properties:
    ///             spec:
    ///               type: object
    ///               properties:
    ///                 address:
    ///                   type: string
    ///                   x-kubernetes-validations:
    ///                     - rule: url(self).getScheme() == 'https'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    /// spec:
    ///   address: https://example.com
    /// ---
    /// apiVersion: apiextensions.k8s.io/v1
    /// kind: CustomResourceDefinition
    /// metadata:
    ///   name: things.example.com
    /// spec:
    ///   group: example.com
    ///   scope: Namespaced
    ///   names:
    ///     kind: Thing
    ///     plural: things
    ///   versions:
    ///     - name: v1
    ///       served: true
    ///       storage: true
    ///       schema:
    ///         openAPIV3Schema:
    ///           type: object
    ///           properties:
    ///             spec:
    ///               type: object
    ///               properties:
    ///                 address:
    ///                   type: string
    ///                   x-kubernetes-validations:
    ///                     - rule: self.startsWith('https://')
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/cel/>
    pub static RULE = "schema-not-verified" {
        level: Note,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["schema", "coverage"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    checked::problems(object, cx, |problem, value, cx| {
        let ProblemKind::Unverified(what) = &problem.kind else { return };
        let report = Report {
            message: format!("not verified: {what}"),
            why: "the API server evaluates it, and plimsoll cannot".into(),
            help: "try the object with `kubectl apply --dry-run=server`".into(),
        };
        let at = if value.text().is_some() { At::value(value) } else { At::key(value) };
        cx.report(at, report);
    });
}
