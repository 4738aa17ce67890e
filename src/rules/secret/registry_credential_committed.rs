//! `registry-credential-committed`

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Finding;
use crate::model::secret::base64::{Decoded, decode};
use crate::model::secret::docker::{self, Logins};
use crate::model::secret::{embedded, object, sops};
use crate::model::{DocumentView, FileView};
use crate::yaml::{self, Cursor, Entry, Limits};

use super::support;

rule! {
    /// The log-in of a container registry in clear text.
    ///
    /// ## Why
    ///
    /// `auth` in a docker configuration is user and password in base64. Whoever reads the repository can pull
    /// private images, and often push images that the cluster then runs.
    ///
    /// Looked at are Secrets that hold a docker configuration, and files that are one. Such a Secret is reported
    /// here alone, not by `secret-plaintext`.
    ///
    /// ## What passes
    ///
    /// - `credHelpers` and `credsStore`, which hold no password
    /// - templates, references and values that sops encrypted
    ///
    /// A log-in with a placeholder for its password is a note.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: pull
    /// type: kubernetes.io/dockerconfigjson
    /// stringData:
    ///   .dockerconfigjson: |
    ///     {"auths": {"ghcr.io": {"username": "bot", "password": "hunter2hunter2"}}}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: pull
    /// type: kubernetes.io/dockerconfigjson
    /// stringData:
    ///   .dockerconfigjson: ${DOCKER_CONFIG}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/>
    pub static RULE = "registry-credential-committed" {
        level: Error,
        security: 8.0,
        precision: VeryHigh,
        tags: ["secret", "security", "image"],
        aliases: [],
        checks: [Check::Document(check), Check::File(check_text)],
    }
}

/// Whether a Secret holds a docker configuration, by its type or by its keys.
pub fn is_docker(secret: Cursor<'_>) -> bool {
    let is_type = secret.get("type").and_then(|kind| kind.text()).is_some_and(|kind| {
        matches!(kind.as_ref(), "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg")
    });
    is_type || configurations(secret).next().is_some()
}

fn configurations<'w>(secret: Cursor<'w>) -> impl Iterator<Item = (Entry<'w>, bool)> {
    let fields = [("data", true), ("stringData", false)];
    let entries = fields.into_iter().flat_map(move |(field, encoded)| {
        let entries = secret.get(field).map(|data| data.entries()).unwrap_or_default();
        entries.into_iter().map(move |entry| (entry, encoded))
    });
    entries.filter(|(entry, _)| entry.key.text().is_some_and(|key| docker::is_config_key(&key)))
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if !support::is_manifest(document) || sops::is_sops(document.root) {
        return;
    }
    check_logins(document.root, At::key, cx);
    let text = support::text(document);
    if !text.contains(".dockerc") || !object::mentions_secret(text) {
        return;
    }
    let (mut secrets, mut manifests) = (Vec::new(), Vec::new());
    object::find(document.root, &mut secrets, &mut manifests);
    for secret in secrets {
        check_secret(document, secret, cx);
    }
    for parsed in manifests.into_iter().filter_map(embedded::parse) {
        for tree in parsed.trees() {
            let (mut secrets, mut deeper) = (Vec::new(), Vec::new());
            object::find(Cursor::new(document.map, &tree), &mut secrets, &mut deeper);
            for secret in secrets {
                check_secret(document, secret, cx);
            }
        }
    }
}

fn check_secret(document: &DocumentView<'_>, secret: Cursor<'_>, cx: &mut Cx<'_>) {
    let name = secret.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
    for (entry, is_encoded) in configurations(secret) {
        let Some(text) = entry.value.text() else { continue };
        let logins = match is_encoded.then(|| decode(&text)).flatten() {
            Some(Decoded::Text(json)) => docker::logins(&json),
            Some(Decoded::Binary) | None => docker::logins(&text),
        };
        let at = if support::is_embedded(secret) {
            support::at_key_bytes(entry.value)
        } else {
            At::key(entry.value)
        };
        let what = format!("Secret `{name}`");
        if let Some(finding) = report(&what, logins, at, cx) {
            let is_own = |root: &Cursor<'_>| root.index() == secret.index() && !support::is_embedded(secret);
            let object = document.objects().find(|object| is_own(&object.root));
            finding.object = object.map(|object| object.object_name());
        }
    }
}

/// A text file that is a docker configuration.
fn check_text(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let source = file.source();
    if file.file.kind != FileKind::Text || !source.text().contains("\"auths\"") {
        return;
    }
    let parsed = yaml::parse(source, file.file.source, Limits::default());
    for tree in parsed.trees() {
        // The nodes of a text file are not known to the run, only its bytes are.
        check_logins(Cursor::new(file.map, &tree), support::at_key_bytes, cx);
    }
}

/// A document that is a docker configuration: one finding for each registry.
fn check_logins(root: Cursor<'_>, at: fn(Cursor<'_>) -> At, cx: &mut Cx<'_>) {
    let Some(auths) = root.get("auths") else { return };
    for registry in auths.entries() {
        let fields = docker::FIELDS.iter().filter_map(|name| Some((*name, registry.value.get(name)?)));
        let logins = fields.filter_map(|(name, value)| Some((docker::login(name, &value.text()?), value)));
        let worst =
            logins.filter(|(logins, _)| *logins != Logins::None).max_by_key(|(logins, _)| *logins as u8);
        if let Some((logins, value)) = worst {
            let what = format!("the log-in of `{}`", registry.key.text().unwrap_or_default());
            report(&what, logins, at(value), cx);
        }
    }
}

fn report<'c>(what: &str, logins: Logins, at: At, cx: &'c mut Cx<'_>) -> Option<&'c mut Finding> {
    let message = match logins {
        Logins::None => return None,
        Logins::Placeholder => format!("{what} holds a placeholder for the password of a registry"),
        Logins::Credential => format!("{what} holds the password of a registry in clear text"),
    };
    let finding = cx.report(
        at,
        Report {
            message,
            why: "whoever reads the repository can use the registry in its name".into(),
            help: "revoke the log-in, then commit it encrypted, or use a credential helper of the nodes"
                .into(),
        },
    );
    if logins == Logins::Placeholder {
        support::note(finding);
    }
    Some(finding)
}
