//! `invalid-quantity`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// An amount of CPU, memory or storage that Kubernetes cannot read.
    ///
    /// ## Why
    ///
    /// Units are `Ki`, `Mi`, `Gi` for powers of 1024 and `k`, `M`, `G` for those of 1000, without a `B` and without a
    /// space. The API server refuses anything else.
    ///
    /// ## What passes
    ///
    /// - numbers with and without fractions, exponents, and the units from `n` to `Ei`
    /// - values that something fills in first: `${NAME}`, `{{ … }}`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    /// spec:
    ///   accessModes: [ReadWriteOnce]
    ///   resources:
    ///     requests:
    ///       storage: 10GB
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    /// spec:
    ///   accessModes: [ReadWriteOnce]
    ///   resources:
    ///     requests:
    ///       storage: 10G
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
    pub static RULE = "invalid-quantity" {
        level: Error,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    checked::problems(object, cx, |problem, value, cx| {
        if problem.kind != ProblemKind::Quantity {
            return;
        }
        let written = value.text().unwrap_or_default();
        let name = checked::name(object, value);
        let report = Report {
            message: format!("`{name}` in {} is no amount: `{written}`", checked::place(object, value)),
            why: "the API server refuses the object".into(),
            help: "write a number with a unit such as `m`, `k`, `M`, `G`, `Ki`, `Mi` or `Gi`, and nothing between".into(),
        };
        cx.report(At::value(value), report);
    });
}
