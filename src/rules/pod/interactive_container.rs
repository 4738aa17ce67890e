//! `interactive-container`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container that waits for a person to type.
    ///
    /// ## Why
    ///
    /// `stdin` and `tty` are for debugging. Who attaches to such a container types into its main process, past
    /// the program's own login.
    ///
    /// ## What passes
    ///
    /// - `false`, and containers that do not say
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       stdin: true
    ///       tty: true
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "interactive-container" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: High,
        tags: ["pod-security"],
        aliases: [Gatekeeper "disallowinteractive"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let on = |field: &str| container.spec.get(field).filter(|value| value.bool() == Some(true));
    let Some((field, value)) = ["stdin", "tty"].into_iter().find_map(|field| Some((field, on(field)?)))
    else {
        return;
    };
    let report = Report {
        message: format!("`{field}` keeps {} waiting for a person", container.describe()),
        why: "who attaches to it types into its main process".into(),
        help: "remove it; `kubectl debug` gives a shell where one is needed".into(),
    };
    cx.report(value, report);
}
