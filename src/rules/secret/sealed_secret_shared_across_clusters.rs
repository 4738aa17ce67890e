//! `sealed-secret-shared-across-clusters`

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{ClusterId, GraphView};

rule! {
    /// A SealedSecret that two clusters are given with the same ciphertext.
    ///
    /// ## Why
    ///
    /// Each cluster has a sealing key of its own, so a secret sealed for one cannot be opened in another: there the
    /// Secret never comes into being. Where it does, both clusters hold the same private key, and whoever has one
    /// has the secrets of both.
    ///
    /// ## What passes
    ///
    /// - clusters that are only known when they run
    /// - the same SealedSecret twice in one cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/eu/ks.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps/shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: clusters/us/ks.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps/shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/shop/kustomization.yaml
    /// resources: [db.yaml]
    /// # file: apps/shop/db.yaml
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    /// spec:
    ///   encryptedData:
    ///     password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq7ZfVWGqE0u4=
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/eu/ks.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps/shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/shop/kustomization.yaml
    /// resources: [db.yaml]
    /// # file: apps/shop/db.yaml
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    /// spec:
    ///   encryptedData:
    ///     password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq7ZfVWGqE0u4=
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/bitnami-labs/sealed-secrets#sealing-key-renewal>
    pub static RULE = "sealed-secret-shared-across-clusters" {
        level: Warning,
        precision: High,
        tags: ["secret", "graph"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let mut known: FxHashMap<String, ClusterId> = FxHashMap::default();
    let sealed = view.graph.objects.iter().filter(|placed| placed.key.kind == "SealedSecret");
    for placed in sealed.filter(|placed| !view.graph.cluster(placed.key.cluster).is_opaque) {
        let object = view.placed(placed);
        let Some(data) = object.root.path(&["spec", "encryptedData"]) else { continue };
        for value in data.scalars().filter(|value| value.key().is_some()) {
            let Some(text) = value.text().filter(|text| !text.is_empty()) else { continue };
            let cluster = *known.entry(text.into_owned()).or_insert(placed.key.cluster);
            if cluster == placed.key.cluster {
                continue;
            }
            let names = [cluster, placed.key.cluster].map(|id| view.graph.cluster(id).name.as_str());
            let names =
                names.map(|name| if name.is_empty() { "this one".to_owned() } else { format!("`{name}`") });
            let finding = cx.report(
                At::value(value),
                Report {
                    message: format!(
                        "SealedSecret `{}` goes to the clusters {} and {} with the same ciphertext",
                        object.name(),
                        names[0],
                        names[1]
                    ),
                    why: "one of them cannot open it, or both hold the same private key".into(),
                    help: "seal the secret for each cluster with that cluster's certificate".into(),
                },
            );
            finding.object = Some(object.object_name());
            break;
        }
    }
}
