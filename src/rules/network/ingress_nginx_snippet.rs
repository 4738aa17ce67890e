//! `ingress-nginx-snippet`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;

use super::ingress::INGRESSES;

rule! {
    /// An Ingress that puts configuration of its own into ingress-nginx.
    ///
    /// ## Why
    ///
    /// A snippet is part of the configuration of the whole controller. Who may write one reads the credentials
    /// of the controller, which are those of all Secrets (CVE-2021-25742), and other annotations were found to
    /// take snippets as well (CVE-2025-1097, CVE-2025-1098, CVE-2025-24514).
    ///
    /// ## What is reported
    ///
    /// - **warning**: annotations that are snippets
    /// - **error**: braces, semicolons or line breaks in an annotation that takes an address or a name
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/configuration-snippet: |
    ///       more_set_headers "X-Frame-Options: DENY";
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/auth-url: https://auth.example.com/oauth2/auth?rd=$escaped_request_uri
    ///     nginx.ingress.kubernetes.io/rewrite-target: /$2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/kubernetes/kubernetes/issues/126811>
    /// - <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations-risk/>
    pub static RULE = "ingress-nginx-snippet" {
        level: Warning,
        security: 8.0,
        precision: High,
        tags: ["network", "injection", "nsa-cisa"],
        aliases: [
            Checkov "CKV_K8S_152",
            Checkov "CKV_K8S_153",
            Checkov "CKV_K8S_154",
            Kubescape "C-0059",
            Trivy "KCV-0093",
        ],
        checks: [Check::Object(&INGRESSES, check)],
    }
}

const PREFIX: &str = "nginx.ingress.kubernetes.io/";
/// Annotations from which text got into the configuration as it is.
const TAKING: [&str; 5] =
    ["auth-tls-match-cn", "auth-url", "mirror-host", "mirror-target", "permanent-redirect"];

fn check(ingress: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let annotations = ingress.annotations();
    for entry in annotations.into_iter().flat_map(|annotations| annotations.entries()) {
        let key = entry.key.text().unwrap_or_default();
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        let text = entry.value.text().unwrap_or_default();
        let is_injection =
            TAKING.contains(&name) && text.trim().contains([';', '{', '}', '\n']) && !text.contains("${");
        let (level, message) = match (name.ends_with("-snippet"), is_injection) {
            (true, _) if text.trim().is_empty() => continue,
            (true, _) => (cx.level(), format!("`{name}` is configuration of the whole ingress controller")),
            (false, true) => {
                (Level::Error, format!("`{name}` holds configuration of the ingress controller"))
            }
            (false, false) => continue,
        };
        let report = Report {
            message,
            why: "who may write it reads what the controller reads: the Secrets of all namespaces".into(),
            help: "use the annotation that is made for it, and set `allow-snippet-annotations` to false"
                .into(),
        };
        cx.report(At::key(entry.value), report).level = level;
    }
}
