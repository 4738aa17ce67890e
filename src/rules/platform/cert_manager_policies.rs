//! `cert-manager-policies`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A Certificate that asks for what the configuration does not allow.
    ///
    /// ## Why
    ///
    /// A certificate that lives long, or names many hosts, does more harm when its key is lost; and an issuer
    /// that nobody agreed on is trusted by nobody, or by too many.
    ///
    /// ## What passes
    ///
    /// - everything, where `certificates` is empty
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// certificates:
    ///   max-days: 90
    ///   issuers: [letsencrypt]
    ///   one-name: true
    /// # file: web.yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// spec:
    ///   secretName: web-tls
    ///   duration: 8760h
    ///   dnsNames: [web.example.com]
    ///   issuerRef:
    ///     name: letsencrypt
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// certificates:
    ///   max-days: 90
    ///   issuers: [letsencrypt]
    ///   one-name: true
    /// # file: web.yaml
    /// apiVersion: cert-manager.io/v1
    /// kind: Certificate
    /// metadata:
    ///   name: web
    /// spec:
    ///   secretName: web-tls
    ///   duration: 2160h
    ///   dnsNames: [web.example.com]
    ///   issuerRef:
    ///     name: letsencrypt
    /// ```
    pub static RULE = "cert-manager-policies" {
        level: Warning,
        precision: VeryHigh,
        tags: ["platform"],
        aliases: [],
        checks: [Check::Object(&[CERTIFICATE], check)],
    }
}

const CERTIFICATE: KindName = KindName { group: "cert-manager.io", kind: "Certificate" };

fn check(certificate: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let wanted = &cx.options().certificates;
    let field = |path: &[&str]| certificate.root.get("spec").and_then(|spec| spec.path(path));
    if let (Some(days), Some(duration)) = (wanted.max_days, field(&["duration"]))
        && duration.text().as_deref().and_then(hours).is_some_and(|hours| hours > u64::from(days) * 24)
    {
        report(format!("the certificate lives longer than {days} days"), duration, cx);
    }
    if let Some(issuer) = field(&["issuerRef", "name"]).filter(|_| !wanted.issuers.is_empty())
        && let Some(name) = issuer.text().filter(|name| !wanted.issuers.iter().any(|it| it == name))
    {
        report(format!("issuer `{name}` is not one of the configuration's"), issuer, cx);
    }
    let names: Vec<Cursor<'_>> = field(&["dnsNames"]).into_iter().flat_map(|names| names.items()).collect();
    let is_wide = |name: &Cursor<'_>| name.text().is_some_and(|name| name.starts_with("*."));
    let wide = names.iter().find(|name| is_wide(name)).or(names.get(1));
    if let Some(name) = wide.filter(|_| wanted.one_name) {
        report("the certificate is for more than one name".to_owned(), *name, cx);
    }
}

/// The whole hours of a duration as Go writes it: `2160h`, `2160h0m0s`.
fn hours(text: &str) -> Option<u64> {
    text.split_once('h').and_then(|(hours, _)| hours.parse().ok())
}

fn report(message: String, at: Cursor<'_>, cx: &mut Cx<'_>) {
    let why = "the configuration of the repository says so under `certificates`".into();
    let help = "ask for what it allows, or change it there".into();
    cx.report(at, Report { message, why, help });
}
