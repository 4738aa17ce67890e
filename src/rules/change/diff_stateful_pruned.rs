//! `diff-stateful-pruned`

use crate::engine::{Check, Cx, Report, rule};
use crate::graph::{AppliedKey, ChangeView, applied};
use crate::model::ObjectView;

use super::support::{display, gone_at, is_known, prunes, was_written};

rule! {
    /// A change after which a controller deletes data.
    ///
    /// ## Why
    ///
    /// A PersistentVolumeClaim, a StatefulSet, a namespace, a CRD or a database that leaves what a pruning owner
    /// applies is deleted from the cluster, with everything in it. Reverting the commit brings back the object,
    /// not the data.
    ///
    /// ## What passes
    ///
    /// - objects that are kept: `Prune=false` or `Prune=confirm`, `kustomize.toolkit.fluxcd.io/prune: disabled`,
    ///   `helm.sh/resource-policy: keep`
    /// - objects that another owner applies now, which [`diff-owner-moved`](diff-owner-moved.md) is about
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/shop/data.yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    ///   namespace: shop
    /// # file: base/shop/kustomization.yaml
    /// resources: [data.yaml]
    /// # file: head/cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/shop/data.yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: data
    ///   namespace: shop
    ///   annotations:
    ///     kustomize.toolkit.fluxcd.io/prune: disabled
    /// # file: base/shop/kustomization.yaml
    /// resources: [data.yaml]
    /// # file: head/cluster.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources>
    pub static RULE = "diff-stateful-pruned" {
        level: Error,
        precision: High,
        tags: ["change"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

/// Kinds that hold data, or take data with them when they go.
const STATEFUL: [(&str, &str); 21] = [
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("acid.zalan.do", "postgresql"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apps", "StatefulSet"),
    ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
    ("external-secrets.io", "ExternalSecret"),
    ("k8s.mariadb.com", "MariaDB"),
    ("kafka.strimzi.io", "Kafka"),
    ("kafka.strimzi.io", "KafkaTopic"),
    ("minio.min.io", "Tenant"),
    ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
    ("mysql.oracle.com", "InnoDBCluster"),
    ("postgres-operator.crunchydata.com", "PostgresCluster"),
    ("postgresql.cnpg.io", "Cluster"),
    ("psmdb.percona.com", "PerconaServerMongoDB"),
    ("pxc.percona.com", "PerconaXtraDBCluster"),
    ("rabbitmq.com", "RabbitmqCluster"),
    ("rds.services.k8s.aws", "DBInstance"),
    ("sql.cnrm.cloud.google.com", "SQLInstance"),
];

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let head = applied(change.head);
    for (key, objects) in applied(change.base) {
        if !is_stateful(&key) || head.contains_key(&key) {
            continue;
        }
        for gone in objects {
            let Some(owner) = gone.owner.and_then(|owner| change.head_owner(&owner)) else { continue };
            if !prunes(&owner) || !is_known(&owner) || is_kept(&gone.object) {
                continue;
            }
            let Some(at) = gone_at(change, &gone) else { continue };
            let finding = cx.report(
                at,
                Report {
                    message: format!("{} deletes {}, which it no longer applies", owner.display(), display(&key)),
                    why: "it prunes, and what the object holds goes with it; a revert brings back the object alone".into(),
                    help: "keep the object, or turn pruning off for it in a change of its own before it leaves".into(),
                },
            );
            finding.object = Some(gone.object.object_name());
            was_written(finding, &gone.object);
        }
    }
}

fn is_stateful(key: &AppliedKey) -> bool {
    STATEFUL.contains(&(key.group.as_str(), key.kind.as_str()))
}

/// Whether the object says that nobody deletes it.
fn is_kept(object: &ObjectView<'_>) -> bool {
    let options = object.annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
    let mut options = options.split(',').map(str::trim);
    let flux = "kustomize.toolkit.fluxcd.io/prune";
    let is_disabled =
        object.annotation(flux).or_else(|| object.label(flux)).is_some_and(|it| it == "disabled");
    let policy = object.annotation("helm.sh/resource-policy");
    is_disabled
        || options.any(|option| matches!(option, "Prune=false" | "Prune=confirm"))
        || policy.is_some_and(|policy| policy == "keep")
}
