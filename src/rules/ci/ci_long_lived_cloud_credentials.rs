//! `ci-long-lived-cloud-credentials`

use crate::ci::{Job, Step, Text, Variable};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::{has_option, program, subcommands};

rule! {
    /// Credentials of a cloud that never expire, in a pipeline.
    ///
    /// ## Why
    ///
    /// A key that is copied into the settings of a pipeline works from anywhere, until somebody remembers to replace it.
    /// AWS, Azure and Google Cloud trust a token that the forge signs for one run instead, so there is nothing to steal.
    ///
    /// A personal token for `ghcr.io` is a note: the token that every run has is enough for packages of the repository
    /// itself, and not for those of others.
    ///
    /// ## What passes
    ///
    /// - a role or a workload identity, also one that is reached with a key of its own
    /// - keys that come from an earlier step, or together with a session token
    /// - keys for stores that only speak the protocol of S3, as far as a name or an endpoint says so
    ///
    /// Whether the job may ask for a token at all (`id-token: write`) is not looked at: without it the first run fails.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: push
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: aws-actions/configure-aws-credentials@v4
    ///         with:
    ///           aws-access-key-id: ${{ secrets.AWS_KEY }}
    ///           aws-secret-access-key: ${{ secrets.AWS_SECRET }}
    ///           aws-region: eu-west-3
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: push
    /// permissions: {id-token: write, contents: read}
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: aws-actions/configure-aws-credentials@v4
    ///         with:
    ///           role-to-assume: arn:aws:iam::123456789012:role/ci
    ///           aws-region: eu-west-3
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments>
    /// - <https://docs.gitlab.com/ci/cloud_services/>
    pub static RULE = "ci-long-lived-cloud-credentials" {
        level: Warning,
        security: 6.0,
        precision: High,
        tags: ["ci", "security"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// Variables that programs of a cloud read a key from, and whose key that is.
const VARIABLES: [(&str, &str); 7] = [
    ("AWS_SECRET_ACCESS_KEY", "AWS"),
    ("ARM_CLIENT_SECRET", "Azure"),
    ("AZURE_CLIENT_SECRET", "Azure"),
    ("AZURE_CREDENTIALS", "Azure"),
    ("GOOGLE_CREDENTIALS", "Google Cloud"),
    ("GCP_SA_KEY", "Google Cloud"),
    ("GOOGLE_APPLICATION_CREDENTIALS_JSON", "Google Cloud"),
];

/// Words in names of secrets and addresses of stores that are not AWS and have no roles to assume.
const STORES: [&str; 16] = [
    "r2",
    "minio",
    "b2",
    "backblaze",
    "spaces",
    "wasabi",
    "scw",
    "scaleway",
    "hetzner",
    "ceph",
    "cloudflare",
    "garage",
    "ovh",
    "linode",
    "oci",
    "digitalocean",
];

/// A key that was found.
struct Key {
    span: Span,
    /// What it opens.
    cloud: &'static str,
    what: &'static str,
    /// What it should be instead.
    instead: &'static str,
    is_note: bool,
}

/// What most of them are.
const KEY: &str = "key that does not expire";
const OIDC: &str =
    "let the cloud trust tokens of the pipeline (OpenID Connect) and assume a role; delete the key";

fn check(job: &Job, cx: &mut Cx<'_>) {
    let other_store = names_other_store(job);
    let variable = |variable: &Variable| of_variable(variable).filter(|_| !other_store);
    // One finding for each: a variable of the pipeline is one of the step as well.
    let mut found: Vec<Key> = job.variables.iter().filter_map(variable).collect();
    for step in &job.steps {
        let is_temporary = step.variables.iter().any(|one| one.name == "AWS_SESSION_TOKEN");
        found.extend(step.variables.iter().filter(|_| !is_temporary).filter_map(variable));
        // Whoever calls a workflow decides which token it gets.
        let is_called = job.triggers.iter().any(|trigger| trigger.event == "workflow_call");
        let of_action = of_action(step).filter(|key| !other_store || key.cloud != "AWS");
        found.extend(of_action.filter(|key| !(is_called && key.is_note)));
        found.extend(step.commands().filter_map(of_command));
    }
    // One finding for a job and what it logs in to: it is one role that takes the place of all of them.
    let mut told: Vec<&str> = Vec::new();
    for key in &found {
        if told.contains(&key.cloud) {
            continue;
        }
        told.push(key.cloud);
        let others = found.iter().filter(|other| other.cloud == key.cloud && other.span != key.span);
        let others: Vec<Span> = others.map(|other| other.span).take(4).collect();
        let finding = cx.report(
            At::span(key.span),
            Report {
                message: format!("job `{}` logs in to {} with a {}", job.name, key.cloud, key.what),
                why: "whoever reads it once may use it from anywhere, until somebody replaces it".into(),
                help: key.instead.into(),
            },
        );
        let again = |span| Related { span, message: "and here".into() };
        finding.related.extend(others.into_iter().map(again));
        if key.is_note {
            finding.level = finding.level.min(Level::Note);
        }
    }
}

/// Whether a value is taken from the secrets of the pipeline.
fn is_secret(value: &Text) -> bool {
    value.text.contains("secrets.") && !value.text.contains("secrets.GITHUB_TOKEN")
}

fn of_variable(variable: &Variable) -> Option<Key> {
    let (_, cloud) = VARIABLES.iter().find(|(name, _)| *name == variable.name)?;
    is_secret(&variable.value).then_some(Key {
        span: variable.value.span,
        cloud,
        what: KEY,
        instead: OIDC,
        is_note: false,
    })
}

fn of_action(step: &Step) -> Option<Key> {
    let action = step.action()?;
    let has = |name: &str| step.input(name).is_some();
    let secret = |name: &str| step.input(name).filter(|value| is_secret(value));
    let (value, cloud) = match action.as_str() {
        "aws-actions/configure-aws-credentials" if !has("role-to-assume") && !has("aws-session-token") => {
            (secret("aws-secret-access-key")?, "AWS")
        }
        "google-github-actions/auth" if !has("workload_identity_provider") => {
            (secret("credentials_json")?, "Google Cloud")
        }
        "google-github-actions/setup-gcloud" => (secret("service_account_key")?, "Google Cloud"),
        "azure/login" => (secret("creds")?, "Azure"),
        "docker/login-action" => return registry(step, secret("password")?),
        _ => return None,
    };
    Some(Key { span: value.span, cloud, what: KEY, instead: OIDC, is_note: false })
}

/// A log-in to a registry that takes short-lived tokens. Docker Hub and many others take none.
fn registry(step: &Step, password: &Text) -> Option<Key> {
    let registry = step.input("registry")?.text.as_str();
    let is_google =
        registry.ends_with("-docker.pkg.dev") || registry == "gcr.io" || registry.ends_with(".gcr.io");
    let is_amazon = registry.contains(".dkr.ecr.");
    if registry == "ghcr.io" {
        return Some(Key {
            span: password.span,
            cloud: "`ghcr.io`",
            what: "token of a person",
            instead: "use `secrets.GITHUB_TOKEN` with `packages: write`, which ends with the run",
            is_note: true,
        });
    }
    (is_google || is_amazon).then_some(Key {
        span: password.span,
        cloud: "the registry of a cloud",
        what: KEY,
        instead: OIDC,
        is_note: false,
    })
}

fn of_command(command: &Command) -> Option<Key> {
    let (first, second) = subcommands(command);
    let cloud = match (program(command).as_str(), first.as_ref(), second.as_ref()) {
        ("gcloud", "auth", "activate-service-account") => "Google Cloud",
        ("az", "login", _) => {
            let has_secret = ["-p", "--password"].iter().any(|option| has_option(command, option));
            let is_federated = has_option(command, "--federated-token") || has_option(command, "--identity");
            if !has_option(command, "--service-principal") || !has_secret || is_federated {
                return None;
            }
            "Azure"
        }
        _ => return None,
    };
    Some(Key { span: command.words_span(), cloud, what: KEY, instead: OIDC, is_note: false })
}

/// Whether keys called AWS are for a store of somebody else.
fn names_other_store(job: &Job) -> bool {
    let variables = || job.variables.iter().chain(job.steps.iter().flat_map(|step| &step.variables));
    let of_aws = variables().filter(|variable| variable.name.starts_with("AWS_"));
    let inputs =
        job.steps.iter().flat_map(|step| &step.inputs).filter(|input| input.name.starts_with("aws-"));
    let by_name = of_aws.chain(inputs).any(|variable| {
        let mut words = variable.value.text.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| STORES.contains(&word.to_ascii_lowercase().as_str()))
    });
    let mut named = variables().map(|variable| variable.name.to_ascii_lowercase());
    by_name
        || named.any(|name| name.contains("endpoint"))
        || job
            .commands()
            .any(|command| command.words.iter().map(Word::start).any(|word| word.contains("endpoint")))
}
