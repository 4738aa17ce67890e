//! `url-embedded-credentials`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::DocumentView;

use super::{support, unclaimed};

rule! {
    /// A password or token in the address of a repository or a service.
    ///
    /// ## Why
    ///
    /// Whoever can read this repository can use it, now and from its history, and addresses are printed in logs, in the
    /// status of objects and in error messages.
    ///
    /// ## What passes
    ///
    /// - addresses with a variable or a template in place of the password
    /// - values that other rules look at: Secrets, ConfigMaps, Helm values, environments of containers
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: GitRepository
    /// metadata:
    ///   name: app
    ///   namespace: flux-system
    /// spec:
    ///   interval: 5m
    ///   url: https://bot:kelp-2048-barnacle@git.example.com/acme/app
    ///   ref:
    ///     branch: main
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: source.toolkit.fluxcd.io/v1
    /// kind: GitRepository
    /// metadata:
    ///   name: app
    ///   namespace: flux-system
    /// spec:
    ///   interval: 5m
    ///   url: https://git.example.com/acme/app
    ///   secretRef:
    ///     name: app-auth
    ///   ref:
    ///     branch: main
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/private-repositories/>
    pub static RULE = "url-embedded-credentials" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["secret", "security"],
        aliases: [],
        checks: [Check::Document(check)],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    for (value, found) in unclaimed::find(document) {
        if !found.format.is_url_password() {
            continue;
        }
        let object = document.objects().next();
        let key = value.key().and_then(|key| key.text());
        let place = key.map_or_else(|| "an item".to_owned(), |key| format!("`{key}`"));
        support::report(
            cx,
            object.as_ref(),
            At::part(value, found.range.start, found.range.end),
            Report {
                message: format!("the address in {place} has a password in it"),
                why: "whoever can read the repository or its history can use it, and addresses end up in logs".into(),
                help: "replace the credential, and name a Secret that holds the new one (`secretRef`, a repository \
                       Secret of Argo CD)"
                    .into(),
            },
        );
    }
}
