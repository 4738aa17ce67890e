//! The overlays of a finding, as people read them.

use crate::finding::Finding;

use super::summary::plural;

/// Overlays are named up to this many.
const SHOWN: usize = 5;

/// `overlays/dev, overlays/prod`, or as many as fit and the number of the others; `None` when no overlay is involved.
pub(super) fn units(finding: &Finding) -> Option<String> {
    let name =
        |unit: &camino::Utf8PathBuf| if unit.as_str().is_empty() { ".".to_owned() } else { unit.to_string() };
    let shown: Vec<String> = finding.units.iter().take(SHOWN).map(name).collect();
    match finding.units.len() - shown.len() {
        _ if shown.is_empty() => None,
        0 => Some(shown.join(", ")),
        more => Some(format!("{} and {}", shown.join(", "), plural(more, "more overlay"))),
    }
}
