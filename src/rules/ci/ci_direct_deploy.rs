//! `ci-direct-deploy`

use crate::ci::{Dialect, Job};
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;

use super::deploy;
use super::ephemeral::Ephemeral;

rule! {
    /// A pipeline that changes a cluster itself.
    ///
    /// ## Why
    ///
    /// The cluster then has two masters: what the pipeline pushed is undone by the controller, or stays and is nowhere in
    /// git. The pipeline needs credentials for the cluster, and a deployment that failed half way leaves no trace.
    ///
    /// Where nothing of the repository is reconciled by Argo CD or Flux, pushing is all there is, and the finding is a note.
    ///
    /// ## What passes
    ///
    /// - reading commands, `--dry-run`, `kubectl diff`, `helm template`, `kustomize build`
    /// - jobs that make a cluster of their own: kind, k3d, minikube, colima, vcluster, envtest, also in a script or a target
    ///   that they run, or a pipeline that makes one at a cloud and takes it away again
    /// - what a pipeline does in a namespace that it makes and takes away again afterwards
    /// - installing the reconciler itself, and applying Applications and the like; `ci-imperative-gitops-cli` speaks of that
    /// - starting a run of a pipeline with a here-document
    /// - `kubectl run` of a pod that is not started again, which asks something and ends, and deleting a pod by its name
    ///
    /// Jobs that only a person can start and that are named `break-glass`, `bootstrap` or `disaster` are lowered by one level.
    ///
    /// So are functions of scripts that a job reads: it may call others of them.
    ///
    /// Tasks of Tekton and templates of Argo Workflows run in a cluster, and some of them tend it: they are at most warnings.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: {push: {branches: [main]}}
    /// jobs:
    ///   deploy:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: actions/checkout@v4
    ///       - run: kubectl apply -f k8s/
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/workflows/deploy.yml
    /// on: {push: {branches: [main]}}
    /// jobs:
    ///   promote:
    ///     runs-on: ubuntu-latest
    ///     steps:
    ///       - uses: actions/checkout@v4
    ///       - run: |
    ///           kubectl apply -f k8s/ --dry-run=client
    ///           cd envs/staging && kustomize edit set image ghcr.io/acme/web:${GITHUB_SHA}
    ///       - uses: peter-evans/create-pull-request@v7
    /// ```
    ///
    /// ## References
    ///
    /// - <https://opengitops.dev/>
    pub static RULE = "ci-direct-deploy" {
        level: Error,
        security: 6.0,
        precision: High,
        tags: ["ci"],
        aliases: [],
        checks: [Check::Job(check)],
    }
}

/// Words in the name of a job that is for emergencies.
const EMERGENCY: [&str; 4] = ["break-glass", "breakglass", "bootstrap", "disaster"];

fn check(job: &Job, cx: &mut Cx<'_>) {
    let deploys: Vec<_> =
        deploy::of_steps(&job.steps).filter(|(_, deploy)| !deploy.is_of_engine(cx.world())).collect();
    if deploys.is_empty() {
        return;
    }
    let ephemeral = Ephemeral::of(job, cx.world());
    let name = job.name.to_ascii_lowercase();
    let is_emergency = job.is_manual() && EMERGENCY.iter().any(|word| name.contains(word));
    let is_inside = matches!(job.dialect, Dialect::Tekton | Dialect::ArgoWorkflows);
    let level = if is_inside { deploy::level(cx).min(Level::Warning) } else { deploy::level(cx) };
    for (_, deploy) in deploys.into_iter().filter(|(_, deploy)| !ephemeral.has(deploy.span)) {
        let finding = cx.report(
            At::span(deploy.span),
            Report {
                message: format!("job `{}` changes the cluster itself with `{}`", job.name, deploy.what),
                why: "what a pipeline pushes is in no commit, and a reconciler undoes it or never learns of it".into(),
                help: "let the pipeline commit the change, or open a pull request, and let the reconciler apply it".into(),
            },
        );
        let is_of_library = deploy.in_function && deploy.span.source != job.source;
        finding.level = if is_emergency || is_of_library { level.lowered() } else { level };
    }
}
