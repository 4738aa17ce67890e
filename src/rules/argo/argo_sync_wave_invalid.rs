//! `argo-sync-wave-invalid`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::annotation;
use super::application::is_templated;

rule! {
    /// A sync wave that is no whole number, or is not written as a string.
    ///
    /// ## Why
    ///
    /// What Argo CD cannot read as a number is wave 0, without a message. A number without quotes is no annotation at
    /// all: the API server refuses the object, because annotations are strings.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     argocd.argoproj.io/sync-wave: -1
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     argocd.argoproj.io/sync-wave: "-1"
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/>
    pub static RULE = "argo-sync-wave-invalid" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd", "ordering"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for value in annotation(object, "argocd.argoproj.io/sync-wave") {
        let text = value.text().unwrap_or_default();
        if is_templated(&text) {
            continue;
        }
        let is_number = text.parse::<i64>().is_ok();
        let (message, why, help) = match (value.string().is_some(), is_number) {
            (true, true) => continue,
            (true, false) => (
                format!("the sync wave `{text}` is no whole number"),
                "Argo CD takes it for wave 0 and says nothing",
                "write a whole number in quotes".to_owned(),
            ),
            (false, _) => (
                format!("the sync wave {text} is not a string").replace("  ", " "),
                "annotations are strings; the API server refuses the object",
                format!("put it in quotes: \"{}\"", if is_number { text.as_ref() } else { "0" }),
            ),
        };
        cx.report(At::value(value), Report { message, why: why.into(), help: help.into() });
    }
}
