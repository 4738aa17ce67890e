//! `diff-multi-env-change`

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Tier;
use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{Cell, ChangeView, components};
use crate::model::File;
use crate::render::Layer;
use crate::source::{Source, SourceId, Span, new_lines};
use crate::yaml::{Kind, Node, Style};

rule! {
    /// A change that reaches production together with an environment before it.
    ///
    /// ## Why
    ///
    /// The environments before production are there to show what a change does. One that edits both at once is
    /// tried out nowhere.
    ///
    /// ## What passes
    ///
    /// - a change of production alone, or of what comes before it
    /// - files in which only comments change
    ///
    /// When it is a base that changes, every environment gets it at once: that is a note that lists what is reached.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/base/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: base/base/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.0.0
    /// # file: base/overlays/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.0.0
    /// # file: base/overlays/dev/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.0.0
    /// # file: head/base/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: head/base/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.0.0
    /// # file: head/overlays/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.1.0
    /// # file: head/overlays/dev/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.1.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/base/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: base/base/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.0.0
    /// # file: base/overlays/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.0.0
    /// # file: base/overlays/dev/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.1.0
    /// # file: head/base/kustomization.yaml
    /// resources: [deployment.yaml]
    /// # file: head/base/deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.0.0
    /// # file: head/overlays/prod/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.1.0
    /// # file: head/overlays/dev/kustomization.yaml
    /// resources: [../../base]
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.1.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://opengitops.dev/>
    pub static RULE = "diff-multi-env-change" {
        level: Warning,
        precision: Medium,
        tags: ["change"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

/// How many entry points a message lists.
const SHOWN: usize = 5;

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let changed = changed(change);
    if changed.is_empty() {
        return;
    }
    let units = &change.head.rendering.units;
    let own = |cell: &Cell| -> Option<Span> {
        let files = cell.units.iter().filter_map(|unit| units.get(*unit)).flat_map(|unit| &unit.layer.files);
        files.filter_map(|file| changed.get(file)).min().copied()
    };
    let mut bases: BTreeMap<Span, BTreeSet<(Option<Tier>, String)>> = BTreeMap::new();
    for component in components(&change.head) {
        let surely = component.cells.iter().filter(|cell| cell.environment.evidence.is_strong());
        let (production, lower): (Vec<&Cell>, Vec<&Cell>) = surely
            .filter(|cell| cell.environment.tier.is_some())
            .partition(|cell| cell.environment.tier == Some(Tier::Production));
        let with = lower.iter().find(|cell| own(cell).is_some());
        if let (Some((cell, at)), Some(with)) =
            (production.iter().find_map(|cell| Some((cell, own(cell)?))), with)
        {
            cx.report(
                At::span(at),
                Report {
                    message: format!(
                        "`{}` changes in {} and in {} at once",
                        component.key, cell.environment.name, with.environment.name
                    ),
                    why: "what the change does is seen in production first".into(),
                    help: "change the lower environment, look at it, and promote it in a change of its own"
                        .into(),
                },
            );
        }
        for cell in production.iter().chain(&lower) {
            for unit in cell.units.iter().filter_map(|unit| units.get(*unit)) {
                let mut files = BTreeSet::new();
                below(&unit.layer, &mut files);
                for at in files.iter().filter_map(|file| changed.get(file)) {
                    let entry = (cell.environment.tier, unit.directory.to_string());
                    bases.entry(*at).or_default().insert(entry);
                }
            }
        }
    }
    for (at, reached) in bases {
        let tiers: BTreeSet<Option<Tier>> = reached.iter().map(|(tier, _)| *tier).collect();
        if tiers.len() < 2 || !tiers.contains(&Some(Tier::Production)) {
            continue;
        }
        let mut listed: Vec<String> =
            reached.iter().rev().take(SHOWN).map(|(_, unit)| format!("`{unit}`")).collect();
        if reached.len() > SHOWN {
            listed.push(format!("{} more", reached.len() - SHOWN));
        }
        let finding = cx.report(
            At::span(at),
            Report {
                message: format!("this base reaches {}", listed.join(", ")),
                why: "production and what comes before it get the change at the same time".into(),
                help: "where that matters, make the change in an overlay first".into(),
            },
        );
        finding.level = Level::Note;
    }
}

/// The files that differ, each with its first new line.
fn changed(change: &ChangeView<'_>) -> BTreeMap<SourceId, Span> {
    let mut changed = BTreeMap::new();
    for file in &change.head.repository.files {
        let source = change.head.map.source(file.source);
        let old = change.base.repository.file(source.path());
        // A new file is no change of anything.
        let Some(old_file) = old else { continue };
        let old = change.base.map.source(old_file.source);
        if old.text() == source.text() || says_the_same((old, old_file), (source, file)) {
            continue;
        }
        let is_new = new_lines(old.text(), source.text());
        let says_something = |(is_new, line): (&bool, &str)| *is_new && !line.trim_start().starts_with('#');
        let line = is_new.iter().zip(source.text().lines()).position(says_something);
        let line = line.or_else(|| is_new.iter().position(|is_new| *is_new)).unwrap_or(0);
        let range = source.line_range(line as u32 + 1);
        let text = source.text().get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        changed.insert(file.source, Span::new(file.source, start as u32, range.end as u32));
    }
    changed
}

/// Whether two files of YAML differ in nothing but comments, blank lines and indentation: then the same is applied.
fn says_the_same(old: (&Source, &File), new: (&Source, &File)) -> bool {
    let nodes = |(_, file): (&Source, &File)| file.parsed.arena.nodes.len();
    let is_read = |file: &File| {
        matches!(file.kind, FileKind::Yaml | FileKind::Json)
            && file.parsed.problems.is_empty()
            && file.documents.iter().all(|document| !document.tree.nodes().is_empty())
    };
    let is_same = |(a, b): (&Node, &Node)| {
        // The text of a block scalar depends on how far it is indented.
        let is_whole = matches!(a.kind, Kind::Map | Kind::Seq);
        let same_text = || old.0.slice(a.span).trim_end() == new.0.slice(b.span).trim_end();
        (a.kind, a.skip, a.style == Style::Empty) == (b.kind, b.skip, b.style == Style::Empty)
            && (is_whole || same_text())
    };
    let both = old.1.parsed.arena.nodes.iter().zip(&new.1.parsed.arena.nodes);
    let properties = |(source, file): (&Source, &File)| -> Vec<String> {
        let all = file.parsed.arena.properties.iter();
        all.flat_map(|one| [one.anchor, one.tag].map(|span| source.slice(span).to_owned())).collect()
    };
    is_read(old.1)
        && is_read(new.1)
        && nodes(old) == nodes(new)
        && properties(old) == properties(new)
        && both.into_iter().all(is_same)
}

/// The files of everything that a layer includes.
fn below(layer: &Layer, files: &mut BTreeSet<SourceId>) {
    for base in &layer.bases {
        files.extend(base.files.iter().copied());
        below(base, files);
    }
}
