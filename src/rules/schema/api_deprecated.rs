//! `api-deprecated`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::lifecycle;

use super::api_removed::instead;
use super::checked;

rule! {
    /// An API version that Kubernetes still serves, and calls deprecated.
    ///
    /// ## Why
    ///
    /// A later version of Kubernetes removes it, and the upgrade stops at the object.
    ///
    /// With `kubernetes-version` that version decides what is deprecated. Without it, the versions that the repository
    /// gives its clusters count, or else all that plimsoll knows: an API version that the newest of them has removed, and
    /// an older one still serves, is reported here with both.
    ///
    /// ## What passes
    ///
    /// - stable API versions beside newer stable ones, such as `autoscaling/v1`
    /// - API versions without one that takes their place
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: resource.k8s.io/v1beta1
    /// kind: DeviceClass
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: resource.k8s.io/v1
    /// kind: DeviceClass
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>
    pub static RULE = "api-deprecated" {
        level: Warning,
        precision: VeryHigh,
        tags: ["api", "deprecation"],
        aliases: [KubeScore "stable-version", Trivy "KSV-0107"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    let Some(life) = lifecycle(api_version, kind) else { return };
    let target = checked::Schemas::of(cx.world()).target;
    // What is removed already is for another rule.
    if life.removed.is_some_and(|removed| removed <= target.oldest()) {
        return;
    }
    let newest = target.newest();
    let is_gone = life.removed.filter(|removed| *removed <= newest);
    let since = life.deprecated.filter(|since| *since <= newest);
    let (Some(first), Some(at)) = (since.or(is_gone), object.root.get("apiVersion")) else { return };
    let end = match life.removed {
        Some(removed) => {
            format!(", and 1.{removed} {} it", if removed <= newest { "removed" } else { "removes" })
        }
        None => String::new(),
    };
    let report = Report {
        message: match since {
            Some(_) => format!("`{api_version}` of {kind} is deprecated since Kubernetes 1.{first}{end}"),
            None => {
                format!("Kubernetes 1.{first} removed `{api_version}` of {kind}, which older versions serve")
            }
        },
        why: "a later version of Kubernetes does not serve it: the upgrade stops at this object".into(),
        help: instead(life.instead).into(),
    };
    cx.report(At::value(at), report);
}
