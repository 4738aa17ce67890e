//! `url-embedded-credentials`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{DocumentView, FileView, ObjectView};
use crate::rules::support::throwaway;
use crate::source::SourceId;

use super::support;
use super::unclaimed::{self, Found, Wanted};

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
    /// - in pipelines, scripts and env files: hosts of one word (`localhost`, `db`), which they have started themselves,
    ///   and a password that repeats the user
    /// - what is for somebody's machine alone (`local/`, `.devcontainer/`, `tests/` at the root, `docker-compose.test.yml`):
    ///  a note
    /// - in files of Compose: hosts of one word, which are in a network of its own
    /// - in settings of programs (`appsettings.json`): the machine itself (`localhost`, `127.0.0.1`)
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
        checks: [
            Check::Around(&Check::Document(check)),
            Check::Around(&Check::File(check_text)),
            Check::Around(&Check::File(check_env_file)),
        ],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let object = document.objects().next();
    for found in unclaimed::in_document(document, Wanted::UrlPassword) {
        report(object.as_ref(), document.file.source, found, cx);
    }
}

fn check_text(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if !unclaimed::is_env_file(file) {
        unclaimed::in_text(file, Wanted::UrlPassword)
            .into_iter()
            .for_each(|found| report(None, file.file.source, found, cx));
    }
}

fn check_env_file(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if unclaimed::is_env_file(file) && !unclaimed::is_claimed(file, cx.world()) {
        unclaimed::in_text(file, Wanted::UrlPassword)
            .into_iter()
            .for_each(|found| report(None, file.file.source, found, cx));
    }
}

fn report(object: Option<&ObjectView<'_>>, file: SourceId, found: Found, cx: &mut Cx<'_>) {
    let place = found.key.map(|key| format!(" in `{key}`")).unwrap_or_default();
    let is_local = throwaway::is_local(file, cx.world());
    let finding = support::report(
        cx,
        object,
        found.at,
        Report {
            message: format!("the address{place} has a password in it"),
            why: "whoever can read the repository or its history can use it, and addresses end up in logs"
                .into(),
            help:
                "replace the credential, and name a Secret that holds the new one (`secretRef`, a repository \
                   Secret of Argo CD), or a variable that the pipeline fills in"
                    .into(),
        },
    );
    if is_local {
        support::note(finding);
        finding.why = support::LOCAL.into();
    }
}
