//! Whether `Chart.lock` says which charts the dependencies of a chart are.
//!
//! Owns the comparison that `helm dependency build` makes, which refuses a lock that is not of these dependencies. Must
//! not know where dependencies lie.

use std::sync::Arc;

use crate::render::kustomize::Documents;
use crate::render::{Event, EventKind};
use crate::source::SourceMap;
use crate::template::{allows, is_version};
use crate::yaml::Cursor;

use super::chart::Chart;
use super::metadata::Dependency;

/// What is wrong with the lock of a chart. `is_there` says of a dependency whether `charts/` has it.
pub(super) fn check(
    map: &SourceMap,
    chart: &Chart,
    lock: Option<&Arc<Documents>>,
    is_there: &dyn Fn(&Dependency) -> bool,
) -> Option<Event> {
    let dependencies = &chart.metadata.dependencies;
    // Their lock has another name and another form.
    if chart.metadata.api_version.text == "v1" {
        return None;
    }
    let Some(lock) = lock else {
        let is_open = |it: &&Dependency| {
            let (repository, version) = (&it.repository.text, it.version.text.trim_matches(['=', ' ']));
            let is_elsewhere = !repository.is_empty() && !repository.starts_with("file://");
            is_elsewhere && !is_version(version) && !is_there(it)
        };
        let open: Vec<&Dependency> = dependencies.iter().filter(is_open).collect();
        let first = open.first()?;
        let span = first.version.span.or(first.name.span).or(first.span)?;
        let message = format!(
            "`{}` takes any {} of the chart `{}`, and no Chart.lock says which",
            chart.metadata.name.text,
            match first.version.text.trim() {
                "" => "version".to_owned(),
                range => format!("version that fits `{range}`"),
            },
            first.name.text
        );
        return Some(Event::new(EventKind::ChartLock, span, message));
    };
    let root = Cursor::new(map, lock.trees.first()?);
    let text = |item: Cursor<'_>, name: &str| {
        item.get(name).and_then(|value| value.text()).unwrap_or_default().into_owned()
    };
    let items = root.get("dependencies").into_iter().flat_map(|list| list.items());
    let locked: Vec<[String; 3]> =
        items.map(|item| [text(item, "name"), text(item, "version"), text(item, "repository")]).collect();
    for dependency in dependencies {
        let name = &dependency.name.text;
        let entries = || locked.iter().filter(|[locked, ..]| locked == name);
        let wanted = &dependency.version.text;
        let fits = |version: &str| wanted.is_empty() || !is_version(version) || allows(wanted, version);
        let address = |text: &str| text.trim_end_matches('/').to_owned();
        let own = address(&dependency.repository.text);
        let (at, message) = if entries().next().is_none() {
            (&dependency.name, format!("Chart.lock does not have the chart `{name}`"))
        } else if !entries().any(|[_, version, _]| fits(version)) {
            let version = entries().map(|[_, version, _]| version.as_str()).next().unwrap_or_default();
            let message =
                format!("Chart.lock has version {version} of the chart `{name}`, which is not `{wanted}`");
            (&dependency.version, message)
        } else if !entries().any(|[.., repository]| address(repository) == own) {
            (&dependency.repository, format!("Chart.lock takes the chart `{name}` from another repository"))
        } else {
            continue;
        };
        let span = at.span.or(dependency.name.span).or(dependency.span)?;
        return Some(Event::new(EventKind::ChartLock, span, message));
    }
    let gone = locked.iter().find(|[name, ..]| !dependencies.iter().any(|it| it.name.text == *name));
    gone.map(|[name, ..]| {
        let message = format!("Chart.lock has the chart `{name}`, which is no dependency any more");
        Event::new(EventKind::ChartLock, chart.span(), message)
    })
}
