//! Labels and annotations that the configuration asks for.
//!
//! Must not know where the configuration lies.

use crate::config::RequiredKey;
use crate::engine::{At, Cx, Report};
use crate::model::ObjectView;

/// Kinds that are asked where an entry names none.
const KINDS: [&str; 7] = ["CronJob", "DaemonSet", "Deployment", "Job", "Namespace", "Rollout", "StatefulSet"];

/// Reports what is missing of the keys under a field of the metadata, or has another value.
pub(super) fn required(object: &ObjectView<'_>, field: &str, wanted: &[RequiredKey], cx: &mut Cx<'_>) {
    let kind = object.kind();
    let is_asked = |wanted: &&RequiredKey| match wanted.kinds.as_slice() {
        [] => KINDS.contains(&&*kind),
        kinds => kinds.iter().any(|asked| *asked == kind),
    };
    let what = field.trim_end_matches('s');
    for wanted in wanted.iter().filter(is_asked) {
        let path = ["metadata", field, &wanted.key];
        let value = object.root.path(&path);
        let text = value.and_then(|value| value.text()).unwrap_or_default();
        let is_fine = wanted.values.is_empty() || wanted.values.iter().any(|pattern| is_like(&text, pattern));
        let message = match value {
            Some(_) if is_fine || text.contains(['$', '{', '<']) => continue,
            Some(_) => format!("the {what} `{}` is `{text}`", wanted.key),
            None => format!("{kind} `{}` has no {what} `{}`", object.name(), wanted.key),
        };
        let help = match wanted.values.as_slice() {
            [] => format!("add the {what}"),
            values => format!("set it to {}", crate::rules::support::listed(values, "or")),
        };
        let report = Report {
            message,
            why: "the configuration of this repository asks for it".into(),
            help: help.into(),
        };
        cx.report(value.map_or_else(|| At::missing(object, &path), At::value), report);
    }
}

/// Whether a text is what a pattern says: the same, or of the same beginning where it ends with `*`.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(text == pattern, |start| text.starts_with(start))
}
