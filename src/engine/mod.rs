//! Runs rules over what they concern, on all cores, and puts the findings in their one order.
//!
//! Must not do I/O. A rule that panics costs the findings of one rule on one target.

mod check;
mod cx;
mod mask;
mod memo;
mod outcome;
mod plan;
mod policies;
mod run;
mod specimen;
mod verdict;
mod worker;
mod world;

pub(crate) use check::rule;
pub use check::{Check, NativeRule};
pub use cx::{At, Cx, Report};
pub use mask::{Gather, Mask};
pub use memo::Memo;
pub use outcome::Outcome;
pub use policies::{AskedFile, Policies, PolicyId};
pub use run::{run, run_beside, run_changes, sort};
pub use world::{ActiveRule, Notice, RuleSet, World};
