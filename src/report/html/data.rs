//! What the page shows, as small as it goes: texts that repeat stand once, in a list, and are named by their index.
//!
//! The only reader is the script beside it, so the form may change at any time. `check --format json` is for others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{Mask, Outcome};
use crate::finding::{Disposition, Finding, Level, SuppressedBy};
use crate::model::ObjectView;
use crate::report::fingerprint::fingerprints;
use crate::report::graph::{
    Chart, cluster_name, directory_name, kinds, kinds_words, owner_name, owner_place, source_words,
    status_words, unit_words,
};
use crate::report::json::{compact, visible};
use crate::report::matrix::Table;
use crate::report::place::Place;

/// Columns of a line that are shown around a finding.
const WIDTH: usize = 100;
/// Related places of a finding that are shown.
const RELATED: usize = 5;
/// Objects of overlays are listed up to this many; then only those with findings are.
const OBJECTS: usize = 10_000;

/// Texts, each once.
#[derive(Default)]
struct Texts {
    list: Vec<String>,
    index: FxHashMap<String, usize>,
}

impl Texts {
    fn add(&mut self, text: &str) -> usize {
        if let Some(&known) = self.index.get(text) {
            return known;
        }
        let index = self.list.len();
        self.list.push(text.to_owned());
        self.index.insert(text.to_owned(), index);
        index
    }
}

#[derive(Serialize)]
struct UnitItem {
    directory: usize,
    kinds: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
}

#[derive(Serialize)]
struct OwnerItem {
    name: String,
    file: i64,
    line: u32,
    object: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    cluster: u32,
    deliveries: Vec<DeliveryItem>,
}

