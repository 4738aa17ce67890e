//! stub
use super::Node;
use crate::source::Segments;
use std::borrow::Cow;
#[derive(Clone, Copy)]
pub enum Schema {
    GoYamlV2,
    GoYamlV3,
}
pub enum Typed<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
}
pub fn decode<'a>(_t: &'a str, _n: &Node) -> Cow<'a, str> {
    todo!()
}
pub fn segments(_t: &str, _n: &Node) -> Segments {
    todo!()
}
pub fn resolve(_t: &str, _s: Schema) -> Typed<'_> {
    todo!()
}
