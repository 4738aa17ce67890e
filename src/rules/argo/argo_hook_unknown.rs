//! `argo-hook-unknown`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::{annotation, words};

rule! {
    /// A hook, or a policy for deleting one, that Argo CD does not know.
    ///
    /// ## Why
    ///
    /// An object whose hook is not known belongs to no phase: it is not applied where its author expects it. An unknown
    /// deletion policy counts as none, and the next sync runs into the old object.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    ///   annotations:
    ///     argocd.argoproj.io/hook: Presync
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    ///   annotations:
    ///     argocd.argoproj.io/hook: PreSync
    ///     argocd.argoproj.io/hook-delete-policy: BeforeHookCreation
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/>
    pub static RULE = "argo-hook-unknown" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd", "ordering"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

const HOOKS: &[&str] = &["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];
const POLICIES: &[&str] = &["HookSucceeded", "HookFailed", "BeforeHookCreation"];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for (name, known, what) in [
        ("argocd.argoproj.io/hook", HOOKS, "hook"),
        ("argocd.argoproj.io/hook-delete-policy", POLICIES, "policy for deleting hooks"),
    ] {
        for word in annotation(object, name).into_iter().flat_map(words) {
            if known.contains(&word.text.as_str()) {
                continue;
            }
            let right =
                known.iter().find(|known| known.to_lowercase() == word.text.replace('-', "").to_lowercase());
            let help = match right {
                Some(right) => format!("write `{right}`"),
                None => format!("use one of {}", known.join(", ")),
            };
            cx.report(
                word.at(),
                Report {
                    message: format!("`{}` is no {what} of Argo CD", word.text),
                    why: "Argo CD ignores it, and the object is not applied in the phase it was written for"
                        .into(),
                    help: help.into(),
                },
            );
        }
    }
}
