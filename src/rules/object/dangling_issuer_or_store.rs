//! `dangling-issuer-or-store`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

rule! {
    /// A certificate whose issuer, an Ingress whose certificate or a webhook whose Service nothing provides.
    ///
    /// ## Why
    ///
    /// The certificate is never issued, the Ingress is served with a self-signed one, and calls of the webhook
    /// fail.
    ///
    /// ## What is reported
    ///
    /// `issuerRef` of Certificates, the issuer annotations and TLS Secrets of Ingresses, and the Services of
    /// webhook configurations. Stores of ExternalSecrets are for `external-secret-store-missing`.
    ///
    /// ## What passes
    ///
    /// - repositories of which a part is not rendered, for what is not in a namespace
    /// - units that hold nothing of the kind
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// spec:
    ///   secretName: web-tls
    ///   issuerRef:
    ///     name: letsencrypt
    /// ---
    /// apiVersion: cert-manager.io/v1
    /// kind: Issuer
    /// metadata:
    ///   name: other
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// spec:
    ///   secretName: web-tls
    ///   issuerRef:
    ///     name: letsencrypt
    /// ---
    /// apiVersion: cert-manager.io/v1
    /// kind: Issuer
    /// metadata:
    ///   name: letsencrypt
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   tls:
    ///     - secretName: web-tls
    /// ```
    ///
    /// ## References
    ///
    /// - <https://cert-manager.io/docs/usage/certificate/>
    pub static RULE = "dangling-issuer-or-store" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let kinds = ["Certificate", "Ingress", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
    for id in kinds.into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let object = deployed.object(world, id);
        for Wanted { kind, name, namespace } in wanted(&object) {
            let Some(text) = name.text().filter(|text| !text.is_empty() && !text.contains(['$', '{', '<']))
            else {
                continue;
            };
            let is_everywhere = kind == "ClusterIssuer" || namespace.is_some();
            if is_everywhere && deployed.has_open_parts() || deployed.is_open(id, kind) {
                continue;
            }
            let namespace = namespace.as_ref().and_then(|namespace| namespace.text());
            let namespace = namespace.as_deref().or(deployed.namespace(id));
            let is_there = match kind {
                "ClusterIssuer" => deployed.exists(kind, &text),
                _ => deployed.find(id, kind, &text, namespace).is_some(),
            };
            if is_there {
                continue;
            }
            let report = Report {
                message: format!(
                    "{} `{}` names the {kind} `{text}`, which nothing provides",
                    object.kind(),
                    object.name()
                ),
                why: "what depends on it never works".into(),
                help: format!("add the {kind}, or name one that exists").into(),
            };
            deployed.report(cx, id, At::value(name), report);
        }
    }
}

/// Something that an object names.
struct Wanted<'w> {
    kind: &'static str,
    name: Cursor<'w>,
    namespace: Option<Cursor<'w>>,
}

fn wanted<'w>(object: &ObjectView<'w>) -> Vec<Wanted<'w>> {
    let of = |kind, name| Wanted { kind, name, namespace: None };
    let items = |path: &[&str]| object.root.path(path).into_iter().flat_map(|list| list.items());
    match object.kind() {
        "Certificate" => {
            let Some(issuer) = object.root.path(&["spec", "issuerRef"]) else { return Vec::new() };
            let text = |name: &str| issuer.get(name).and_then(|value| value.text()).unwrap_or_default();
            let kind = match &*text("kind") {
                "" | "Issuer" => "Issuer",
                "ClusterIssuer" => "ClusterIssuer",
                _ => return Vec::new(),
            };
            let is_own = matches!(&*text("group"), "" | "cert-manager.io");
            issuer.get("name").filter(|_| is_own).map(|name| of(kind, name)).into_iter().collect()
        }
        "Ingress" => {
            let annotation = |name| object.root.path(&["metadata", "annotations", name]);
            let cluster = annotation("cert-manager.io/cluster-issuer").map(|name| of("ClusterIssuer", name));
            let own = annotation("cert-manager.io/issuer").map(|name| of("Issuer", name));
            let secrets =
                items(&["spec", "tls"]).filter_map(|tls| Some(of("Secret", tls.get("secretName")?)));
            cluster.into_iter().chain(own).chain(secrets).collect()
        }
        _ => {
            let services = items(&["webhooks"]).filter_map(|hook| hook.path(&["clientConfig", "service"]));
            let read = |service: Cursor<'w>| {
                Some(Wanted {
                    kind: "Service",
                    name: service.get("name")?,
                    namespace: service.get("namespace"),
                })
            };
            services.filter_map(read).collect()
        }
    }
}
