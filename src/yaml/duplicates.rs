//! stub
use super::{Arena, Problem};
pub(super) fn find(_: &str, _: &Arena, _: &mut Vec<Problem>) {}
