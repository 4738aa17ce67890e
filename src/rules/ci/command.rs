//! How rules read a command: its subcommands and its options.

use std::borrow::Cow;

use crate::shell::{Command, Word};

/// Options of `kubectl`, `helm`, `argocd` and `flux` that stand before a subcommand, and of programs that push images,
/// which take a word.
const VALUED: &[&str] = &[
    "-n",
    "-s",
    "-f",
    "-e",
    "-l",
    "--namespace",
    "--context",
    "--kube-context",
    "--kubeconfig",
    "--cluster",
    "--user",
    "--token",
    "--server",
    "--as",
    "--certificate-authority",
    "--request-timeout",
    "--kube-apiserver",
    "--kube-token",
    "--auth-token",
    "--environment",
    "--file",
    "--selector",
    "--log-level",
    "--helm-binary",
    "--state-values-file",
    // Those of `docker`, `podman` and `buildah`.
    "--digestfile",
    "--authfile",
    "--cert-dir",
    "--creds",
    "--format",
    "--retry",
    "--retry-delay",
];

/// The words that are no options, in order: subcommands first.
pub(super) fn operands(command: &Command) -> impl Iterator<Item = &Word> {
    let mut words = command.arguments().iter();
    std::iter::from_fn(move || {
        loop {
            let word = words.next()?;
            let start = word.start();
            if !start.starts_with('-') || start == "-" {
                return Some(word);
            }
            if VALUED.contains(&start.as_ref()) && word.text().is_some() {
                words.next();
            }
        }
    })
}

/// The first two subcommands, empty where there are none or they are not known.
pub(super) fn subcommands(command: &Command) -> (Cow<'_, str>, Cow<'_, str>) {
    let mut operands = operands(command);
    let mut next = || operands.next().and_then(Word::text).unwrap_or_default();
    let first = next();
    (first, next())
}

/// Whether an option is given, alone or with `=value`.
pub(super) fn has_option(command: &Command, name: &str) -> bool {
    command.arguments().iter().any(|word| {
        let start = word.start();
        start.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

/// Whether the command only says what it would do.
pub(super) fn is_dry(command: &Command) -> bool {
    let dry = command.arguments().iter().any(|word| {
        let text = word.shown();
        text.starts_with("--dry-run") && text != "--dry-run=none" && text != "--dry-run=false"
    });
    dry || has_option(command, "--local") || has_option(command, "--help") || has_option(command, "--export")
}

/// The program, as far as rules about the programs of Kubernetes are concerned.
pub(super) fn program(command: &Command) -> String {
    command.program().map(Cow::into_owned).unwrap_or_default()
}
