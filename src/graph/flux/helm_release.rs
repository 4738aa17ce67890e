//! A HelmRelease: where its chart comes from.
//!
//! Source: <https://fluxcd.io/flux/components/helm/helmreleases/>.

use crate::graph::argo::values_of_chart;
use crate::graph::owner::{Content, Expansion, Planned};
use crate::graph::{Context, Status, Tool};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::index::path;
use super::kustomization::destination;
use super::source;
use super::{Index, release};

/// What the controller makes of a HelmRelease.
pub fn expand(context: &Context<'_>, index: &Index, view: &ObjectView<'_>) -> Expansion {
    let Some(spec) = view.root.get("spec") else { return Expansion::default() };
    let written = spec.path(&["chart", "spec"]);
    let held = spec.get("chartRef").and_then(|reference| held(context, index, view, reference));
    let chart = written.or_else(|| held.as_ref()?.root.get("spec"));
    let owner = held.as_ref().filter(|_| written.is_none()).unwrap_or(view);
    let named = chart.and_then(|chart| chart.get("chart"));
    let own = named.filter(|_| written.is_some());
    let at = own.or_else(|| spec.path(&["chartRef", "name"])).unwrap_or(spec);
    let is_git = |kind: &str| matches!(kind, "GitRepository" | "Bucket");
    let mut values = Vec::new();
    let (directory, status) = match chart.and_then(|chart| chart.get("sourceRef")) {
        Some(reference)
            if reference.get("kind").and_then(|kind| kind.text()).is_some_and(|it| is_git(&it)) =>
        {
            let artifact = source::artifact(context, index, owner, reference);
            let found =
                artifact.directory(context, &named.and_then(|named| named.text()).unwrap_or_default());
            // Of a chart that is not here nobody knows where its files are.
            if let (Some(chart), true) = (chart, found.1 == Status::Resolved) {
                let certain = matches!(artifact, source::Artifact::Repository { certain: true });
                values = values_of_chart(context, chart, certain);
            }
            found
        }
        _ => (None, Status::External),
    };
    let text = |name: &str| spec.get(name).and_then(|value| value.text()).map(|text| text.into_owned());
    let own = || view.namespace().map(|namespace| namespace.into_owned());
    let content = match &directory {
        Some(directory) if status == Status::Resolved => {
            Content::Own(Box::new(release::build(context, index, view, spec, &values, directory)))
        }
        _ => Content::Nothing,
    };
    let planned = Planned {
        at: at.span(),
        directory,
        tool: Tool::Helm,
        status,
        content,
        destination: destination(spec),
        namespace: text("targetNamespace").or_else(own),
        values,
    };
    Expansion { deliveries: vec![planned], ..Expansion::default() }
}

/// The HelmChart that a `chartRef` names.
fn held<'i>(
    context: &'i Context<'_>,
    index: &'i Index,
    release: &ObjectView<'_>,
    reference: Cursor<'_>,
) -> Option<ObjectView<'i>> {
    let text = |name: &str| reference.get(name).and_then(|value| value.text());
    if text("kind")? != "HelmChart" {
        return None;
    }
    let namespace = text("namespace").or_else(|| release.namespace()).unwrap_or_default();
    let near = path(context.map, release);
    index.find(context, "HelmChart", &namespace, &text("name")?, near).into_iter().next()
}
