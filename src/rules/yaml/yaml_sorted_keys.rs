//! `yaml-sorted-keys`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

rule! {
    /// Keys of an object that are not in alphabetical order.
    ///
    /// ## Why
    ///
    /// Where all files are sorted, a diff shows what changed and never what moved. Kubernetes writes its own objects so; its
    /// documentation puts `apiVersion` and `kind` first and `spec` last, which is in order as well.
    ///
    /// ## What is reported
    ///
    /// The first key of an object that should stand further up.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   namespace: web
    ///   name: settings
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.kubelinter.io/#/generated/checks?id=sorted-keys>
    pub static RULE = "yaml-sorted-keys" {
        level: Note,
        profile: Named,
        precision: VeryHigh,
        tags: ["style"],
        aliases: [KubeLinter "sorted-keys"],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let mut waiting = vec![object.root];
    while let Some(value) = waiting.pop() {
        let mut last = None;
        let mut children: Vec<Cursor<'_>> = value.items().collect();
        for entry in value.entries() {
            let Some(key) = entry.key.text() else { continue };
            if let Some(last) = last.as_ref().filter(|last| **last > key) {
                let report = Report {
                    message: format!("`{key}` stands behind `{last}`"),
                    why: "sorted files have diffs that show what changed and never what moved".into(),
                    help: format!("move it in front of `{last}`").into(),
                };
                cx.report(At::key(entry.value), report);
                return;
            }
            last = Some(key);
            // What an alias names is written elsewhere, and looked at there.
            if entry.value.alias().is_none() {
                children.push(entry.value);
            }
        }
        waiting.extend(children.into_iter().rev());
    }
}
