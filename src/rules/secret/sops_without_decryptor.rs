//! `sops-without-decryptor`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::{OwnerKind, OwnerView, Tool};
use crate::model::ObjectView;
use crate::model::secret::sops;
use crate::rules::support::mentions;

rule! {
    /// A manifest that sops encrypted, applied by something that does not decrypt it.
    ///
    /// ## Why
    ///
    /// The cipher text itself reaches the cluster, or the API server refuses the object because of its `sops` field, and
    /// with it everything that is applied together.
    ///
    /// `spec.decryption` of a Flux Kustomization holds for what it applies itself: Kustomizations among that need it again.
    /// Argo CD does not decrypt at all without a plugin.
    ///
    /// ## What passes
    ///
    /// - `spec.decryption` with the provider `sops`, also when the parent patches it in
    /// - controllers that decrypt by default: a patch or an argument in the repository with `--sops-age-secret`
    /// - inputs of KSOPS and of helm-secrets, which are not applied as they stand
    /// - a SopsSecret, which an operator decrypts in the cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/production/db.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: db
    ///   namespace: flux-system
    /// spec:
    ///   interval: 1h
    ///   path: ./apps/db
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/db/db.sops.yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: ENC[AES256_GCM,data:YWJj,iv:YWJj,tag:YWJj,type:str]
    /// sops:
    ///   mac: ENC[AES256_GCM,data:YWJj,iv:YWJj,tag:YWJj,type:str]
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   encrypted_regex: ^(data|stringData)$
    ///   version: 3.9.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/production/db.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: db
    ///   namespace: flux-system
    /// spec:
    ///   interval: 1h
    ///   path: ./apps/db
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   decryption:
    ///     provider: sops
    ///     secretRef:
    ///       name: sops-age
    /// # file: apps/db/db.sops.yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: ENC[AES256_GCM,data:YWJj,iv:YWJj,tag:YWJj,type:str]
    /// sops:
    ///   mac: ENC[AES256_GCM,data:YWJj,iv:YWJj,tag:YWJj,type:str]
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   encrypted_regex: ^(data|stringData)$
    ///   version: 3.9.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption>
    pub static RULE = "sops-without-decryptor" {
        level: Error,
        precision: High,
        tags: ["secret", "flux", "argo-cd"],
        aliases: [],
        checks: [Check::Owner(KINDS, check)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::FluxInstance, OwnerKind::Application];

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    // An operator decrypts a SopsSecret in the cluster: <https://github.com/isindir/sops-secrets-operator>.
    let is_for_reader = |object: &ObjectView<'_>| object.kind() != "SopsSecret";
    let encrypted: Vec<ObjectView<'_>> =
        owner.objects().filter(|object| sops::is_sops(object.root) && is_for_reader(object)).collect();
    let Some(first) = encrypted.first().filter(|_| !decrypts(owner)) else { return };
    let more = match encrypted.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let is_argo = owner.owner.kind == OwnerKind::Application;
    let (path, help): (&[&str], _) = match owner.owner.kind {
        OwnerKind::Application => (
            &["spec", "source", "path"],
            "render it with KSOPS or another plugin, or keep the credential as an ExternalSecret or SealedSecret",
        ),
        OwnerKind::FluxInstance => (
            &["spec", "sync", "path"],
            "patch `spec.decryption` into the Kustomization that it makes, under `spec.kustomize.patches`",
        ),
        _ => (
            &["spec", "decryption"],
            "add `decryption` with `provider: sops` and the Secret of the key; it is not inherited from a parent",
        ),
    };
    let value = owner.object.root.path(path).filter(|_| path.last() != Some(&"decryption"));
    let why = match is_argo {
        true => "Argo CD applies the cipher text as if it were the value",
        false => {
            "the cipher text reaches the cluster, or the API server refuses everything that is applied with it"
        }
    };
    let finding = cx.report(
        value.map_or_else(|| At::missing(&owner.object, path), At::value),
        Report {
            message: format!(
                "{} applies {} `{}`{more}, which sops encrypted, without decrypting",
                owner.display(),
                first.kind(),
                first.name()
            ),
            why: why.into(),
            help: help.into(),
        },
    );
    let at = first.root.get("sops").and_then(|sops| sops.key()).unwrap_or(first.root);
    if let Some(span) = first.map.editable(at.span(), at.step()) {
        finding.related.push(Related { span, message: "encrypted here".into() });
    }
}

fn decrypts(owner: &OwnerView<'_>) -> bool {
    match owner.owner.kind {
        // What a plugin makes of the files is its own affair.
        OwnerKind::Application => {
            owner.deliveries().any(|(delivery, _)| matches!(delivery.tool, Tool::Plugin | Tool::Helm))
                || mentions(
                    owner.view.map,
                    &["ksops", "kustomize-sops", "argocd-vault-plugin", "helm-secrets"],
                )
        }
        OwnerKind::FluxInstance => {
            let patches = owner.spec().and_then(|spec| spec.path(&["kustomize", "patches"]));
            patches.is_some_and(|patches| {
                patches.scalars().any(|patch| patch.text().is_some_and(|text| text.contains("decryption")))
            }) || mentions(owner.view.map, &[DEFAULT_KEY])
        }
        _ => {
            let decryption = owner.spec().and_then(|spec| spec.get("decryption"));
            decryption.is_some_and(|decryption| !decryption.is_null())
                || mentions(owner.view.map, &[DEFAULT_KEY])
        }
    }
}

/// An argument of Flux's kustomize-controller that makes it decrypt everything.
const DEFAULT_KEY: &str = "--sops-age-secret";
