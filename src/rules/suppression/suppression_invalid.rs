//! `suppression-invalid`

use crate::engine::rule;

rule! {
    /// A `# plimsoll:` comment that cannot be understood.
    ///
    /// ## Why
    ///
    /// It suppresses nothing, whatever its author expects. A name with a typing error would otherwise look like a
    /// decision.
    ///
    /// It is reported when the directive is unknown, when it names no rule or one that does not exist, when
    /// `ignore-file` stands below content, and when a reason is missing although the configuration sets
    /// `require-reason`.
    ///
    /// ## What passes
    ///
    /// `# plimsoll: ignore[rule, rule] reason`, behind what it is about or on the line above; `ignore-file` above all
    /// content. Rules may be named by their names, by globs, by tags (`tag:image`) and by other tools' ids.
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
    ///       image: registry.example.com/web:latest # plimsoll: ignore[image-lastest-tag] until there are releases
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
    pub static RULE = "suppression-invalid" {
        level: Error,
        precision: VeryHigh,
        tags: ["suppression"],
        aliases: [],
        checks: [],
    }
}
