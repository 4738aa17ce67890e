//! `known-credential-committed`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{DocumentView, FileView, ObjectView};

use super::support;
use super::unclaimed::{self, Found, Wanted};

rule! {
    /// A token whose own form gives it away, in a value where nobody looks for one.
    ///
    /// ## Why
    ///
    /// Tokens of GitHub, Slack, AWS and others can be told by how they begin. Scanners of strangers look for exactly that
    /// in every public repository, minutes after a push.
    ///
    /// Looked at are values and comments of every YAML file, pipelines too, values in base64, and the text of env files,
    /// scripts and templates of charts. Where a form has a checksum (GitHub, npm, JSON web tokens) it must be right.
    ///
    /// Forms that are often public or over (JSON web tokens, Google API keys, shared access signatures) are warnings,
    /// and the name of an account alone, as an AWS access key id, is a note.
    ///
    /// ## What passes
    ///
    /// - placeholders of that form, such as those that count to ten, and values that sops encrypted
    /// - CustomResourceDefinitions, whose texts describe fields
    /// - values that other rules look at: Secrets, ConfigMaps, Helm values, environments of containers, env files of
    ///   generators
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Bot
    /// metadata:
    ///   name: bot
    /// spec:
    ///   webhook: https://hooks.slack.com/services/T0KELP0/B0BARNA/Zk3PqX9vLw2RtY7aBc4D
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
        checks: [Check::Document(check), Check::File(check_text), Check::Around(&Check::File(check_env_file))],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let object = document.objects().next();
    for found in unclaimed::in_document(document, Wanted::Other) {
        report(object.as_ref(), found, cx);
    }
}

fn check_text(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if !unclaimed::is_env_file(file) {
        unclaimed::in_text(file, Wanted::Other).into_iter().for_each(|found| report(None, found, cx));
    }
}

fn check_env_file(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if unclaimed::is_env_file(file) && !unclaimed::is_claimed(file, cx.world()) {
        unclaimed::in_text(file, Wanted::Other).into_iter().for_each(|found| report(None, found, cx));
    }
}

fn report(object: Option<&ObjectView<'_>>, found: Found, cx: &mut Cx<'_>) {
    let finding = support::report(
        cx,
        object,
        found.at,
        Report {
            message: format!("{} is committed in clear text", support::form_name(found.form)),
            why: "whoever can read the repository or its history can use it".into(),
            help: "replace the credential; keep the new one in a Secret that is encrypted or comes from a manager"
                .into(),
        },
    );
    // Half of a credential: where only that is wanted, as in an issuer of cert-manager, it may stand.
    if found.form.identifier {
        support::note(finding);
    } else if found.form.is_weak() {
        finding.level = finding.level.lowered();
    }
}
