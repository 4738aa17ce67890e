//! Autoscalers and what they scale.
//!
//! Must not judge them.

use std::borrow::Cow;

use crate::model::ObjectView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::yaml::Cursor;

/// All autoscalers, kind by kind.
pub(super) fn all(deployed: &Deployed) -> impl Iterator<Item = Id> + '_ {
    let kinds = ["HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"];
    kinds.into_iter().flat_map(|kind| deployed.of_kind(kind))
}

/// The kind and the name of what an autoscaler scales.
pub(super) fn target<'w>(scaler: &ObjectView<'w>) -> Option<(Cow<'w, str>, Cursor<'w>)> {
    let field = |name| scaler.root.path(&["spec", name]);
    let target = field("scaleTargetRef").or_else(|| field("targetRef"))?;
    let kind = target.get("kind").and_then(|kind| kind.text()).unwrap_or("Deployment".into());
    Some((kind, target.get("name")?))
}
