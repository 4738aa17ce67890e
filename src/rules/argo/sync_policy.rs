//! Automated sync of an Application.

use crate::yaml::Cursor;

use super::application::{Application, is_templated};

/// Whether a switch of `syncPolicy.automated` is off: its value, or `None` in place of an absent one. Nothing
/// without automated sync, and for a value that a template fills in.
pub fn disabled<'w>(application: &Application<'w>, switch: &str) -> Option<Option<Cursor<'w>>> {
    let automated = application.root.path(&["spec", "syncPolicy", "automated"])?;
    let is_off = automated.get("enabled").is_some_and(|enabled| enabled.bool() == Some(false));
    // `automated:` without a value is no automated sync, and text is a template's.
    if !automated.is_map() || is_off {
        return None;
    }
    // Keys made by a template may be the switch.
    let is_opaque =
        automated.entries().iter().any(|entry| entry.key.text().is_some_and(|key| is_templated(&key)));
    // `templatePatch` of an ApplicationSet may set anything.
    let is_patched = application
        .object
        .root
        .path(&["spec", "templatePatch"])
        .and_then(|patch| patch.text())
        .is_some_and(|patch| patch.contains(switch));
    match automated.get(switch) {
        _ if is_opaque || is_patched => None,
        Some(value) if value.bool() == Some(true) || value.text().is_some_and(|text| is_templated(&text)) => {
            None
        }
        value => Some(value),
    }
}
