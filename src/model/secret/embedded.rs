//! YAML inside a scalar: inline patches, `helm.values`, manifests in a ConfigMap.

use crate::source::{Source, SourceKind};
use crate::yaml::{self, Cursor, Limits, Parsed};

/// Reads the text of a scalar as YAML. Spans of the result lead back to the bytes of the file.
pub fn parse(scalar: Cursor<'_>) -> Option<Parsed> {
    let (map, host) = (scalar.map(), scalar.span());
    let text = scalar.text()?.into_owned();
    let outer = map.source(host.source);
    let segments = yaml::segments(outer.text(), scalar.node());
    let source = Source::new(outer.path(), SourceKind::Embedded { host, segments }, text);
    let id = map.derive(source);
    Some(yaml::parse(map.source(id), id, Limits::default()))
}
