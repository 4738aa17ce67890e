//! `suppression-expired`

use crate::engine::rule;

rule! {
    /// An entry of `ignores` in the configuration whose last day is over.
    ///
    /// ## Why
    ///
    /// Somebody accepted a problem for a time, and the time has come. The findings count again, and the entry says
    /// something that is no longer true.
    ///
    /// ## What passes
    ///
    /// The day that `until` names is the last one on which the entry holds.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// ignores:
    ///   - rule: image-latest-tag
    ///     paths: [apps/demo/]
    ///     reason: until there are releases
    ///     until: 2024-12-31
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// ignores:
    ///   - rule: image-latest-tag
    ///     paths: [apps/demo/]
    ///     reason: until there are releases
    ///     until: 2999-12-31
    /// # file: apps/demo/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: registry.example.com/web:latest
    /// ```
    pub static RULE = "suppression-expired" {
        level: Warning,
        precision: VeryHigh,
        tags: ["suppression"],
        aliases: [],
        checks: [],
    }
}
