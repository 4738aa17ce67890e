//! `configmap-credential`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::secret::{Credential, judge, known, object, sops};
use crate::model::{DocumentKind, DocumentView, KindName, ObjectView};
use crate::yaml::Cursor;

use super::support;

rule! {
    /// A credential in a ConfigMap.
    ///
    /// ## Why
    ///
    /// A ConfigMap is not treated as secret by anything: roles give read access to it freely, it is shown in full
    /// by every tool, and it stands in the repository in clear text.
    ///
    /// Looked at are the keys of `data`, values that are known by their own form, lines `password=…` and
    /// `password: …` inside files, and the literals of a `configMapGenerator`. Bases and patches are looked at too.
    ///
    /// ## What passes
    ///
    /// - references and templates: `${DB_PASSWORD}`, `{{ … }}`, `$(cat …)`, names of environment variables
    /// - keys that only speak of a credential: `password_file`, `token-path`, `secretName`, `server-tokens`
    /// - code: `password = config.password`, `token = request.headers["x"]`
    /// - public keys and certificates
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   application.properties: |
    ///     spring.datasource.url=jdbc:postgresql://db/shop
    ///     spring.datasource.password=hunter2hunter2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   password_file: /run/secrets/db
    ///   application.properties: |
    ///     spring.datasource.url=jdbc:postgresql://db/shop
    ///     spring.datasource.password=${DB_PASSWORD}
    /// ```
    pub static RULE = "configmap-credential" {
        level: Error,
        security: 7.5,
        precision: High,
        tags: ["secret", "security"],
        aliases: [
            Polaris "sensitiveConfigmapContent",
            Kubescape "C-0012",
            Trivy "KSV-0109",
            Trivy "KSV-01010",
        ],
        checks: [Check::Document(check)],
    }
}

const CONFIG_MAP: KindName = KindName { group: "", kind: "ConfigMap" };

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if sops::is_sops(document.root) {
        return;
    }
    if matches!(document.kind(), DocumentKind::Kustomization | DocumentKind::Component) {
        check_generators(document.root, cx);
    }
    for config in document.objects().filter(|object| object.is(CONFIG_MAP)) {
        let data = config.root.get("data").map(|data| data.entries()).unwrap_or_default();
        for entry in data {
            let (Some(key), Some(text)) = (entry.key.text(), entry.value.text()) else { continue };
            if let Some((name, credential)) = find(&key, &text) {
                let what = format!("`{name}` of ConfigMap `{}`", config.name());
                report(
                    Some(&config),
                    &what,
                    support::at(entry.value, credential.range.clone()),
                    &credential,
                    cx,
                );
            }
        }
    }
}

/// The credential in a value of a ConfigMap, with the name of what holds it.
pub fn find(key: &str, text: &str) -> Option<(String, Credential)> {
    // `secret-plaintext` reports a Secret that a ConfigMap carries.
    if object::mentions_secret(text) {
        return None;
    }
    if !text.trim_end().contains('\n') {
        return judge(key, text).map(|credential| (key.to_owned(), credential));
    }
    let assigned =
        || support::assigned(key, text).map(|(name, credential)| (format!("{key}: {name}"), credential));
    known(text).map(|credential| (key.to_owned(), credential)).or_else(assigned)
}

/// `literals` of generators: `KEY=value`.
fn check_generators(root: Cursor<'_>, cx: &mut Cx<'_>) {
    let generators = root.get("configMapGenerator").into_iter().flat_map(|list| list.items());
    for literal in generators.filter_map(|generator| generator.get("literals")).flat_map(|list| list.items())
    {
        let Some(text) = literal.text() else { continue };
        let Some((key, value)) = text.split_once('=') else { continue };
        let value = value.trim_matches(['"', '\'']);
        if let Some((name, credential)) = find(key, value) {
            let what = format!("literal `{name}` of a ConfigMap generator");
            report(None, &what, At::value(literal), &credential, cx);
        }
    }
}

fn report(object: Option<&ObjectView<'_>>, what: &str, at: At, credential: &Credential, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("{what} holds {}", support::describe(credential)),
        why: "a ConfigMap is readable for many, and nothing treats it as secret".into(),
        help: "replace the credential, and give it to the container from a Secret".into(),
    };
    let finding = support::report(cx, object, at, report);
    support::refine(finding, credential.certainty);
}
