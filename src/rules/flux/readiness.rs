//! When a Flux Kustomization counts as ready, and how long it waits for that.

use crate::yaml::Cursor;

/// Whether the `spec` of a Kustomization asks for the health of what it applies. What a template fills in may.
pub fn waits(spec: Cursor<'_>) -> bool {
    let has = |field: &str| spec.get(field).is_some_and(|list| list.is_seq() && list.node().aux > 0);
    let wait = spec.get("wait").is_some_and(|wait| wait.bool() != Some(false) && !wait.is_null());
    wait || has("healthChecks") || has("healthCheckExprs")
}

/// The seconds of a duration as Go writes it, such as `1h30m`; `None` for anything else.
///
/// Source: <https://pkg.go.dev/time#ParseDuration>.
pub fn duration(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..letters] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(seconds)
}
