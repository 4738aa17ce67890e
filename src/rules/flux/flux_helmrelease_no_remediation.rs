//! `flux-helmrelease-no-remediation`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::mentions;
use crate::yaml::Cursor;

rule! {
    /// A HelmRelease that gives up after its first failure.
    ///
    /// ## Why
    ///
    /// By default the helm-controller does not retry: an install or upgrade that fails once, because a registry was
    /// slow or a webhook was not up yet, stays failed until somebody notices and reconciles it by hand.
    ///
    /// ## What passes
    ///
    /// - `strategy.name: RetryOnFailure` or `remediation.retries` other than 0, for both `install` and `upgrade`,
    ///   or for one of them
    /// - a helm-controller that retries by default (`DefaultToRetryOnFailure=true`)
    /// - a HelmRelease that is suspended, or patched by its overlay: what is rendered counts
    /// - values that a template fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: web
    ///   install:
    ///     strategy:
    ///       name: RetryOnFailure
    ///   upgrade:
    ///     strategy:
    ///       name: RetryOnFailure
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#configuring-failure-handling>
    pub static RULE = "flux-helmrelease-no-remediation" {
        level: Warning,
        precision: High,
        tags: ["flux", "helm", "availability"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" }];
/// The switch of the helm-controller that makes it retry whatever the HelmRelease says.
const RETRIES_BY_DEFAULT: &str = "DefaultToRetryOnFailure=true";

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec").filter(|spec| spec.is_map()) else { return };
    let is_suspended = spec.get("suspend").is_some_and(|suspend| suspend.bool() != Some(false));
    if is_suspended
        || ["install", "upgrade"].iter().any(|action| retries(spec, action))
        || mentions(cx.map(), &[RETRIES_BY_DEFAULT])
    {
        return;
    }
    let at = match spec.path(&["upgrade", "remediation", "retries"]) {
        Some(retries) => At::value(retries),
        None => At::missing(object, &["spec", "upgrade", "strategy"]),
    };
    cx.report(
        at,
        Report {
            message: format!("HelmRelease `{}` gives up after its first failure", object.name()),
            why: "a failed install or upgrade is not tried again until somebody reconciles it by hand".into(),
            help: "set `install.strategy.name` and `upgrade.strategy.name` to `RetryOnFailure`, or `remediation.retries`".into(),
        },
    );
}

fn retries(spec: Cursor<'_>, action: &str) -> bool {
    let strategy = spec.path(&[action, "strategy", "name"]).and_then(|name| name.text());
    let retries = spec.path(&[action, "remediation", "retries"]);
    strategy.is_some_and(|name| name == "RetryOnFailure" || name.contains("${"))
        // What is no number is a template.
        || retries.is_some_and(|retries| retries.int() != Some(0))
}
