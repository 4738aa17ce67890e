//! The charts of one release: those that values switch on, under the names they have here.
//!
//! Owns conditions, tags, aliases and `import-values`. Source: `pkg/chart/v2/util/dependencies.go`.

use std::sync::Arc;

use crate::source::SourceMap;
use crate::template::{Data, Map, Value, allows};
use crate::yaml::Cursor;

use super::chart::Chart;
use super::coalesce::{Coalesce, Mismatch};
use super::maps::{DEPTH, deep_copy, merged, path, table};
use super::metadata::{Dependency, Import};

/// A chart of a release.
#[derive(Clone)]
pub(super) struct Part {
    pub chart: Arc<Chart>,
    /// Its name, or its alias.
    pub name: String,
    /// Its own values, and those it imports.
    pub values: Map,
    /// The charts in it.
    pub parts: Vec<Part>,
    /// What it depends on, once it is known what is switched on.
    pub wanted: Vec<Wanted>,
    /// Whether `dependencies` is written at all; Helm does not look at what is in the chart otherwise.
    has_dependencies: bool,
}

/// A dependency of a part.
#[derive(Clone)]
pub(super) struct Wanted {
    /// Its place in [`Metadata::dependencies`](super::Metadata::dependencies).
    pub index: usize,
    /// Its name, or its alias.
    pub name: String,
}

impl Wanted {
    /// The entry of `Chart.yaml`.
    pub fn of<'p>(&self, part: &'p Part) -> Option<&'p Dependency> {
        part.chart.metadata.dependencies.get(self.index)
    }
}

impl Part {
    /// A chart with all that is in it.
    pub fn of(sources: &SourceMap, chart: &Arc<Chart>) -> Self {
        let documents = chart.values.iter().map(|tree| Value::read(Cursor::new(sources, tree)));
        let maps = documents.filter_map(|value| match value.data {
            Data::Map(map) => Some(map),
            _ => None,
        });
        let values = maps.reduce(|base, over| merged(sources, &base, &over)).unwrap_or_default();
        let wanted = chart.metadata.dependencies.iter().enumerate();
        let wanted = wanted.map(|(index, dependency)| Wanted { index, name: dependency.name.text.clone() });
        Self {
            chart: Arc::clone(chart),
            name: chart.metadata.name.text.clone(),
            values,
            parts: chart.dependencies.iter().map(|inner| Self::of(sources, inner)).collect(),
            wanted: wanted.collect(),
            has_dependencies: chart.metadata.has_dependencies,
        }
    }

    /// Leaves out what `values` switch off, and imports values.
    pub fn process(&mut self, helm3: bool, values: &Map) -> Result<(), Mismatch> {
        self.enable(helm3, values, "")?;
        self.import(helm3)
    }

    fn enable(&mut self, helm3: bool, values: &Map, prefix: &str) -> Result<(), Mismatch> {
        if !self.has_dependencies {
            return Ok(());
        }
        let dependencies = &self.chart.metadata.dependencies;
        let is = |dependency: &Dependency, part: &Part| {
            part.name == dependency.name.text
                && allows(&dependency.version.text, &part.chart.metadata.version.text)
        };
        let unnamed = |part: &&Part| !dependencies.iter().any(|dependency| is(dependency, part));
        let mut parts: Vec<Part> = self.parts.iter().filter(unnamed).cloned().collect();
        for dependency in dependencies {
            if let Some(part) = self.parts.iter().find(|part| is(dependency, part)) {
                parts.push(Part { name: dependency.called().to_owned(), ..part.clone() });
            }
        }
        for wanted in &mut self.wanted {
            if let Some(dependency) = dependencies.get(wanted.index) {
                wanted.name = dependency.called().to_owned();
            }
        }
        self.parts = parts;
        let all = Coalesce { helm3, merges: false, notes: None }.values(self, values)?;
        let is_on = |wanted: &Wanted| {
            let Some(dependency) = dependencies.get(wanted.index) else { return true };
            condition(dependency, &all, prefix).unwrap_or_else(|| tagged(dependency, &all))
        };
        let off: Vec<String> =
            self.wanted.iter().filter(|wanted| !is_on(wanted)).map(|wanted| wanted.name.clone()).collect();
        self.parts.retain(|part| !off.contains(&part.name));
        self.wanted.retain(|wanted| !off.contains(&wanted.name));
        for part in &mut self.parts {
            let prefix = format!("{prefix}{}.", part.name);
            part.enable(helm3, &all, &prefix)?;
        }
        Ok(())
    }

    /// Values of the charts in it become values of it where `import-values` asks for that.
    fn import(&mut self, helm3: bool) -> Result<(), Mismatch> {
        for part in &mut self.parts {
            part.import(helm3)?;
        }
        if self.wanted.is_empty() || !self.has_dependencies {
            return Ok(());
        }
        let merge = Coalesce { helm3, merges: true, notes: None };
        let all = merge.values(self, &Map::default())?;
        let imported = Map::default();
        for wanted in &self.wanted {
            for import in wanted.of(self).map(|it| it.imports.as_slice()).unwrap_or_default() {
                let (child, parent) = match import {
                    Import::Export(name) => (format!("exports.{name}"), "."),
                    Import::Table { child, parent } => (child.clone(), parent.as_str()),
                };
                let way = format!("{}.{child}", wanted.name);
                let Some(found) = table(&all, &way.split('.').collect::<Vec<_>>()) else { continue };
                let nested = match parent {
                    "." => found,
                    parent => parent.split('.').rev().fold(found, |inner, name| {
                        let outer = Map::default();
                        outer.set(name, inner.into());
                        outer
                    }),
                };
                merge.tables(&imported, &nested, DEPTH);
            }
        }
        let values = deep_copy(&all);
        merge.tables(&values, &imported, DEPTH);
        self.values = values;
        Ok(())
    }
}

/// What the first condition that has a value says.
fn condition(dependency: &Dependency, values: &Map, prefix: &str) -> Option<bool> {
    dependency.condition.text.trim().split(',').filter(|way| !way.is_empty()).find_map(|way| {
        let way = format!("{prefix}{way}");
        match path(values, &way.split('.').collect::<Vec<_>>())?.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    })
}

/// What the tags say: one that is on wins.
fn tagged(dependency: &Dependency, values: &Map) -> bool {
    let Some(tags) = table(values, &["tags"]) else { return true };
    let said = dependency.tags.iter().filter_map(|tag| match tags.get(&tag.text)?.data {
        Data::Bool(value) => Some(value),
        _ => None,
    });
    let said: Vec<bool> = said.collect();
    said.is_empty() || said.contains(&true)
}
