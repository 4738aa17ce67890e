//! `secret-plaintext`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::model::secret::object::{self, Value};
use crate::model::secret::{credential_key, docker, embedded, sops};
use crate::model::{DocumentView, ObjectView, is_for_people};
use crate::rules::support::throwaway;
use crate::yaml::{Cursor, Entry};

use super::{argocd_repo_secret_plaintext, registry_credential_committed, sops_unencrypted_file, support};

rule! {
    /// A Secret whose values are readable in the repository.
    ///
    /// ## Why
    ///
    /// Base64 is no encryption: whoever can read the repository, a clone or a backup of it has the credential.
    /// Deleting the file does not take it out of the history; the credential must be replaced.
    ///
    /// Looked at are Secrets in every file: bases and patches too, items of lists, inline patches, and manifests
    /// inside a scalar. A private key is named in the message. A Secret of type `kubernetes.io/dockerconfigjson`
    /// is the business of `registry-credential-committed`, one that Argo CD logs in with that of
    /// `argocd-repo-secret-plaintext`, and a value that sops left clear against its own rules
    /// that of `sops-partially-encrypted`.
    ///
    /// ## What passes
    ///
    /// - what lies beside the configuration of a cluster of k3d or kind, in a directory for development or tests, and what
    ///   is for somebody's machine alone (`local/`, `.devcontainer/`, `tests/` at the root): a note
    /// - `SealedSecret`, `ExternalSecret` and other objects that refer to a secret or hold it encrypted
    /// - values encrypted by sops, ansible-vault or age
    /// - templates and references: `${VAR}`, `{{ … }}`, `<path:…>`, `ref+vault://…`, `vault:…`, `op://…`
    /// - a Secret without values
    ///
    /// A Secret that holds only placeholders (`changeme`), or only what is public (a CA certificate, a user name,
    /// a host, a boolean), one of a Helm test, one that every overlay with the file deletes, and one in the directory of a
    /// repository for its documents (`docs`), is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: hunter2hunter2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: db
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: vault
    ///   target:
    ///     name: db
    ///   data:
    ///     - secretKey: password
    ///       remoteRef:
    ///         key: shop/db
    ///         property: password
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    pub static RULE = "secret-plaintext" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["secret", "security"],
        aliases: [Kics "Using Kubernetes Native Secret Management"],
        checks: [Check::Around(&Check::Document(check))],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if !support::is_manifest(document) || !object::mentions_secret(support::text(document)) {
        return;
    }
    each(document, cx, |secret, values, cx| {
        // What Argo CD logs in with has a rule that knows what that opens.
        let is_of_argo = argocd_repo_secret_plaintext::target(secret).is_some();
        let worst = values.iter().map(|(_, value)| *value).max();
        // An address for Argo CD can stand in nothing but a Secret.
        let is_needed = is_of_argo && worst <= Some(Value::Public);
        if !is_needed && argocd_repo_secret_plaintext::credentials(secret, values).is_empty() {
            report(document, secret, values, cx);
        }
    });
    for patch in json_patches(document.root) {
        let Some(parsed) = embedded::parse(patch) else { continue };
        for tree in parsed.trees() {
            for operation in Cursor::new(document.map, &tree).items() {
                report_operation(document, operation, cx);
            }
        }
    }
}

/// Calls `visit` for each Secret of a document, with those of its values that no rule about sops reports.
pub(super) fn each(
    document: &DocumentView<'_>,
    cx: &mut Cx<'_>,
    visit: impl Fn(Cursor<'_>, &[(Entry<'_>, Value)], &mut Cx<'_>),
) {
    let (mut secrets, mut manifests) = (Vec::new(), Vec::new());
    object::find(document.root, &mut secrets, &mut manifests);
    let clear = sops::Sops::read(document.root)
        .map(|sops| sops.clear_leaves(document.root, &document.file.parsed.comments))
        .unwrap_or_default();
    // A file that `.sops.yaml` wants encrypted has a rule of its own, with a better remedy.
    let is_forgotten = sops_unencrypted_file::broken(document, cx.world()).is_some();
    let is_reported_by_sops = |value: &Cursor<'_>| clear.iter().any(|leaf| leaf.index() == value.index());
    for secret in
        secrets.into_iter().filter(|secret| !is_forgotten || secret.index() != document.root.index())
    {
        let mut values = object::values(secret);
        values.retain(|(entry, _)| !is_reported_by_sops(&entry.value));
        visit(secret, &values, cx);
    }
    for manifest in manifests {
        let Some(parsed) = embedded::parse(manifest) else { continue };
        for tree in parsed.trees() {
            let (mut secrets, mut deeper) = (Vec::new(), Vec::new());
            object::find(Cursor::new(document.map, &tree), &mut secrets, &mut deeper);
            for secret in secrets {
                visit(secret, &object::values(secret), cx);
            }
        }
    }
}

/// Whether the overlays that render the file leave the Secret out, and keep something else of it.
fn is_dropped(document: &DocumentView<'_>, name: &str, world: &World) -> bool {
    let mut units = world.rendering.units.iter().filter(|unit| !unit.failed && !unit.partial);
    let mut is_rendered = false;
    let is_kept = units.any(|unit| {
        let mut from_here = unit.objects.iter().filter(|object| object.source == document.file.source);
        from_here.any(|object| {
            is_rendered = true;
            let view = ObjectView::rendered(&world.map, &world.repository, object);
            view.kind() == "Secret" && view.name().contains(name)
        })
    });
    is_rendered && !is_kept
}

