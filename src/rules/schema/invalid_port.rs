//! `invalid-port`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView, PodSpec};
use crate::rules::support::HANDLERS;
use crate::schema::is_filled_in;
use crate::yaml::Cursor;

use super::syntax;

rule! {
    /// A port that is out of range, or a name of a port that Kubernetes does not allow.
    ///
    /// ## Why
    ///
    /// The API server refuses the object, and what is applied together with it stays as it was.
    ///
    /// ## What is reported
    ///
    /// - ports of containers, of Services and of their targets, and of probes and hooks, that are not between 1 and 65535
    /// - names of ports with more than 15 characters, with capitals or `_`, or without a letter: a `targetPort` of `"8080"`
    ///   in quotes is looked for as a name
    /// - two ports of a container, or of a Service, with the same name
    /// - a Service with several ports of which one has no name
    ///
    /// ## What passes
    ///
    /// - names of up to 63 characters of the ports of Services
    /// - what something fills in first: `${PORT}`
    /// - the port 0 in probes of Knative's Services, which stands for the one port that the container listens on
    /// - zero as the `targetPort` of a Service, which stands for its `port`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 80
    ///       targetPort: "8080"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 80
    ///       targetPort: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports>
    pub static RULE = "invalid-port" {
        level: Error,
        precision: VeryHigh,
        tags: ["validity", "network"],
        aliases: [KubeLinter "invalid-target-ports", KubeScore "container-ports-check"],
        checks: [Check::Pod(pod), Check::Object(&[SERVICE], service)],
    }
}

/// The group of Knative's Services, which fill in the port of a probe that says 0.
/// Source: <https://github.com/knative/specs/blob/main/specs/serving/knative-api-specification-1.0.md>.
const KNATIVE: &str = "serving.knative.dev";
const SERVICE: KindName = KindName { group: "", kind: "Service" };

fn pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let least = i64::from(pod.object.group() != KNATIVE);
    for container in pod.containers() {
        let mut names = FxHashSet::default();
        for port in container.spec.get("ports").into_iter().flat_map(|ports| ports.items()) {
            port.get("containerPort").inspect(|number| range(*number, 1, cx));
            // Nothing is what zero means here.
            port.get("hostPort").inspect(|number| range(*number, 0, cx));
            let Some(name) = port.get("name") else { continue };
            port_name(name, cx);
            if name.text().is_some_and(|text| !is_filled_in(&text) && !names.insert(text)) {
                twice(name, &container.describe(), cx);
            }
        }
        for handler in HANDLERS.iter().filter_map(|path| container.spec.path(path)) {
            for kind in ["httpGet", "tcpSocket"] {
                handler.path(&[kind, "port"]).inspect(|port| target(*port, least, cx));
            }
            handler.path(&["grpc", "port"]).inspect(|port| range(*port, least, cx));
        }
    }
}

fn service(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let ports: Vec<Cursor<'_>> =
        service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items()).collect();
    let mut names = FxHashSet::default();
    for port in &ports {
        port.get("port").inspect(|number| range(*number, 1, cx));
        port.get("nodePort").inspect(|number| range(*number, 0, cx));
        // Zero stands for the same number as `port`.
        let aim = port.get("targetPort").filter(|aim| aim.int() != Some(0));
        aim.inspect(|aim| target(*aim, 1, cx));
        let name = port.get("name").filter(|name| name.text().is_some_and(|text| !text.is_empty()));
        let Some((name, text)) = name.and_then(|name| Some((name, name.text()?))) else {
            if let Some(at) = port.get("port").filter(|_| ports.len() > 1) {
                let message = "a port of a Service with several ports has no name".to_owned();
                cx.report(At::value(at), report(message, "set `name`, to a different one for each port"));
            }
            continue;
        };
        if is_filled_in(&text) {
            continue;
        }
        if let Some(why) = syntax::dns_label(&text) {
            cx.report(At::value(name), report(format!("`{text}` is no name of a port: it {why}"), NAME));
        }
        if !names.insert(text) {
            twice(name, "the Service", cx);
        }
    }
}

const NAME: &str = "write a name that Kubernetes allows";

/// A number, or the name of a port of a container. A number in quotes is a name.
fn target(port: Cursor<'_>, least: i64, cx: &mut Cx<'_>) {
    match port.string() {
        Some(text) if text.parse::<u16>().is_ok() => {
            let message =
                format!("`\"{text}\"` is no port: in quotes it is a name, and a name needs a letter");
            cx.report(At::value(port), report(message, "write the number without quotes"));
        }
        Some(_) => port_name(port, cx),
        None => range(port, least, cx),
    }
}

fn port_name(name: Cursor<'_>, cx: &mut Cx<'_>) {
    let Some(text) = name.string().filter(|text| !text.is_empty() && !is_filled_in(text)) else { return };
    if let Some(why) = syntax::port_name(&text) {
        cx.report(At::value(name), report(format!("`{text}` is no name of a port: it {why}"), NAME));
    }
}

fn range(port: Cursor<'_>, least: i64, cx: &mut Cx<'_>) {
    let Some(number) = port.int().filter(|number| !(least..=65535).contains(number)) else { return };
    cx.report(At::value(port), report(format!("{number} is no port"), "write a number from 1 to 65535"));
}

fn twice(name: Cursor<'_>, owner: &str, cx: &mut Cx<'_>) {
    let text = name.text().unwrap_or_default();
    cx.report(
        At::value(name),
        report(format!("{owner} has two ports called `{text}`"), "give each a name of its own"),
    );
}

fn report(message: String, help: &'static str) -> Report {
    let why = "the API server refuses the object, and what is applied together with it stays as it was";
    Report { message, why: why.into(), help: help.into() }
}
