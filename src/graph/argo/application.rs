//! An Application: which sources it has, and where they go.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/>.

use crate::graph::Context;
use crate::graph::owner::{Destination, Expansion, Planned};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::source::Source;

/// How Argo CD calls the cluster it runs in.
const IN_CLUSTER: [&str; 2] = ["in-cluster", "https://kubernetes.default.svc"];

/// Whether a destination's `name` or `server` is the cluster that Argo CD runs in.
pub fn is_in_cluster(cluster: &str) -> bool {
    IN_CLUSTER.contains(&cluster.trim_end_matches('/'))
}

/// The sources of an Application's `spec` that manifests are made of, in order: its deliveries are those of these.
/// Sources that only lend value files (`ref`) are not among them.
pub fn sources(spec: Cursor<'_>) -> Vec<Cursor<'_>> {
    let mut sources = all_sources(spec);
    let has = |source: &Cursor<'_>, field: &str| {
        source.get(field).and_then(|value| value.text()).is_some_and(|text| !text.is_empty())
    };
    sources.retain(|source| !has(source, "ref") || has(source, "path") || has(source, "chart"));
    sources
}

/// All sources. `sources` wins over `source`; of a hydrated Application the dry source is what people write.
pub(super) fn all_sources(spec: Cursor<'_>) -> Vec<Cursor<'_>> {
    if let Some(dry) = spec.path(&["sourceHydrator", "drySource"]) {
        return vec![dry];
    }
    let listed: Vec<Cursor<'_>> = spec.get("sources").into_iter().flat_map(|list| list.items()).collect();
    if listed.is_empty() { spec.get("source").into_iter().collect() } else { listed }
}

/// What the controller makes of an Application.
pub fn expand(context: &Context<'_>, application: &ObjectView<'_>) -> Expansion {
    let Some(spec) = application.root.get("spec") else { return Expansion::default() };
    let text = |path: &[&str]| spec.path(path).and_then(|value| value.text()).filter(|text| !text.is_empty());
    let destination = match text(&["destination", "name"]).or_else(|| text(&["destination", "server"])) {
        Some(cluster) if is_in_cluster(&cluster) => Destination::Own,
        Some(cluster) if cluster.contains("{{") => Destination::Opaque(cluster.into_owned()),
        Some(cluster) => Destination::Named(cluster.trim_end_matches('/').to_owned()),
        None => Destination::Own,
    };
    let namespace = text(&["destination", "namespace"]).map(|namespace| namespace.into_owned());
    let deliveries = sources(spec).into_iter().map(|source| Planned {
        destination: destination.clone(),
        namespace: namespace.clone(),
        ..Source { context, application, spec, written: source }.plan()
    });
    Expansion { deliveries: deliveries.collect(), ..Expansion::default() }
}
