//! `duplicate-env-var`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container that sets a variable twice.
    ///
    /// ## Why
    ///
    /// The last value counts, and whoever changes the first one wonders. Patches and server-side apply, which tell variables
    /// apart by their names, change one of the two or fail.
    ///
    /// ## What passes
    ///
    /// - a variable of which a later one of the same name is made: `PATH` from `$(PATH)`
    /// - the same variable in `envFrom`, which `env` overrides on purpose
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
    ///       env:
    ///         - name: LOG_LEVEL
    ///           value: info
    ///         - name: LOG_LEVEL
    ///           value: debug
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
    ///       env:
    ///         - name: LOG_LEVEL
    ///           value: info
    ///         - name: LOG_FORMAT
    ///           value: json
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/>
    pub static RULE = "duplicate-env-var" {
        level: Warning,
        precision: VeryHigh,
        tags: ["validity"],
        aliases: [KubeLinter "duplicate-env-var", KubeScore "environment-variable-key-duplication", Kubescape "C-0295"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let mut known = FxHashSet::default();
    for variable in container.env() {
        let Some((name, text)) = variable.get("name").and_then(|name| Some((name, name.text()?))) else {
            continue;
        };
        if known.insert(text.clone()) {
            continue;
        }
        let value = variable.get("value").and_then(|value| value.text()).unwrap_or_default();
        if value.contains(&format!("$({text})")) {
            continue;
        }
        let report = Report {
            message: format!("{} sets `{text}` twice", container.describe()),
            why: "the last value counts, and tools that tell variables apart by name change only one of them"
                .into(),
            help: "remove the one that is not meant".into(),
        };
        cx.report(At::value(name), report);
    }
}
