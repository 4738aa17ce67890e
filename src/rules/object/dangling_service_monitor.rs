//! `dangling-service-monitor`

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;
use crate::yaml::Cursor;

rule! {
    /// A ServiceMonitor or PodMonitor that matches nothing.
    ///
    /// ## Why
    ///
    /// Prometheus scrapes nothing for it, and no alert that uses these metrics ever fires.
    ///
    /// ## What passes
    ///
    /// - monitors of other namespaces, and empty selectors
    /// - units that hold no Service or pod at all, or of which a part is not rendered, and namespaces where a
    ///   chart or an operator makes objects that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: ServiceMonitor
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: website
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: ServiceMonitor
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## References
    ///
    /// - <https://prometheus-operator.dev/docs/developer/getting-started/>
    pub static RULE = "dangling-service-monitor" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["object", "reference", "monitoring"],
        aliases: [
            KubeLinter "dangling-servicemonitor",
        ],
        checks: [Check::Graph(check)],
    }
}

/// Keys and values.
type Labels = Vec<(Box<str>, Box<str>)>;

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("PodMonitor") {
        let Some((value, selector)) = own_selector(&deployed.object(world, id)) else { continue };
        if !deployed.selects_something(id, &selector) {
            report(&deployed, id, value, "pod", &selector, cx);
        }
    }
    if deployed.of_kind("ServiceMonitor").next().is_none() {
        return;
    }
    // Services by each of their labels: a monitor asks those that have one of its own.
    let mut services: FxHashMap<(String, String), Vec<(Id, Labels)>> = FxHashMap::default();
    for id in deployed.of_kind("Service") {
        let service = deployed.object(world, id);
        let labels =
            service.root.path(&["metadata", "labels"]).into_iter().flat_map(|labels| labels.entries());
        let labels: Vec<(Box<str>, Box<str>)> =
            labels.filter_map(|entry| Some((entry.key.text()?.into(), entry.value.text()?.into()))).collect();
        for (key, value) in &labels {
            services.entry((key.to_string(), value.to_string())).or_default().push((id, labels.clone()));
        }
    }
    for id in deployed.of_kind("ServiceMonitor") {
        let Some((value, selector)) = own_selector(&deployed.object(world, id)) else { continue };
        let lists = selector.labels().map(|(key, value)| {
            services.get(&(key.to_owned(), value.to_owned())).map_or(&[][..], Vec::as_slice)
        });
        let Some(fewest) = lists.min_by_key(|list| list.len()) else { continue };
        let found = fewest
            .iter()
            .any(|(service, labels)| selector.matches(labels) && deployed.may_meet(id, *service));
        if !found && !selector.is_unknown() && !deployed.is_open(id, "Service") {
            report(&deployed, id, value, "Service", &selector, cx);
        }
    }
}

/// The selector of a monitor that looks into its own namespace alone.
fn own_selector<'w>(monitor: &ObjectView<'w>) -> Option<(Cursor<'w>, Selector<'w>)> {
    if monitor.root.path(&["spec", "namespaceSelector"]).is_some() {
        return None;
    }
    let value = monitor.root.path(&["spec", "selector"])?;
    let selector = Selector::of(value);
    (!selector.is_empty()).then_some((value, selector))
}

fn report(
    deployed: &Deployed,
    id: Id,
    value: Cursor<'_>,
    what: &str,
    selector: &Selector<'_>,
    cx: &mut Cx<'_>,
) {
    let report = Report {
        message: format!("no {what} has the labels that the monitor selects: {}", selector.shown()),
        why: "nothing is scraped, and alerts on these metrics never fire".into(),
        help: format!("select labels that a {what} of the namespace has").into(),
    };
    deployed.report(cx, id, At::key(value), report);
}
