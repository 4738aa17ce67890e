//! The graph as a tree for a terminal.

use std::collections::BTreeSet;

use crate::graph::{OwnerView, Status};
use crate::model::ObjectView;
use crate::report::escape::escape;
use crate::report::summary::plural;

use super::Chart;
use super::focus::{Focus, Use};
use super::words::{
    cluster_name, directory_name, kinds, kinds_words, object_words, owner_name, owner_place, source_words,
    status_words, unit_words,
};

/// Files and overlays that nobody applies are named up to this many.
const LISTED: usize = 20;

/// A line and the lines below it.
struct Branch {
    text: String,
    below: Vec<Branch>,
}

impl Branch {
    fn leaf(text: impl Into<String>) -> Self {
        Self { text: text.into(), below: Vec::new() }
    }

    fn print(&self, prefix: &str, to: &mut String) {
        let last = self.below.len().saturating_sub(1);
        for (index, branch) in self.below.iter().enumerate() {
            let (joint, rest) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            *to += &format!("{prefix}{joint}{}\n", escape(&branch.text));
            branch.print(&format!("{prefix}{rest}"), to);
        }
    }
}

/// Owners by cluster, then what nobody applies, then the counts.
pub(super) fn render(chart: &Chart<'_>, focus: Option<&Focus<'_>>) -> String {
    let mut trees: Vec<Branch> = Vec::new();
    for (id, cluster) in (0..).zip(&chart.view.graph.clusters) {
        let roots = chart.roots().filter(|root| root.owner.key.cluster.0 == id);
        let below: Vec<Branch> = roots.map(|root| owner(chart, focus, root)).collect();
        if !below.is_empty() {
            trees.push(Branch { text: format!("cluster {}", cluster_name(cluster)), below });
        }
    }
    let below = unapplied(chart, focus);
    if !below.is_empty() {
        trees.push(Branch { text: "not applied by any owner in this repository".to_owned(), below });
    }
    let mut text = String::new();
    for tree in &trees {
        text += &format!("{}\n", escape(&tree.text));
        tree.print("", &mut text);
        text.push('\n');
    }
    text + &summary(chart, focus)
}

fn owner(chart: &Chart<'_>, focus: Option<&Focus<'_>>, of: OwnerView<'_>) -> Branch {
    let place = owner_place(of).map(|(path, line)| format!("  {path}:{line}")).unwrap_or_default();
    let mut below: Vec<Branch> = Vec::new();
    for (delivery, unit) in of.deliveries() {
        let used = focus.and_then(|focus| focus.of(delivery.unit?));
        let is_declared = focus.is_none_or(|focus| focus.declares(of));
        if focus.is_some_and(|focus| !focus.concerns(delivery)) && !is_declared {
            continue;
        }
        let mut text = source_words(chart.view, delivery);
        if delivery.cluster != of.owner.key.cluster {
            text += &format!(" → cluster {}", cluster_name(chart.view.graph.cluster(delivery.cluster)));
        }
        if let Some(namespace) = &delivery.namespace {
            text += &format!(" → namespace {namespace}");
        }
        let objects = unit.into_iter().flat_map(|unit| &unit.objects);
        let objects =
            objects.map(|object| ObjectView::rendered(chart.view.map, chart.view.repository, object));
        let words = status_words(delivery, unit);
        text += &match (unit, words) {
            (Some(unit), Some(words)) if !unit.failed => {
                format!(": {}; {words}", kinds_words(&kinds(objects)))
            }
            (_, Some(words)) => format!(": {words}"),
            (Some(_), None) => format!(": {}", kinds_words(&kinds(objects))),
            (None, None) => String::new(),
        };
        let below_unit =
            used.map(|used| uses(chart, used, delivery.namespace.as_deref())).unwrap_or_default();
        below.push(Branch { text, below: below_unit });
    }
    below.extend(chart.children(of).map(|child| owner(chart, focus, child)));
    if below.is_empty() {
        below.push(Branch::leaf("what it applies is not known"));
    }
    Branch { text: format!("{}{place}", owner_name(of)), below }
}

