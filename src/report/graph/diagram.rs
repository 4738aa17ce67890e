//! The graph as a diagram: one list of boxes and arrows, in Mermaid's and in Graphviz' words.

use rustc_hash::FxHashMap;

use crate::graph::{OwnerId, OwnerView, Status};
use crate::model::ObjectView;
use crate::report::escape::escape;

use super::Chart;
use super::focus::Focus;
use super::words::{
    cluster_name, directory_name, kinds, kinds_words, owner_name, source_words, status_words,
};

/// More boxes are unreadable, and GitHub refuses to draw very large diagrams.
const MERMAID_BOXES: usize = 60;

/// What a box stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Cluster,
    Owner,
    Overlay,
    /// What could not be followed, or is not applied.
    Open,
    File,
}

struct Box {
    lines: Vec<String>,
    shape: Shape,
}

/// Boxes and arrows between them, those nearer to the roots first.
#[derive(Default)]
pub(super) struct Diagram {
    boxes: Vec<Box>,
    arrows: Vec<(usize, usize)>,
    units: FxHashMap<usize, usize>,
    layers: FxHashMap<String, usize>,
}

impl Diagram {
    /// What a chart shows.
    pub fn new(chart: &Chart<'_>, focus: Option<&Focus<'_>>) -> Self {
        let mut diagram = Self::default();
        let mut level: Vec<(usize, OwnerView<'_>)> = Vec::new();
        for (id, cluster) in (0..).zip(&chart.view.graph.clusters) {
            let roots: Vec<_> = chart.roots().filter(|root| root.owner.key.cluster.0 == id).collect();
            if !roots.is_empty() {
                let from = diagram.add(vec![format!("cluster {}", cluster_name(cluster))], Shape::Cluster);
                level.extend(roots.into_iter().map(|root| (from, root)));
            }
        }
        // Level by level, so that what is cut is what lies deepest.
        let mut boxes: FxHashMap<OwnerId, usize> = FxHashMap::default();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (from, owner) in level {
                let key = &owner.owner.key;
                let words =
                    vec![owner.owner.kind.name().to_owned(), format!("{}/{}", key.namespace, key.name)];
                debug_assert!(owner_name(owner).ends_with(&words[1]));
                let own = diagram.add(words, Shape::Owner);
                boxes.insert(owner.id, own);
                diagram.arrows.push((from, own));
                next.extend(chart.children(owner).map(|child| (own, child)));
            }
            level = next;
        }
        for owner in chart.owners() {
            let Some(&from) = boxes.get(&owner.id) else { continue };
            diagram.deliveries(chart, focus, owner, from);
        }
        for &index in &chart.unowned {
            let Some(unit) = chart.unit(index) else { continue };
            let lines = vec![directory_name(&unit.directory).to_owned(), "not applied here".to_owned()];
            let own = diagram.add(lines, Shape::Open);
            diagram.ways(focus, index, own);
        }
        diagram
    }

    fn deliveries(
        &mut self,
        chart: &Chart<'_>,
        focus: Option<&Focus<'_>>,
        owner: OwnerView<'_>,
        from: usize,
    ) {
        for (delivery, unit) in owner.deliveries() {
            if focus.is_some_and(|focus| !focus.concerns(delivery) && !focus.declares(owner)) {
                continue;
            }
            let name = source_words(chart.view, delivery);
            let Some((index, unit)) = delivery.unit.zip(unit) else {
                let words = status_words(delivery, unit).unwrap_or_default().into_owned();
                let shape = if delivery.status == Status::Resolved { Shape::Overlay } else { Shape::Open };
                let to = self.add(vec![name, words], shape);
                self.arrows.push((from, to));
                continue;
            };
            let to = match self.units.get(&index) {
                Some(&known) => known,
                None => {
                    let objects = unit.objects.iter();
                    let objects = objects
                        .map(|object| ObjectView::rendered(chart.view.map, chart.view.repository, object));
                    let words = status_words(delivery, Some(unit).filter(|unit| unit.failed));
                    let words = match words {
                        Some(words) if unit.failed => words.into_owned(),
                        _ => kinds_words(&kinds(objects)),
                    };
                    let to = self.add(vec![name, words], Shape::Overlay);
                    self.units.insert(index, to);
                    self.ways(focus, index, to);
                    to
                }
            };
            self.arrows.push((from, to));
        }
    }

