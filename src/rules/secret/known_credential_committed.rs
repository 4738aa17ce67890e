//! `known-credential-committed`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::DocumentView;

use super::{support, unclaimed};

rule! {
    /// A token whose own form gives it away, in a value where nobody looks for one.
    ///
    /// ## Why
    ///
    /// Tokens of GitHub, Slack, AWS and others can be told by how they begin. Scanners of strangers look for exactly that
    /// in every public repository, minutes after a push.
    ///
    /// ## What passes
    ///
    /// - placeholders of that form, and values that sops encrypted
    /// - values that other rules look at: Secrets, ConfigMaps, Helm values, environments of containers
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Bot
    /// metadata:
    ///   name: bot
    /// spec:
    ///   webhook: https://hooks.slack.com/services/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
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Bot
    /// metadata:
    ///   name: bot
    /// spec:
    ///   webhookSecretRef:
    ///     name: slack
    /// ```
    pub static RULE = "known-credential-committed" {
        level: Error,
        security: 8.5,
        precision: VeryHigh,
        tags: ["secret", "security"],
        aliases: [],
        checks: [Check::Document(check)],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    for (value, found) in unclaimed::find(document) {
        if found.format.is_url_password() {
            continue;
        }
        let object = document.objects().next();
        let finding = support::report(
            cx,
            object.as_ref(),
            At::part(value, found.range.start, found.range.end),
            Report {
                message: format!("{} is committed in clear text", found.format.name),
                why: "whoever can read the repository or its history can use it".into(),
                help: "replace the credential; keep the new one in a Secret that is encrypted or comes from a manager"
                    .into(),
            },
        );
        // Half of a credential: where only that is wanted, as in an issuer of cert-manager, it may stand.
        if found.format.identifier {
            support::note(finding);
        }
    }
}
