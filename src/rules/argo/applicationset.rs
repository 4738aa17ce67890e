//! What rules about ApplicationSets have in common.

use crate::engine::{At, Cx, Report};
use crate::finding::Finding;
use crate::graph::{OwnerView, RemarkKind};
use crate::model::KindName;

/// The kind of an ApplicationSet.
pub const KINDS: &[KindName] = &[KindName { group: "argoproj.io", kind: "ApplicationSet" }];

/// Reports every remark of a kind that was made while the Applications of a set were made.
pub fn report(
    owner: &OwnerView<'_>,
    kind: RemarkKind,
    cx: &mut Cx<'_>,
    say: impl Fn(&str) -> Report,
    refine: impl Fn(&mut Finding),
) {
    for remark in owner.owner.remarks.iter().filter(|remark| remark.kind == kind) {
        refine(cx.report(At::span(remark.at), say(&remark.message)));
    }
}