/// The way from an overlay to a file, and what the file changes.
fn uses(chart: &Chart<'_>, used: &Use<'_>, namespace: Option<&str>) -> Vec<Branch> {
    let mut below: Vec<Branch> = Vec::new();
    for way in &used.ways {
        let bases: Vec<&str> = way.iter().skip(1).map(|layer| directory_name(&layer.directory)).collect();
        if !bases.is_empty() {
            below.push(Branch::leaf(format!("includes {}", bases.join(", which includes "))));
        }
    }
    let Some(unit) = chart.unit(used.unit) else { return below };
    let objects = used.objects.iter().filter_map(|&index| unit.objects.get(index));
    below.extend(objects.map(|object| {
        let object = ObjectView::rendered(chart.view.map, chart.view.repository, object);
        Branch::leaf(format!("changes {}", object_words(&object, namespace)))
    }));
    below
}

fn unapplied(chart: &Chart<'_>, focus: Option<&Focus<'_>>) -> Vec<Branch> {
    let mut below: Vec<Branch> = Vec::new();
    for &index in &chart.unowned {
        let Some(unit) = chart.unit(index) else { continue };
        let objects = unit.objects.iter();
        let objects =
            objects.map(|object| ObjectView::rendered(chart.view.map, chart.view.repository, object));
        let what = match unit_words(unit) {
            Some(words) if unit.failed => words,
            Some(words) => format!("{}; {words}", kinds_words(&kinds(objects))),
            None => kinds_words(&kinds(objects)),
        };
        let used = focus.and_then(|focus| focus.of(index));
        below.push(Branch {
            text: format!("{}: {what}", directory_name(&unit.directory)),
            below: used.map(|used| uses(chart, used, None)).unwrap_or_default(),
        });
    }
    for file in &chart.loose {
        let what = kinds_words(&kinds(chart.objects(file)));
        below.push(Branch::leaf(format!("{}: {what}", chart.view.map.source(file.source).path())));
    }
    if below.len() > LISTED && focus.is_none() {
        let more = below.len() - LISTED;
        below.truncate(LISTED);
        below.push(Branch::leaf(format!("{} (--format json has them all)", plural(more, "more place"))));
    }
    below
}

fn summary(chart: &Chart<'_>, focus: Option<&Focus<'_>>) -> String {
    let mut text = String::new();
    let mut clusters = BTreeSet::new();
    let mut units = BTreeSet::new();
    let (mut owners, mut external, mut missing, mut unverifiable) = (0, 0, 0, 0);
    for owner in chart.owners() {
        owners += 1;
        for delivery in &owner.owner.deliveries {
            if focus.is_some_and(|focus| !focus.concerns(delivery)) {
                continue;
            }
            clusters.insert(delivery.cluster);
            units.extend(delivery.unit);
            match delivery.status {
                Status::Resolved => {}
                Status::External => external += 1,
                Status::Missing(_) => missing += 1,
                Status::Unverifiable(_) => unverifiable += 1,
            }
        }
    }
    match focus {
        Some(focus) if owners + chart.unowned.len() + chart.loose.len() == 0 => {
            return format!(
                "nothing that plimsoll knows of uses {}; `check --show-files` says what it was read as\n",
                escape(directory_name(&focus.path))
            );
        }
        Some(focus) => {
            let used = focus.units().filter_map(|unit| focus.of(unit));
            let objects = used.map(|used| used.objects.len()).sum();
            text += &format!(
                "{}: {}, {}, {}, {}",
                escape(directory_name(&focus.path)),
                plural(owners, "owner"),
                plural(focus.units().count(), "overlay"),
                plural(objects, "object"),
                plural(clusters.len(), "cluster"),
            );
        }
        None => {
            let objects =
                units.iter().filter_map(|&unit| chart.unit(unit)).map(|unit| unit.objects.len()).sum();
            text += &format!(
                "{} {} {} of {} to {}",
                plural(owners, "owner"),
                if owners == 1 { "applies" } else { "apply" },
                plural(objects, "object"),
                plural(units.len(), "path"),
                plural(clusters.len(), "cluster"),
            );
        }
    }
    let mut gaps = Vec::new();
    for (count, what) in
        [(missing, "missing"), (external, "outside of this repository"), (unverifiable, "not followed")]
    {
        if count > 0 {
            gaps.push(format!("{count} {what}"));
        }
    }
    if !gaps.is_empty() {
        text += &format!("; of what owners name: {}", gaps.join(", "));
    }
    text + "\n"
}
