//! `suppression-unused`

use crate::engine::rule;

rule! {
    /// A suppression that suppresses nothing.
    ///
    /// ## Why
    ///
    /// The problem it was written for is gone. An exception that nothing needs hides the next problem that falls
    /// under it, and makes readers believe that there is one.
    ///
    /// ## What passes
    ///
    /// - A suppression of a rule that does not run, or has not looked at the file: whether it is needed is not known.
    /// - Other tools' comments and annotations: those tools may still need them.
    ///
    /// Entries of a [baseline](../baseline.md) are suppressions, too: those that accept what is no longer found are told
    /// together, and `plimsoll baseline update` takes them out.
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
    ///       image: registry.example.com/web:1.4.2 # plimsoll: ignore[image-latest-tag] until there are releases
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
    ///       image: registry.example.com/web:latest # plimsoll: ignore[image-latest-tag] until there are releases
    /// ```
    pub static RULE = "suppression-unused" {
        level: Warning,
        precision: VeryHigh,
        tags: ["suppression"],
        aliases: [],
        checks: [],
    }
}
