//! `yaml-duplicate-key`

use crate::engine::{Check, Cx, rule};
use crate::model::FileView;
use crate::yaml::ProblemKind;

use super::problem;

rule! {
    /// A mapping in which one key stands twice.
    ///
    /// ## Why
    ///
    /// YAML forbids it. Kustomize and strict readers refuse the file; others silently take the last value, so what
    /// the first one says never happens.
    ///
    /// ## What passes
    ///
    /// - the same key in different mappings
    /// - a key that overrides one merged in with `<<`
    /// - two `<<` in what Kustomize does not read: both are merged
    /// - files of other programs, which may allow it, and Helm values that say the same twice, are a warning
    /// - kustomizations, which Kustomize reads all the same: `kustomize-duplicate-key` reports them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   LOG_LEVEL: info
    ///   LOG_LEVEL: debug
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   LOG_LEVEL: debug
    /// ```
    ///
    /// ## References
    ///
    /// - <https://yaml.org/spec/1.2.2/#3213-node-comparison>
    pub static RULE = "yaml-duplicate-key" {
        level: Error,
        precision: VeryHigh,
        tags: ["yaml", "validity"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    problem::report(
        file,
        ProblemKind::DuplicateKey,
        "one of the two values is lost: Kustomize refuses the file, other readers take the last",
        "keep one of the two keys",
        cx,
    );
}
