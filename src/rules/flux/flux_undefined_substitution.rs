//! `flux-undefined-substitution`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::render::{Event, EventKind};

use super::waiting::is_waiting;

rule! {
    /// A variable of Flux's post-build substitution that nothing defines.
    ///
    /// ## Why
    ///
    /// Since Flux 2.9 an undefined variable fails the whole Kustomization: nothing of it is applied any more. Before, an
    /// empty text took its place, which gives an empty host name, or a shell script in a ConfigMap that lost its
    /// variables.
    ///
    /// Defined are the entries of `substitute`, and the keys of the ConfigMaps and Secrets of `substituteFrom`; keys of
    /// Secrets that sops encrypted can be read.
    ///
    /// ## What passes
    ///
    /// - variables with a default (`${DOMAIN:=example.com}`), `$VAR` without braces, and `$${VAR}`, which stays `${VAR}`
    /// - objects with the label or annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`
    /// - Kustomizations that take variables from an object which is not in the repository, or of which another cluster
    ///   alone has one here
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
    /// # file: apps/ingress.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    /// spec:
    ///   rules:
    ///     - host: shop.${CLUSTER_DOMAIN}
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
    /// # file: apps/ingress.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    /// spec:
    ///   rules:
    ///     - host: shop.${CLUSTER_DOMAIN:=example.com}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>
    pub static RULE = "flux-undefined-substitution" {
        level: Error,
        precision: High,
        tags: ["flux", "substitution"],
        aliases: [],
        checks: [Check::Event(&[EventKind::UndefinedVariable], check)],
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
            why: "since Flux 2.9 the whole Kustomization fails, and before that nothing stood in its place".into(),
            help: "define it under `postBuild`, give it a default as in `${NAME:=value}`, or write `$${NAME}` where a \
                   script or a program is to see it"
                .into(),
        },
    );
    if is_waiting {
        finding.level = Level::Note;
        finding.why = "nothing here applies the Kustomization; once something does, it fails".into();
    }
}