#[derive(Serialize)]
struct DeliveryItem {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The data of the page.
pub(super) fn json(outcome: &Outcome) -> String {
    let mut texts = Texts::default();
    let chart = Chart::new(outcome.world.graph(), &[]);
    let units = units(outcome, &mut texts);
    let owners = owners(&chart, &mut texts);
    let (findings, rules) = findings(outcome, &mut texts);
    let loose: Vec<Value> = chart
        .loose
        .iter()
        .map(|file| {
            let path = texts.add(outcome.world.map.source(file.source).path().as_str());
            json!([path, kinds_words(&kinds(chart.objects(file)))])
        })
        .collect();
    let matrix = matrix(outcome, &mut texts);
    let notices: Vec<String> = outcome.notices.iter().map(|notice| visible(&notice.message)).collect();
    let mut data = json!({
        "findings": findings,
        "rules": rules,
        "units": units,
        "owners": owners,
        "clusters": outcome.world.graph.clusters.iter().map(cluster_name).collect::<Vec<_>>(),
        "unowned": chart.unowned,
        "loose": loose,
        "coverage": coverage(outcome),
        "notices": notices,
        "matrix": matrix,
        "strings": texts.list,
    });
    hide(&outcome.mask, &mut data);
    compact(&data)
}

/// Takes secrets out of every text: an overlay may put one into a name.
fn hide(mask: &Mask, data: &mut Value) {
    match data {
        Value::String(text) => {
            if let Cow::Owned(hidden) = mask.without_secrets(text.as_str().into()) {
                *text = hidden;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(mask, item)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| hide(mask, entry)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The findings as the script reads them, and the rules they are of.
fn findings(outcome: &Outcome, texts: &mut Texts) -> (Vec<Value>, Vec<[String; 2]>) {
    let mut units: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, unit) in outcome.world.rendering.units.iter().enumerate() {
        units.entry(unit.directory.as_str()).or_default().push(index);
    }
    let mut rules: Vec<[String; 2]> = Vec::new();
    let mut known: BTreeMap<u16, usize> = BTreeMap::new();
    let mut rows = Vec::with_capacity(outcome.findings.len());
    for (finding, fingerprint) in outcome.findings.iter().zip(fingerprints(outcome)) {
        let rule = *known.entry(finding.rule.0).or_insert_with(|| {
            let rule = &outcome.rules.get(finding.rule).rule;
            rules.push([rule.name.to_string(), rule.summary().to_owned()]);
            rules.len() - 1
        });
        let within: Vec<usize> =
            finding.units.iter().filter_map(|unit| units.get(unit.as_str())).flatten().copied().collect();
        rows.push(row(outcome, finding, &fingerprint, rule, within, texts));
    }
    (rows, rules)
}

fn row(
    outcome: &Outcome,
    finding: &Finding,
    fingerprint: &str,
    rule: usize,
    units: Vec<usize>,
    texts: &mut Texts,
) -> Value {
    let place = Place::new(outcome, finding.primary);
    let (line, mark) = place.shown_line(WIDTH);
    // What stands before the first letter says nothing here.
    let indent = line.len() - line.trim_start().len();
    let indent = indent.min(mark.start);
    let count = |text: Option<&str>| text.unwrap_or_default().chars().count();
    let from = count(line.get(indent..mark.start));
    let to = from + count(line.get(mark.start..mark.end));
    let level = match finding.level {
        Level::Error => 0,
        Level::Warning => 1,
        Level::Note => 2,
    };
    let related = finding.related.iter().take(RELATED).map(|related| {
        let at = Place::new(outcome, related.span);
        let message = texts.add(&visible(&related.message));
        json!([texts.add(at.path().as_str()), at.start.line, at.start.column, message])
    });
    let related: Vec<Value> = related.collect();
    let object = finding.object.as_ref().map_or(-1, |object| texts.add(&visible(&object.to_string())) as i64);
    let mut row = vec![
        json!(fingerprint),
        json!(rule),
        json!(level),
        json!(texts.add(place.path().as_str())),
        json!(place.start.line),
        json!(place.start.column),
        json!(texts.add(&visible(&finding.message))),
        json!(texts.add(&visible(&finding.why))),
        json!(texts.add(&visible(&finding.help))),
        json!(object),
        json!(units),
        json!(texts.add(line.get(indent..).unwrap_or_default().trim_end())),
        json!(from),
        json!(to),
        json!(related),
    ];
    if let Disposition::Suppressed { by, reason } = &finding.disposition {
        let reason = match by {
            SuppressedBy::Baseline => "accepted in the baseline",
            _ => reason.as_deref().unwrap_or_default(),
        };
        row.push(json!(texts.add(&visible(reason))));
    }
    Value::Array(row)
}

fn units(outcome: &Outcome, texts: &mut Texts) -> Vec<UnitItem> {
    let world = &outcome.world;
    let total: usize = world.rendering.units.iter().map(|unit| unit.objects.len()).sum();
    world
        .rendering
        .units
        .iter()
        .enumerate()
        .map(|(index, unit)| {
            let environment = world.graph.unit_environments.get(index).and_then(Option::as_ref);
            let views =
                unit.objects.iter().map(|object| ObjectView::rendered(&world.map, &world.repository, object));
            let objects = views.clone().map(|object| texts.add(&visible(&object.object_name().to_string())));
            UnitItem {
                objects: (total <= OBJECTS).then(|| objects.collect()),
                directory: texts.add(directory_name(&unit.directory)),
                kinds: kinds_words(&kinds(views)),
                note: unit_words(unit),
                environment: environment.map(|environment| visible(&environment.name)),
            }
        })
        .collect()
}

fn owners(chart: &Chart<'_>, texts: &mut Texts) -> Vec<OwnerItem> {
    let view = chart.view;
    view.owners()
        .map(|owner| {
            let place = owner_place(owner);
            let deliveries = owner.deliveries().map(|(delivery, unit)| {
                let mut name = source_words(view, delivery);
                if delivery.cluster != owner.owner.key.cluster {
                    name += &format!(" → cluster {}", cluster_name(view.graph.cluster(delivery.cluster)));
                }
                if let Some(namespace) = &delivery.namespace {
                    name += &format!(" → namespace {namespace}");
                }
                let note = status_words(delivery, unit).map(|words| words.into_owned());
                DeliveryItem { name, unit: delivery.unit, note }
            });
            OwnerItem {
                name: owner_name(owner),
                file: place.map_or(-1, |(path, _)| texts.add(path.as_str()) as i64),
                line: place.map_or(0, |(_, line)| line),
                object: texts.add(&visible(&owner.object.object_name().to_string())),
                parent: owner.owner.parent.map(|parent| parent.0),
                cluster: owner.owner.key.cluster.0,
                deliveries: deliveries.collect(),
            }
        })
        .collect()
}

/// The matrix as the script reads it; `null` where nothing runs in an environment.
fn matrix(outcome: &Outcome, texts: &mut Texts) -> Value {
    let table = Table::new(outcome.world.graph(), &[]);
    if table.rows.is_empty() {
        return Value::Null;
    }
    let rows = table.rows.iter().map(|row| {
        let cells = row.entries.iter().map(|entry| {
            let versions = entry.versions.iter().map(|version| {
                json!([texts.add(&visible(&version.words())), texts.add(version.file.as_str()), version.line])
            });
            let versions: Vec<Value> = versions.collect();
            json!([versions, entry.marks.iter().map(|mark| mark.name()).collect::<Vec<_>>()])
        });
        let cells: Vec<Value> = cells.collect();
        json!([
            texts.add(&visible(&row.component)),
            texts.add(&visible(&row.slot)),
            texts.add(&visible(&row.name)),
            cells
        ])
    });
    let rows: Vec<Value> = rows.collect();
    json!({
        "environments": table.environments.iter().map(|column| visible(&column.name)).collect::<Vec<_>>(),
        "legend": table.marks().into_iter().map(|mark| [mark.name(), mark.meaning()]).collect::<Vec<_>>(),
        "rows": rows,
    })
}

/// What was looked at and what was not, a number each.
fn coverage(outcome: &Outcome) -> Vec<(String, usize)> {
    let coverage = &outcome.coverage;
    let mut rows = vec![
        ("files found".to_owned(), coverage.seen),
        ("files analysed".to_owned(), coverage.analysed),
        ("objects checked".to_owned(), coverage.objects),
        ("overlays rendered".to_owned(), coverage.units),
        ("charts rendered".to_owned(), coverage.charts),
    ];
    rows.extend(coverage.not_rendered.iter().map(|(what, count)| (format!("not rendered: {what}"), *count)));
    if coverage.partial > 0 {
        rows.push(("objects of overlays or charts that are rendered in part".to_owned(), coverage.partial));
    }
    let unread = coverage.unread_pipelines.iter();
    rows.extend(unread.map(|(what, count)| (format!("not read of pipelines: {what}"), *count)));
    let not_followed = coverage.not_followed.iter();
    rows.extend(not_followed.map(|(why, count)| (format!("not followed: {}", visible(why)), *count)));
    rows.extend(
        coverage.not_linted.iter().map(|(what, count)| (format!("not checked as deployed: {what}"), *count)),
    );
    if coverage.not_verified > 0 {
        rows.push(("demands of definitions that were not verified".to_owned(), coverage.not_verified));
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for skip in &coverage.skipped {
        *reasons.entry(visible(&skip.reason.describe())).or_default() += 1;
    }
    rows.extend(reasons.into_iter().map(|(reason, count)| (format!("files not analysed: {reason}"), count)));
    rows
}
