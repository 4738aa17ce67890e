//! `ci-deprecated-validator`

use crate::ci::Job;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::source::Span;

use super::command::program;

rule! {
    /// A pipeline that checks manifests with a tool that nobody maintains any more.
    ///
    /// ## Why
    ///
    /// kubeval's schemas stop at versions of Kubernetes that nobody runs: it fails on newer kinds, or is told to pass over
    /// them, and then checks nothing. flux-local was given up in 2026 in favour of flate, and does not learn what Flux
    /// learns.
    ///
    /// ## What passes
    ///
    /// - kubeconform, flate and others that are maintained
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/validate.yml
    /// on: pull_request
    /// jobs:
    ///   validate:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kustomize build envs/prod | kubeval --strict
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/validate.yml
    /// on: pull_request
    /// jobs:
    ///   validate:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: kustomize build envs/prod | kubeconform -strict
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/instrumenta/kubeval>
    /// - <https://github.com/allenporter/flux-local>
    pub static RULE = "ci-deprecated-validator" {
        level: Note,
        precision: High,
        tags: ["ci"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// The tools, what became of them, and what takes their place.
const TOOLS: [(&str, &str, &str); 2] = [
    (
        "kubeval",
        "its schemas stop at versions of Kubernetes that nobody runs",
        "use kubeconform, which grew out of it",
    ),
    (
        "flux-local",
        "it was given up in favour of flate, and does not learn what Flux learns",
        "use flate, which its users moved to",
    ),
];

fn check(job: &Job, cx: &mut Cx<'_>) {
    let mut uses: Vec<(Span, String)> = Vec::new();
    for step in &job.steps {
        // `docker run ghcr.io/allenporter/flux-local` and `uses: docker://…` alike.
        uses.extend(step.uses.as_ref().map(|uses| (uses.span, uses.text.to_ascii_lowercase())));
        for command in step.commands() {
            let program = program(command);
            let image =
                || command.arguments().iter().map(|word| word.start()).find(|word| word.contains('/'));
            match program.as_str() {
                "docker" | "podman" => {
                    uses.extend(image().map(|image| (command.words_span(), image.to_ascii_lowercase())));
                }
                _ => uses.push((command.words_span(), program)),
            }
        }
    }
    for (name, fate, instead) in TOOLS {
        // Once is enough for a job.
        let found = uses.iter().find(|(_, text)| is_named(text, name));
        if let Some((span, _)) = found {
            cx.report(
                At::span(*span),
                Report {
                    message: format!(
                        "job `{}` checks manifests with {name}, which is no longer maintained",
                        job.name
                    ),
                    why: fate.into(),
                    help: instead.into(),
                },
            );
        }
    }
}

/// Whether a program, an action or an image is the tool: `instrumenta/kubeval-action`, `garethr/kubeval:latest`.
fn is_named(text: &str, name: &str) -> bool {
    let text = text.split_once('@').map_or(text, |(text, _)| text);
    text.split(['/', ':']).any(|part| part == name || part.strip_prefix(name) == Some("-action"))
}
