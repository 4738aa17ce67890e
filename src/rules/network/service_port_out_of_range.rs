//! `service-port-out-of-range`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A port of a Service outside of the range that the configuration allows.
    ///
    /// ## Why
    ///
    /// Firewalls and people expect Services there.
    ///
    /// ## What is reported
    ///
    /// `port` of Services, where `conventions.service-ports` sets a `min` or `max`. Otherwise the rule reports
    /// nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   service-ports:
    ///     min: 1024
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   service-ports:
    ///     min: 80
    ///     max: 9999
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports>
    pub static RULE = "service-port-out-of-range" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["network", "configuration"],
        aliases: [],
        checks: [Check::Object(&[SERVICE], check)],
    }
}

const SERVICE: KindName = KindName { group: "", kind: "Service" };

fn check(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(range) = cx.options().conventions.service_ports.as_ref().map(|range| range.value) else {
        return;
    };
    let (least, most) = (range.min.unwrap_or(0), range.max.unwrap_or(u16::MAX));
    let ports = service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items());
    for port in ports.filter_map(|port| port.get("port")) {
        let Some(number) = port.int().filter(|number| !(i64::from(least)..=i64::from(most)).contains(number))
        else {
            continue;
        };
        let report = Report {
            message: format!("port {number} is not between {least} and {most}"),
            why: "the configuration of this repository allows other ports".into(),
            help: "use a port of the range".into(),
        };
        cx.report(port, report);
    }
}
