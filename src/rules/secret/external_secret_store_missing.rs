//! `external-secret-store-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::GraphView;
use crate::model::{KindName, ObjectView};
use crate::rules::support::{nearest, together};

use super::terraform_stores::TerraformStores;

rule! {
    /// An ExternalSecret that asks a store which the repository does not declare.
    ///
    /// ## Why
    ///
    /// Without its store an ExternalSecret never makes its Secret, and the pods that mount it wait for ever. The
    /// name is most often misspelt, or the store is declared in another namespace only.
    ///
    /// ## What passes
    ///
    /// - a repository that declares no store at all: they come from elsewhere
    /// - a ClusterSecretStore declared anywhere, a SecretStore in the same namespace
    /// - a repository of which a part is not rendered, unless the name is almost that of a store
    /// - names that a template fills in, and those that Terraform gives where it makes stores
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: store.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterSecretStore
    /// metadata:
    ///   name: vault
    /// spec:
    ///   provider: {}
    /// # file: secret.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: valut
    ///   target:
    ///     name: db
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: store.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterSecretStore
    /// metadata:
    ///   name: vault
    /// spec:
    ///   provider: {}
    /// # file: secret.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: vault
    ///   target:
    ///     name: db
    /// ```
    ///
    /// ## References
    ///
    /// - <https://external-secrets.io/latest/api/externalsecret/>
    pub static RULE = "external-secret-store-missing" {
        level: Warning,
        precision: High,
        tags: ["secret", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const EXTERNAL_SECRET: KindName = KindName { group: "external-secrets.io", kind: "ExternalSecret" };
const CLUSTER_STORE: KindName = KindName { group: "external-secrets.io", kind: "ClusterSecretStore" };
const STORE: KindName = KindName { group: "external-secrets.io", kind: "SecretStore" };

/// A store as a reference names it: its namespace, when it has one, and its name.
type Store = (Option<String>, String);

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let groups = together::groups(view);
    let objects = || groups.iter().flat_map(|group| &group.objects);
    let declared = |kind: KindName| -> Vec<Store> {
        let store = |object: &ObjectView<'_>| {
            (object.namespace().map(|it| it.into_owned()), object.name().into_owned())
        };
        objects().filter(|object| object.is(kind)).map(store).collect()
    };
    let (cluster, local) = (declared(CLUSTER_STORE), declared(STORE));
    if cluster.is_empty() && local.is_empty() {
        return;
    }
    // What is not rendered may declare any store, but hardly one that is spelt almost like another.
    let is_open = view.rendering.units.iter().any(|unit| unit.failed || unit.partial);
    for group in &groups {
        for secret in group.objects.iter().filter(|object| object.is(EXTERNAL_SECRET)) {
            let Some(reference) = secret.root.path(&["spec", "secretStoreRef"]) else { continue };
            let is_cluster = reference
                .get("kind")
                .and_then(|kind| kind.text())
                .is_some_and(|kind| kind == "ClusterSecretStore");
            let known = if is_cluster { &cluster } else { &local };
            if let Some(finding) = missing(secret, known, is_cluster, is_open, cx) {
                finding.units = group.units();
            }
        }
    }
}

fn missing<'c>(
    secret: &ObjectView<'_>,
    known: &[Store],
    is_cluster: bool,
    is_open: bool,
    cx: &'c mut Cx<'_>,
) -> Option<&'c mut crate::finding::Finding> {
    let at = secret.root.path(&["spec", "secretStoreRef", "name"])?;
    let name = at.text()?;
    let namespace = secret.namespace();
    // A namespace that is not written is set by the owner, if at all.
    let fits = |(place, store): &Store| {
        *store == name
            && (is_cluster
                || place.is_none()
                || namespace.is_none()
                || place.as_deref() == namespace.as_deref())
    };
    let made = || TerraformStores::of(cx.world()).contains(&name);
    if name.contains(['$', '{']) || known.iter().any(fits) || made() {
        return None;
    }
    let kind = if is_cluster { "ClusterSecretStore" } else { "SecretStore" };
    let elsewhere = known.iter().find(|(_, store)| *store == name).and_then(|(place, _)| place.as_deref());
    let near = nearest(&name, known.iter().map(|(_, store)| store.as_str()));
    let help = match (elsewhere, near) {
        (Some(place), _) => {
            format!("it is declared in namespace `{place}` only; declare it here, or a ClusterSecretStore")
        }
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => "declare the store, or correct the name".to_owned(),
    };
    let is_misspelt = elsewhere.is_none() && near.is_some();
    if is_open && !is_misspelt {
        return None;
    }
    let place = match elsewhere {
        Some(_) => "in its namespace",
        None => "in the repository",
    };
    let finding = cx.report(
        At::value(at),
        Report {
            message: format!(
                "the {kind} `{name}` of ExternalSecret `{}` is not declared {place}",
                secret.name()
            ),
            why: "the Secret is never made, and the pods that mount it do not start".into(),
            help: help.into(),
        },
    );
    finding.object = Some(secret.object_name());
    if is_misspelt {
        finding.level = Level::Error;
    }
    Some(finding)
}
