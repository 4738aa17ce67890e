//! `flux-bad-substitution`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::render::{Event, EventKind};

use super::waiting::is_waiting;

rule! {
    /// Text that Flux takes for a variable and cannot read.
    ///
    /// ## Why
    ///
    /// Where a Kustomization has `postBuild` variables, Flux reads every `${` of what it applies. What is no variable to
    /// it, such as `${list[@]}` or `${NAME-default}` of a shell script in a ConfigMap, ends with an error, and nothing of
    /// the Kustomization is applied any more.
    ///
    /// ## What passes
    ///
    /// - `$VAR` without braces, and `$${VAR}`, which stays `${VAR}`
    /// - objects with the label or annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`
    /// - Kustomizations that may have no variables at all
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   postBuild:
    ///     substitute:
    ///       CLUSTER_NAME: production
    /// # file: apps/script.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: scripts
    /// data:
    ///   run.sh: |
    ///     for host in "${hosts[@]}"; do ping $host; done
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   postBuild:
    ///     substitute:
    ///       CLUSTER_NAME: production
    /// # file: apps/script.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: scripts
    ///   annotations:
    ///     kustomize.toolkit.fluxcd.io/substitute: disabled
    /// data:
    ///   run.sh: |
    ///     for host in "${hosts[@]}"; do ping $host; done
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>
    pub static RULE = "flux-bad-substitution" {
        level: Error,
        precision: High,
        tags: ["flux", "substitution"],
        aliases: [],
        checks: [Check::Event(&[EventKind::BadSubstitution], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    if event.unverifiable {
        return;
    }
    let is_waiting = is_waiting(event, cx.world());
    let finding = cx.report(
        At::span(event.span),
        Report {
            message: event.message.clone(),
            why: "the substitution ends with an error, and nothing of the Kustomization is applied".into(),
            help: "write `$${…}` where a script or a program is to see it, or keep the object as it is with the \
                   annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`"
                .into(),
        },
    );
    if is_waiting {
        finding.level = Level::Note;
        finding.why = "nothing here applies the Kustomization; once something does, it fails".into();
    }
}
