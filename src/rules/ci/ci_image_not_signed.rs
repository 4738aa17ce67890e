//! `ci-image-not-signed`

use crate::ci::{Dialect, Job, Step};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::shell::Command;
use crate::source::SourceId;

use super::command::{program, subcommands};
use super::image_push::pushes;

rule! {
    /// A pipeline that pushes images nobody signs.
    ///
    /// ## Why
    ///
    /// A signature, or an attestation of where an image was built, is what a policy in the cluster can ask for. Without
    /// one, whoever can write to the registry decides what runs.
    ///
    /// Runs in the profile `pedantic`, because a signature that nothing verifies protects nobody.
    ///
    /// ## What passes
    ///
    /// - a pipeline that signs or attests anything: cosign, notation, `actions/attest-build-provenance`, the generators of
    ///   SLSA, `provenance:` or `attests:` of `docker/build-push-action`
    /// - images that another pipeline may sign, since the job calls it
    /// - tasks of Tekton, since Chains signs what they push
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/build.yml
    /// on: push
    /// jobs:
    ///   build:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: docker push "ghcr.io/acme/web:$GITHUB_SHA"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/build.yml
    /// on: push
    /// jobs:
    ///   build:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - run: |
    ///           docker push "ghcr.io/acme/web:$GITHUB_SHA"
    ///           cosign sign --yes "ghcr.io/acme/web@$DIGEST"
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.sigstore.dev/cosign/signing/overview/>
    pub static RULE = "ci-image-not-signed" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["ci", "image", "supply-chain"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

fn check(job: &Job, cx: &mut Cx<'_>) {
    // Chains of Tekton signs what its tasks push.
    if job.dialect == Dialect::Tekton {
        return;
    }
    let pushed: Vec<_> = job.steps.iter().flat_map(pushes).collect();
    let Some(first) = pushed.first() else { return };
    if signs(cx, job.source) {
        return;
    }
    let images = match pushed.len() {
        1 => "an image".to_owned(),
        count => format!("{count} images"),
    };
    cx.report(
        At::span(first.span),
        Report {
            message: format!("job `{}` pushes {images}, and nothing in this pipeline signs", job.name),
            why: "a cluster cannot tell an image of this pipeline from one that somebody else pushed".into(),
            help: "sign the digest with cosign, or attest the build, and let the cluster verify it".into(),
        },
    );
}

/// Whether any job of the same file signs, or leaves that to another pipeline.
fn signs(cx: &Cx<'_>, source: SourceId) -> bool {
    let mut steps = cx.world().jobs.iter().filter(|job| job.source == source).flat_map(|job| &job.steps);
    steps.any(|step| action_signs(step) || step.commands().any(command_signs))
}

fn action_signs(step: &Step) -> bool {
    let Some(action) = step.action() else { return false };
    const WORDS: [&str; 7] = ["cosign", "sigstore", "notation", "attest", "slsa", "sign-image", "provenance"];
    let given = |name: &str| step.input(name).is_some_and(|input| input.text != "false");
    // A called workflow, or an action of the repository, may sign.
    let is_called = action.contains(".github/workflows/") || action.starts_with("./");
    is_called || WORDS.iter().any(|word| action.contains(word)) || given("provenance") || given("attests")
}

fn command_signs(command: &Command) -> bool {
    let (first, second) = subcommands(command);
    let given =
        command.arguments().iter().map(|word| word.start()).any(|word| {
            word.starts_with("--provenance") || word.starts_with("--attest") || word == "--sign-by"
        });
    given
        || match program(command).as_str() {
            "cosign" | "notation" => matches!(&*first, "sign" | "attest"),
            "docker" => first == "trust" && second == "sign",
            _ => false,
        }
}
