//! `argo-sync-option-unknown`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::annotation::sync_options;

rule! {
    /// A sync option that Argo CD does not know, and therefore ignores.
    ///
    /// ## Why
    ///
    /// Options are compared letter by letter. `prune=false` protects nothing: the object is deleted as if the option
    /// were not there, and nothing says so.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    ///   annotations:
    ///     argocd.argoproj.io/sync-options: prune=false
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    ///   annotations:
    ///     argocd.argoproj.io/sync-options: Prune=false
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>
    pub static RULE = "argo-sync-option-unknown" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

const SWITCH: &[&str] = &["true", "false"];
const GUARD: &[&str] = &["true", "false", "confirm"];

/// The options with their values.
const OPTIONS: [(&str, &[&str]); 15] = [
    ("ApplyOutOfSyncOnly", SWITCH),
    ("ClientSideApplyMigration", SWITCH),
    ("CreateNamespace", SWITCH),
    ("Delete", GUARD),
    ("FailOnSharedResource", SWITCH),
    ("Force", SWITCH),
    ("Prune", GUARD),
    ("PruneLast", SWITCH),
    ("PrunePropagationPolicy", &["foreground", "background", "orphan"]),
    ("Replace", SWITCH),
    ("RespectIgnoreDifferences", SWITCH),
    ("ServerSideApply", SWITCH),
    ("SkipDryRunOnMissingResource", SWITCH),
    ("SkipDryRun", SWITCH),
    ("Validate", SWITCH),
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for option in sync_options(object) {
        let Some((problem, help)) = problem(&option.text) else { continue };
        cx.report(
            option.at(),
            Report {
                message: format!("the sync option `{}` {problem}", option.text),
                why: "Argo CD compares options letter by letter and ignores the others without a word".into(),
                help: help.into(),
            },
        );
    }
}

/// What is wrong with an option, and what to write instead.
fn problem(option: &str) -> Option<(&'static str, String)> {
    if option.contains(',') {
        return Some(("holds several options in one item", "give each option an item of its own".to_owned()));
    }
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let exact = OPTIONS.iter().find(|(known, _)| *known == name);
    if let Some((known, values)) = exact {
        if values.contains(&value) {
            return None;
        }
        let right = values.iter().find(|right| right.eq_ignore_ascii_case(value.trim()));
        let help = match right {
            Some(right) => format!("write `{known}={right}`"),
            None => format!("write `{known}=` with one of {}", values.join(", ")),
        };
        return Some(("has a value that Argo CD does not know", help));
    }
    if matches!(
        name,
        "IgnoreExtraneous" | "ServerSideDiff" | "IncludeMutationWebhook" | "IgnoreResourceUpdates"
    ) {
        let help = "put it into the annotation `argocd.argoproj.io/compare-options`".to_owned();
        return Some(("is an option for comparing, not for syncing", help));
    }
    let similar = OPTIONS
        .iter()
        .map(|(known, _)| (strsim::jaro_winkler(&known.to_lowercase(), &name.trim().to_lowercase()), known));
    let best = similar.filter(|(score, _)| *score > 0.85).max_by(|a, b| a.0.total_cmp(&b.0));
    let help = match best {
        Some((_, known)) => format!("write `{known}={}`", value.trim().to_lowercase()),
        None => "use an option of the documentation, or remove it".to_owned(),
    };
    Some(("is none that Argo CD knows", help))
}
