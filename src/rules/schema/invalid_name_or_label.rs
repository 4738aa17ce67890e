//! `invalid-name-or-label`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::render::is_cluster_scoped;
use crate::schema::{Lookup, is_filled_in};
use crate::yaml::Cursor;

use super::{checked, syntax};

rule! {
    /// The name of an object, a label or the key of an annotation that Kubernetes does not allow.
    ///
    /// ## Why
    ///
    /// The API server refuses the object, and what is applied together with it stays as it was.
    ///
    /// ## What is reported
    ///
    /// - `metadata.name` and `metadata.namespace` with capitals, `_`, or too many characters
    /// - keys and values of labels, of pods and of selectors too, and keys of annotations
    ///
    /// ## What passes
    ///
    /// - what something fills in first: `${NAME}`, `{{ … }}`, `APP_NAME`
    /// - `:` in the names of roles, bindings and CertificateSigningRequests, and of IPAddresses, which are addresses
    /// - kinds that nothing is known about, and those of OpenShift, which have rules of their own
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web_settings
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-settings
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
    pub static RULE = "invalid-name-or-label" {
        level: Error,
        precision: VeryHigh,
        tags: ["validity"],
        aliases: [KubeScore "label-values", Kics "Metadata Label Is Invalid"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

const WHY: &str = "the API server refuses the object, and what is applied together with it stays as it was";

/// Why a text is no name.
type Syntax = fn(&str) -> Option<String>;

/// Kinds whose names are parts of a path and nothing else.
const PATHS: [&str; 5] =
    ["CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    let schemas = checked::Schemas::of(cx.world());
    let lookup = schemas.catalog.find(object.map, api_version, kind);
    let is_known = matches!(lookup, Lookup::Known(_) | Lookup::Opaque);
    if !is_known || object.group().ends_with("openshift.io") || checked::is_loose(object, cx.world()) {
        return;
    }
    name(object, cx);
    let pods = object.pod_specs();
    let metadata = object.root.get("metadata");
    let of_pods = pods
        .iter()
        .filter_map(|pod| pod.metadata)
        .filter(|it| metadata.is_none_or(|metadata| metadata.index() != it.index()));
    for metadata in metadata.into_iter().chain(of_pods) {
        metadata.get("labels").inspect(|labels| label_map(*labels, cx));
        metadata.get("annotations").inspect(|annotations| keys(*annotations, "annotation", cx));
    }
    let selector = match kind {
        "Service" => object.root.path(&["spec", "selector"]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {
            object.root.path(&["spec", "selector", "matchLabels"])
        }
        _ => None,
    };
    selector.inspect(|selector| label_map(*selector, cx));
}

fn name(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let kind = object.kind();
    let syntax = match kind {
        kind if PATHS.contains(&kind) => syntax::path_segment,
        "IPAddress" if object.group() == "networking.k8s.io" => syntax::address,
        "Namespace" | "Service" => syntax::dns_label,
        _ => syntax::dns_subdomain,
    };
    let fields: [(&str, Syntax); 2] = [("name", syntax), ("namespace", syntax::dns_label)];
    for (field, syntax) in fields {
        let Some(value) = object.root.path(&["metadata", field]) else { continue };
        // The API server takes a namespace away from what is in none.
        if field == "namespace" && is_cluster_scoped(object.group(), kind) {
            continue;
        }
        let Some(text) = value.string().filter(|text| !text.is_empty()) else { continue };
        if let Some(why) = syntax(&text).filter(|_| !is_variable(&text)) {
            let message = format!("`{text}` is no {field} of a{} {kind}: it {why}", n(kind));
            cx.report(At::value(value), report(message));
        }
    }
}

/// Whether something takes the place of a text: by its marks, or by its letters.
fn is_variable(text: &str) -> bool {
    // Prose says what comes here.
    let is_prose = text.contains(char::is_whitespace);
    is_prose
        || is_filled_in(text)
        || text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn keys(map: Cursor<'_>, what: &str, cx: &mut Cx<'_>) {
    map.for_each_entry(|entry| {
        let Some(key) = entry.key.text() else { return };
        // Annotations are compared in small letters.
        let why = syntax::qualified_name(&key).and_then(|why| match what {
            "annotation" => syntax::qualified_name(&key.to_ascii_lowercase()),
            _ => Some(why),
        });
        if let Some(why) = why.filter(|_| key != "<<" && !is_filled_in(&key)) {
            cx.report(
                At::key(entry.value),
                report(format!("`{key}` is no key of a{} {what}: it {why}", n(what))),
            );
        }
    });
}

fn n(what: &str) -> &'static str {
    if what.starts_with(['a', 'A', 'E', 'I', 'O']) { "n" } else { "" }
}

fn label_map(labels: Cursor<'_>, cx: &mut Cx<'_>) {
    keys(labels, "label", cx);
    labels.for_each_entry(|entry| {
        let Some(value) = entry.value.string() else { return };
        let is_text = |value: &str| !is_filled_in(value) && (value.contains(' ') || !is_variable(value));
        if let Some(why) = syntax::label_value(&value).filter(|_| is_text(&value)) {
            let shown: String = value.chars().take(80).collect();
            cx.report(At::value(entry.value), report(format!("`{shown}` is no value of a label: it {why}")));
        }
    });
}

fn report(message: String) -> Report {
    Report { message, why: WHY.into(), help: "write one that Kubernetes allows".into() }
}