    /// The bases between an overlay and the file in focus.
    fn ways(&mut self, focus: Option<&Focus<'_>>, unit: usize, from: usize) {
        let Some((focus, used)) = focus.and_then(|focus| Some((focus, focus.of(unit)?))) else { return };
        for way in &used.ways {
            let mut at = from;
            for layer in way.iter().skip(1) {
                at = self.step(at, directory_name(&layer.directory), Shape::Overlay);
            }
            self.step(at, directory_name(&focus.path), Shape::File);
        }
    }

    fn step(&mut self, from: usize, name: &str, shape: Shape) -> usize {
        let to = match self.layers.get(name) {
            Some(&known) => known,
            None => {
                let to = self.add(vec![name.to_owned()], shape);
                self.layers.insert(name.to_owned(), to);
                to
            }
        };
        if !self.arrows.contains(&(from, to)) {
            self.arrows.push((from, to));
        }
        to
    }

    fn add(&mut self, lines: Vec<String>, shape: Shape) -> usize {
        self.boxes.push(Box { lines, shape });
        self.boxes.len() - 1
    }

    /// As a flowchart of <https://mermaid.js.org/syntax/flowchart.html>.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (index, one) in self.boxes.iter().enumerate().take(MERMAID_BOXES) {
            let lines: Vec<String> = one.lines.iter().map(|line| mermaid_text(line)).collect();
            let (open, close) = match one.shape {
                Shape::Cluster => ("([", "])"),
                Shape::Owner => ("[", "]"),
                Shape::Overlay => ("(", ")"),
                Shape::Open => ("{{", "}}"),
                Shape::File => ("[/", "/]"),
            };
            text += &format!("  n{index}{open}\"{}\"{close}\n", lines.join("<br/>"));
        }
        for (from, to) in &self.arrows {
            if *from < MERMAID_BOXES && *to < MERMAID_BOXES {
                text += &format!("  n{from} --> n{to}\n");
            }
        }
        let hidden = self.boxes.len().saturating_sub(MERMAID_BOXES);
        if hidden > 0 {
            text += &format!(
                "  more[\"{hidden} more, see --focus\"]
"
            );
        }
        text
    }

    /// In the language of <https://graphviz.org/doc/info/lang.html>.
    pub fn dot(&self) -> String {
        let mut text =
            String::from("digraph plimsoll {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
        for (index, one) in self.boxes.iter().enumerate() {
            let lines: Vec<String> = one.lines.iter().map(|line| dot_text(line)).collect();
            let style = match one.shape {
                Shape::Cluster => ", shape=oval",
                Shape::Owner => "",
                Shape::Overlay => ", style=rounded",
                Shape::Open => ", style=dashed",
                Shape::File => ", shape=note",
            };
            text += &format!("  n{index} [label=\"{}\"{style}];\n", lines.join("\\n"));
        }
        for (from, to) in &self.arrows {
            text += &format!("  n{from} -> n{to};\n");
        }
        text + "}\n"
    }
}

/// What Mermaid reads as itself in a quoted text: marks of its own, of HTML and of Markdown are entities.
fn mermaid_text(text: &str) -> String {
    let mut shown = String::new();
    for c in escape(text).chars() {
        match c {
            '#' | '&' | '"' | '<' | '>' | '`' | '\\' | '*' | '_' | '{' | '}' => {
                shown += &format!("#{};", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

fn dot_text(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('"', "\\\"")
}