fn report(document: &DocumentView<'_>, secret: Cursor<'_>, values: &[(Entry<'_>, Value)], cx: &mut Cx<'_>) {
    // The log-in to a registry has a rule of its own; what lies beside it does not.
    let is_login = |entry: &Entry<'_>| {
        registry_credential_committed::is_docker(secret)
            && entry.key.text().is_some_and(|key| matches!(&*key, ".dockerconfigjson" | ".dockercfg"))
    };
    let values: Vec<_> = values.iter().copied().filter(|(entry, _)| !is_login(entry)).collect();
    let Some(worst) = values.iter().map(|(_, value)| *value).max() else { return };
    if worst == Value::Passes {
        return;
    }
    let worst_entries = values.iter().filter(|(_, value)| *value == worst).map(|(entry, _)| *entry);
    let mut entries: Vec<Entry<'_>> = worst_entries.collect();
    // Beside a password, nobody needs to be told of the settings that are kept with it.
    let is_named = |entry: &Entry<'_>| entry.key.text().is_some_and(|key| credential_key(&key).is_some());
    if entries.iter().any(is_named) {
        entries.retain(is_named);
    }
    let Some(&first) = entries.first() else { return };
    let name = secret.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
    let keys = keys(&entries);
    let message = match worst {
        Value::PrivateKey => format!("Secret `{name}` holds a private key in clear text: {keys}"),
        Value::EncryptedKey => format!("Secret `{name}` holds a private key behind a passphrase: {keys}"),
        Value::Secret => format!("Secret `{name}` is committed in clear text: {keys}"),
        Value::Placeholder => format!("Secret `{name}` holds placeholders: {keys}"),
        Value::Public | Value::Passes => format!("Secret `{name}` holds nothing that is secret: {keys}"),
    };
    let at =
        if support::is_embedded(secret) { support::at_key_bytes(first.value) } else { At::key(first.value) };
    let object = document
        .objects()
        .find(|object| object.root.index() == secret.index() && !support::is_embedded(secret));
    let is_public = matches!(worst, Value::Public | Value::Placeholder);
    let (why, help) = match is_public {
        true => (
            "nothing here must be hidden, but it looks as if a real value belonged in its place",
            "use a ConfigMap for what is public; keep a real value out of the repository",
        ),
        false => (
            "base64 is no encryption, and the history of the repository keeps the value",
            "replace the credential, then commit it as a SealedSecret, an ExternalSecret or encrypted with sops",
        ),
    };
    let is_dropped = is_dropped(document, &name, cx.world());
    let is_local = throwaway::is_meant(document.file.source, cx.world());
    let is_for_people = is_for_people(document.map.source(document.file.source).path());
    let finding =
        support::report(cx, object.as_ref(), at, Report { message, why: why.into(), help: help.into() });
    let is_test = secret
        .path(&["metadata", "annotations"])
        .and_then(|all| all.get("helm.sh/hook")?.text())
        .is_some_and(|hook| hook.contains("test"));
    match worst {
        _ if is_public || is_test => support::note(finding),
        Value::Secret if is_local => {
            support::note(finding);
            finding.why = support::LOCAL.into();
        }
        Value::Secret if is_dropped => {
            support::note(finding);
            finding.why =
                "the overlays with this file delete the Secret, so the value is rather one that came \
                           with the program than one in use"
                    .into();
        }
        Value::Secret | Value::EncryptedKey if is_for_people => finding.level = finding.level.lowered(),
        Value::EncryptedKey => finding.level = finding.level.lowered(),
        _ => {}
    }
    entries.retain(|entry| entry.key.index() != first.key.index());
    for entry in entries {
        if let Some(span) = document.map.in_file(entry.key.span()) {
            let message = format!("`{}` as well", entry.key.text().unwrap_or_default()).into();
            finding.related.push(Related { span, message });
        }
    }
}

/// The names of at most four keys.
pub(super) fn keys(entries: &[Entry<'_>]) -> String {
    let names = entries.iter().take(4).map(|entry| format!("`{}`", entry.key.text().unwrap_or_default()));
    let names = names.collect::<Vec<_>>().join(", ");
    if entries.len() > 4 { format!("{names} and {} more", entries.len() - 4) } else { names }
}

/// The inline JSON patches of a kustomization that are aimed at Secrets.
fn json_patches<'w>(root: Cursor<'w>) -> Vec<Cursor<'w>> {
    let patches = ["patches", "patchesJson6902"].into_iter().filter_map(|name| root.get(name));
    let items = patches.flat_map(|list| list.items());
    let is_secret = |item: &Cursor<'_>| {
        item.path(&["target", "kind"]).and_then(|kind| kind.text()).is_some_and(|kind| kind == "Secret")
    };
    items
        .filter(is_secret)
        .filter_map(|item| item.get("patch"))
        .filter(|patch| patch.text().is_some())
        .collect()
}

/// An operation of a JSON patch that sets a value of a Secret.
fn report_operation(document: &DocumentView<'_>, operation: Cursor<'_>, cx: &mut Cx<'_>) {
    let path = operation.get("path").and_then(|path| path.text()).unwrap_or_default().into_owned();
    let (Some(value), Some((field, key))) =
        (operation.get("value"), path.trim_start_matches('/').split_once('/'))
    else {
        return;
    };
    let Some(text) = value.text().filter(|_| matches!(field, "data" | "stringData")) else { return };
    if object::classify(key, &text, field == "data") < Value::Secret || docker::is_config_key(key) {
        return;
    }
    let at = support::at_key_bytes(value);
    let report = Report {
        message: format!("a patch sets `{key}` of a Secret in clear text"),
        why: "base64 is no encryption, and the history of the repository keeps the value".into(),
        help: "replace the credential, then commit it encrypted, or let a secret manager provide it".into(),
    };
    let object = document.objects().next();
    support::report(cx, object.as_ref(), at, report);
}
