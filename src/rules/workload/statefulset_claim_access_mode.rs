//! `statefulset-claim-access-mode`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A StatefulSet whose claims are for several nodes, or of no size.
    ///
    /// ## Why
    ///
    /// Each pod of a StatefulSet has its own claim, so one that many nodes may mount only costs more. Without a
    /// size, the claim is refused.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata:
    ///   name: db
    /// spec:
    ///   volumeClaimTemplates:
    ///     - metadata:
    ///         name: data
    ///       spec:
    ///         accessModes: [ReadWriteMany]
    ///         resources:
    ///           requests:
    ///             storage: 1Gi
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata:
    ///   name: db
    /// spec:
    ///   volumeClaimTemplates:
    ///     - metadata:
    ///         name: data
    ///       spec:
    ///         accessModes: [ReadWriteOncePod]
    ///         resources:
    ///           requests:
    ///             storage: 1Gi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>
    pub static RULE = "statefulset-claim-access-mode" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [
            Kics "Incorrect Volume Claim Access Mode ReadWriteOnce",
            Kics "StatefulSet Requests Storage",
        ],
        checks: [Check::Object(&[STATEFUL_SET], check)],
    }
}

const STATEFUL_SET: KindName = KindName { group: "apps", kind: "StatefulSet" };

fn check(set: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let templates = set.root.path(&["spec", "volumeClaimTemplates"]);
    for claim in templates.into_iter().flat_map(|list| list.items()).filter_map(|claim| claim.get("spec")) {
        let mut modes = claim.get("accessModes").into_iter().flat_map(|modes| modes.items());
        let shared = modes.find(|mode| mode.text().is_some_and(|mode| !mode.starts_with("ReadWriteOnce")));
        let (at, message, help) = match shared {
            Some(mode) => {
                (At::value(mode), "the claim of each pod is for several nodes", "use `ReadWriteOnce`")
            }
            None if claim.path(&["resources", "requests", "storage"]).is_none() => {
                let at = At::missing_below(set, claim, &["resources", "requests", "storage"]);
                (at, "the claim of each pod has no size", "set `resources.requests.storage`")
            }
            None => continue,
        };
        let why = "each pod has its own claim, and it is made from this";
        cx.report(at, Report { message: message.into(), why: why.into(), help: help.into() });
    }
}
