//! `argocd-repo-secret-plaintext`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::DocumentView;
use crate::model::secret::object::{self, Value};
use crate::yaml::{Cursor, Entry};

use super::{secret_plaintext, support};

rule! {
    /// A Secret with which Argo CD logs in to a repository or a cluster, readable in the repository.
    ///
    /// ## Why
    ///
    /// Argo CD finds these Secrets by the label `argocd.argoproj.io/secret-type`. Who has the credential of a repository
    /// can push what Argo CD will run, and who has that of a cluster is mostly its administrator.
    ///
    /// Looked at are `password`, `sshPrivateKey`, `githubAppPrivateKey`, `bearerToken`, `tlsClientCertKey`,
    /// `gcpServiceAccountKey`, and the passwords, tokens and keys in the `config` of a cluster, in every file.
    ///
    /// ## What passes
    ///
    /// - values encrypted by sops, and what is put there by something else: `{{ … }}`, `<path:…>`, `${VAR}`
    /// - a Secret with an address and nothing else, and the `config` of a cluster that Argo CD logs in to with a program or
    ///   a role (`execProviderConfig`, `awsAuthConfig`)
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: apps
    ///   namespace: argocd
    ///   labels:
    ///     argocd.argoproj.io/secret-type: repository
    /// stringData:
    ///   url: https://git.example.com/acme/apps
    ///   username: bot
    ///   password: kelp-2048-barnacle
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: apps
    ///   namespace: argocd
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: vault
    ///   target:
    ///     template:
    ///       metadata:
    ///         labels:
    ///           argocd.argoproj.io/secret-type: repository
    ///       data:
    ///         url: https://git.example.com/acme/apps
    ///         password: "{{ .password }}"
    ///   data:
    ///     - secretKey: password
    ///       remoteRef:
    ///         key: argocd/apps
    ///         property: password
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories>
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#clusters>
    pub static RULE = "argocd-repo-secret-plaintext" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["secret", "security", "argo"],
        aliases: [],
        checks: [Check::Around(&Check::Document(check))],
    }
}

/// The label by which Argo CD finds its Secrets.
const LABEL: &str = "argocd.argoproj.io/secret-type";

/// Data with which Argo CD logs in.
const FIELDS: [&str; 7] = [
    "password",
    "sshPrivateKey",
    "githubAppPrivateKey",
    "bearerToken",
    "tlsClientCertKey",
    "gcpServiceAccountKey",
    "config",
];

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let text = support::text(document);
    // Few files have the label, and this is asked of the text of all.
    let has_label = memchr::memmem::find(text.as_bytes(), LABEL.as_bytes()).is_some();
    if !has_label || !support::is_manifest(document) || !object::mentions_secret(text) {
        return;
    }
    secret_plaintext::each(document, cx, |secret, values, cx| report(document, secret, values, cx));
}

/// What a Secret of Argo CD logs in to.
pub(super) fn target(secret: Cursor<'_>) -> Option<&'static str> {
    let kind = secret.path(&["metadata", "labels"])?.get(LABEL)?.text()?;
    match kind.as_ref() {
        "repository" | "repository-write" => Some("a repository"),
        "repo-creds" | "repo-write-creds" => Some("repositories"),
        "cluster" => Some("a cluster"),
        _ => None,
    }
}

/// The values of a Secret with which Argo CD logs in and that are readable; none of a Secret of something else.
pub(super) fn credentials<'t>(secret: Cursor<'_>, values: &[(Entry<'t>, Value)]) -> Vec<Entry<'t>> {
    let is_credential = |(entry, value): &&(Entry<'_>, Value)| {
        let is_field = entry.key.text().is_some_and(|key| FIELDS.contains(&&*key));
        is_field && *value >= Value::Secret
    };
    let found = values.iter().filter(|_| target(secret).is_some()).filter(is_credential);
    found.map(|(entry, _)| *entry).collect()
}

fn report(document: &DocumentView<'_>, secret: Cursor<'_>, values: &[(Entry<'_>, Value)], cx: &mut Cx<'_>) {
    let entries = credentials(secret, values);
    let (Some(&first), Some(target)) = (entries.first(), target(secret)) else { return };
    let is_embedded = support::is_embedded(secret);
    let at = if is_embedded { support::at_key_bytes(first.value) } else { At::key(first.value) };
    let object = document.objects().find(|object| object.root.index() == secret.index() && !is_embedded);
    let name = secret.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
    let keys = secret_plaintext::keys(&entries);
    let why = match target {
        "a cluster" => "whoever can read the repository or its history can do there what Argo CD can",
        _ => "whoever can read this repository or its history can change what Argo CD runs",
    };
    let report = Report {
        message: format!("Secret `{name}`, with which Argo CD logs in to {target}, is committed in clear text: {keys}"),
        why: why.into(),
        help: "replace the credential, then commit it as a SealedSecret, an ExternalSecret or encrypted with sops, with \
               the same label"
            .into(),
    };
    let finding = support::report(cx, object.as_ref(), at, report);
    for entry in entries.iter().skip(1) {
        if let Some(span) = document.map.in_file(entry.key.span()) {
            let message = format!("`{}` as well", entry.key.text().unwrap_or_default()).into();
            finding.related.push(Related { span, message });
        }
    }
}
