//! Kinds of progressive delivery, and the steps of a canary.

use crate::model::KindName;
use crate::yaml::Cursor;

/// Argo's `Rollout`.
pub const ROLLOUT: KindName = KindName { group: "argoproj.io", kind: "Rollout" };
/// Flagger's `Canary`.
pub const CANARY: KindName = KindName { group: "flagger.app", kind: "Canary" };

/// The steps of a canary strategy.
pub fn steps(canary: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    canary.get("steps").into_iter().flat_map(|steps| steps.items())
}
