//! `pipeline-credential`

use crate::ci::{Job, Variable};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::secret::command::{Given, given};
use crate::model::secret::placeholder::stand_in_under;
use crate::model::secret::repeat::{Rarity, rarity};
use crate::model::secret::{Certainty, by_key};
use crate::source::Span;

use super::unclaimed;

rule! {
    /// A password or token that a pipeline or a script has written in it.
    ///
    /// ## Why
    ///
    /// Everybody who can read the repository or its history has it, it is copied with every fork, and runners print
    /// commands and variables into logs: they hide only what they were given as a secret.
    ///
    /// Looked at are variables under the name of a credential, inputs of actions, flags (`--password`, `--token`),
    /// assignments in scripts, and what programs take to log in: `docker login -p`, `curl -u user:password`,
    /// `kubectl config set-credentials --token`, `sshpass -p` and others.
    ///
    /// ## What passes
    ///
    /// - `${{ secrets.… }}`, `$VARIABLE`, `$(command)`, `--password-stdin`
    /// - passwords for tests: words, names, what repeats the user, and in variables and flags whatever was not made by
    ///   a generator of passwords
    /// - tokens of a known form, which `known-credential-committed` reports, and passwords in addresses, which
    ///   `url-embedded-credentials` does
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/push.yaml
    /// on: push
    /// jobs:
    ///   push:
    ///     runs-on: ubuntu-24.04
    ///     steps:
    ///       - run: docker login -u bot -p kelp-2048-barnacle registry.example.com
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/push.yaml
    /// on: push
    /// jobs:
    ///   push:
    ///     runs-on: ubuntu-24.04
    ///     steps:
    ///       - run: docker login -u bot --password-stdin registry.example.com <<< "$PASSWORD"
    ///         env:
    ///           PASSWORD: ${{ secrets.REGISTRY_PASSWORD }}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.github.com/en/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions>
    /// - <https://docs.gitlab.com/ci/variables/#cicd-variable-security>
    pub static RULE = "pipeline-credential" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["secret", "security", "ci"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// Words in passwords of things that are thrown away after a test.
const OF_TESTS: [&str; 14] = [
    "admin", "root", "test", "guest", "postgres", "mysql", "redis", "minio", "demo", "foo", "bar", "local",
    "fake", "mock",
];

fn check(job: &Job, cx: &mut Cx<'_>) {
    let steps = job.steps.iter().flat_map(|step| step.variables.iter().chain(&step.inputs));
    for variable in job.variables.iter().chain(steps).filter(|variable| is_credential(variable)) {
        report(&variable.name, variable.value.span, job, cx);
    }
    for given in job.commands().flat_map(given).filter(is_given) {
        report(&given.name, given.span, job, cx);
    }
}

/// Whether the name asks for a credential and the value was made by a generator.
fn is_credential(variable: &Variable) -> bool {
    is_strong(&variable.name, &variable.value.text)
}

fn is_strong(name: &str, value: &str) -> bool {
    let found = by_key(name, value);
    found.is_some_and(|found| found.certainty == Certainty::Named)
        && rarity(value) == Rarity::Random
        && !unclaimed::is_reported(value)
}

/// Whether what a command is given is a credential; one with which it logs in need not look like one.
fn is_given(given: &Given) -> bool {
    let Given { name, value, is_login, user, .. } = given;
    if !is_login {
        return is_strong(name, value);
    }
    let lower = value.to_ascii_lowercase();
    let mut words = lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    // `admin123`, `test-password`, `1234`
    let is_of_test = words.all(|word| OF_TESTS.contains(&word)) || value.len() < 4;
    let repeats_user = user.as_ref() == Some(value);
    stand_in_under(name, value).is_none() && !is_of_test && !repeats_user && !unclaimed::is_reported(value)
}

fn report(name: &str, span: Span, job: &Job, cx: &mut Cx<'_>) {
    cx.report(
        At::span(span),
        Report {
            message: format!("`{name}` in job `{}` has a credential written in it", job.name),
            why: "whoever can read the repository or its history has it, and runners print it in logs".into(),
            help: "replace the credential, and keep the new one as a secret of the pipeline".into(),
        },
    );
}
