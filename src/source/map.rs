//! The table of all sources and steps of one revision of one repository. Two revisions share one table, so that what is
//! the same in both is the same text, and whatever was made of it can be used for both.

use std::sync::{Arc, PoisonError, RwLock};

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Input, InputRole, Piece, Source, SourceId, SourceKind, Span, Step, StepId, StepKind};

/// Steps are followed back this far when a place to edit is looked for. A chain is as long as overlays are deep.
const CHAIN: u32 = 64;

/// The files of a revision, and all sources and render steps there are.
#[derive(Debug, Default)]
pub struct SourceMap {
    /// Sorted by path.
    files: Vec<SourceId>,
    table: Arc<Table>,
}

/// What a file of a second revision is made of.
#[derive(Debug)]
pub enum Beside {
    /// A file of the first revision, with the text that it has there.
    Same(SourceId),
    /// Another text.
    Other(Source),
}

/// Sources and steps. The files of the first revision come first, in the order of their paths; all else is appended,
/// from many threads, through a shared reference.
#[derive(Debug, Default)]
struct Table {
    first: Vec<Source>,
    derived: boxcar::Vec<Source>,
    steps: boxcar::Vec<Step>,
    /// Words that steps write though they stand in no file, such as the keys of maps they create.
    words: RwLock<FxHashMap<Box<str>, Span>>,
    /// Short texts that many values have, such as the kinds of objects.
    shared: RwLock<FxHashSet<Arc<str>>>,
}

impl SourceMap {
    /// A map over the files of a repository. File `i` gets `SourceId(i)`.
    pub fn new(files: Vec<Source>) -> Self {
        let ids = (0..files.len() as u32).map(SourceId).collect();
        Self { files: ids, table: Arc::new(Table { first: files, ..Table::default() }) }
    }

    /// A map over the files of another revision, sorted by path, in the same table.
    #[must_use]
    pub fn beside(&self, files: Vec<Beside>) -> Self {
        let mut other = Self { files: Vec::new(), table: Arc::clone(&self.table) };
        let ids = files.into_iter().map(|file| match file {
            Beside::Same(id) => id,
            Beside::Other(source) => other.derive(source),
        });
        other.files = ids.collect();
        other
    }

    /// Adds an embedded or synthetic source.
    pub fn derive(&self, source: Source) -> SourceId {
        SourceId((self.table.first.len() + self.table.derived.push(source)) as u32)
    }

    /// Records a step.
    pub fn record(&self, step: Step) -> StepId {
        StepId(self.table.steps.push(step) as u32 + 1)
    }

    /// The source with this id. Ids are only made by this map, so an unknown one is a defect of plimsoll.
    pub fn source(&self, id: SourceId) -> &Source {
        let (index, Table { first, derived, .. }) = (id.0 as usize, &*self.table);
        first.get(index).unwrap_or_else(|| &derived[index - first.len()])
    }

    /// The files of the repository, sorted by path.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &Source> + Clone {
        self.files.iter().map(|&id| self.source(id))
    }

    /// Their ids.
    pub fn ids(&self) -> &[SourceId] {
        &self.files
    }

    /// The file at a path, relative to the root.
    pub fn find(&self, path: &Utf8Path) -> Option<SourceId> {
        let at = self.files.binary_search_by(|&id| self.source(id).path().cmp(path));
        at.ok().and_then(|at| self.files.get(at)).copied()
    }

    /// The files in a directory and below it, sorted by path.
    pub fn below(&self, directory: &Utf8Path) -> impl Iterator<Item = SourceId> + use<'_> {
        // Sorted by path, the files below a directory are one run, apart from names that continue it.
        let start = self.files.partition_point(|&id| self.source(id).path() < directory);
        let directory = directory.to_owned();
        let prefix = directory.clone();
        let run = self.files.iter().skip(start).map(|&id| (id, self.source(id).path()));
        run.take_while(move |(_, path)| path.as_str().starts_with(prefix.as_str()))
            .filter(move |(_, path)| path.starts_with(&directory))
            .map(|(id, _)| id)
    }

    /// The step with this id; `None` for a parsed value.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        id.0.checked_sub(1).and_then(|index| self.table.steps.get(index as usize))
    }

    /// The text of a span, as it stands in its source.
    pub fn slice(&self, span: Span) -> &str {
        self.source(span.source).slice(span)
    }

    /// The span of a word that stands in no file, such as the key of a map that a step creates.
    pub fn word(&self, word: &str) -> Span {
        // A poisoned lock only means that somebody panicked while adding a word.
        let known = self.table.words.read().unwrap_or_else(PoisonError::into_inner).get(word).copied();
        known.unwrap_or_else(|| {
            let span = self.compose(&[(word, None)]);
            let mut words = self.table.words.write().unwrap_or_else(PoisonError::into_inner);
            *words.entry(word.into()).or_insert(span)
        })
    }

    /// A text that is stored once, however often it is asked for: the kind of an object, not its name.
    pub fn shared(&self, text: &str) -> Arc<str> {
        let known = self.table.shared.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        known.unwrap_or_else(|| {
            let text: Arc<str> = text.into();
            let mut all = self.table.shared.write().unwrap_or_else(PoisonError::into_inner);
            match all.get(&text) {
                Some(known) => Arc::clone(known),
                None => {
                    all.insert(Arc::clone(&text));
                    text
                }
            }
        })
    }

    /// Puts a text together from pieces, each with the place it was copied from, if any.
    pub fn compose(&self, parts: &[(&str, Option<(Span, StepId)>)]) -> Span {
        let (text, pieces) = joined(parts);
        let len = text.len() as u32;
        let source = self.derive(Source::new("", SourceKind::Synthetic(pieces.into()), text));
        Span::new(source, 0, len)
    }

    /// Puts a document together from pieces, to be parsed: what a template makes.
    pub fn compose_document(&self, parts: &[(&str, Option<(Span, StepId)>)]) -> SourceId {
        let (text, pieces) = joined(parts);
        self.derive(Source::document(pieces.into(), text))
    }

    /// The span in a file that a span of an embedded document stands for; `None` for text that no file holds.
    pub fn in_file(&self, mut span: Span) -> Option<Span> {
        loop {
            match self.source(span.source).kind() {
                SourceKind::File => return Some(span),
                SourceKind::Embedded { host, segments } => {
                    let (start, end) = segments.source_range(span.start as usize, span.end() as usize);
                    span = Span::new(host.source, start, end);
                }
                SourceKind::Packed(at) => span = *at,
                SourceKind::Synthetic(_) => return None,
            }
        }
    }

    /// The newest place where a person can edit a value: where it is written, or for text that a step made,
    /// what that step made it from. `None` only for synthetic text without a step.
    pub fn editable(&self, span: Span, step: StepId) -> Option<Span> {
        self.editable_within(span, step, CHAIN)
    }

    fn editable_within(&self, span: Span, step: StepId, chain: u32) -> Option<Span> {
        if let Some(span) = self.in_file(span) {
            return Some(span);
        }
        let chain = chain.checked_sub(1)?;
        // What it was copied from may stand nowhere itself; then the step knows.
        let copied = self.copied_from(span);
        if let Some(found) = copied.and_then(|(from, step)| self.editable_within(from, step, chain)) {
            return Some(found);
        }
        let Some(step) = self.step(step) else { return self.first_piece(span, chain) };
        let value = step.inputs.iter().find(|input| input.role == InputRole::Value);
        value
            .and_then(|input| self.editable_within(input.span, input.step, chain))
            .or_else(|| self.in_file(step.entry))
    }

    /// Where the first piece of a text comes from that many were put together for, such as a list in what a chart
    /// prints.
    fn first_piece(&self, span: Span, chain: u32) -> Option<Span> {
        let SourceKind::Synthetic(pieces) = self.source(span.source).kind() else { return None };
        let first = pieces.partition_point(|piece| piece.start + piece.len <= span.start);
        let within = pieces.iter().skip(first).take_while(|piece| piece.start < span.end());
        within.filter_map(|piece| self.editable_within(piece.from, piece.step, chain)).next()
    }

    /// Where a part of synthetic text was copied from, when all of it comes from one piece.
    fn copied_from(&self, span: Span) -> Option<(Span, StepId)> {
        let SourceKind::Synthetic(pieces) = self.source(span.source).kind() else { return None };
        // Pieces are sorted and apart, and what a chart prints has thousands of them.
        let first = pieces.partition_point(|piece| piece.start + piece.len < span.start);
        let mut near = pieces.iter().skip(first).take_while(|piece| piece.start <= span.start);
        let piece =
            near.find(|piece| span.end() <= piece.start + piece.len && (span.len > 0 || piece.len == 0))?;
        let from = (span.start - piece.start) as usize;
        let part = match piece.len == piece.from.len {
            true => piece.from.part(from, from + span.len as usize),
            false => piece.from,
        };
        Some((part, piece.step))
    }

    /// The step that left a field out of a mapping: the first for which `is_it` holds of the name, and of the part of
    /// a template that would have printed it.
    pub fn left_out(&self, mapping: StepId, is_it: impl Fn(&str, &str) -> bool) -> Option<StepId> {
        let steps = std::iter::successors(self.step(mapping), |step| self.step(step.previous));
        let inputs = steps.take(CHAIN as usize).flat_map(|step| &step.inputs);
        let mut fields = inputs.filter(|input| input.role == InputRole::LeftOut);
        let is_it = |input: &&Input| {
            let part = self.step(input.step).map(|step| self.slice(step.entry));
            part.is_some_and(|part| is_it(self.slice(input.span), part))
        };
        fields.find(is_it).map(|input| input.step)
    }

    /// Every place, newest first, that had a part in a value, without the editable one: what the steps read and
    /// replaced. Each comes with the words that say what it is.
    pub fn history(&self, span: Span, step: StepId) -> Vec<(Span, &'static str)> {
        let mut seen: Vec<Span> = self.editable(span, step).into_iter().collect();
        let mut history = Vec::new();
        let first = self.step(step);
        // A template prints many values into one text; what was before this part of it is known to its piece.
        let is_printed = first.is_some_and(|step| step.what == StepKind::Template);
        let own = self.copied_from(span).filter(|_| is_printed).and_then(|(_, step)| self.step(step));
        let mut steps = [own, first].into_iter().flatten();
        let mut next = steps.next();
        for _ in 0..CHAIN {
            let Some(step) = next.or_else(|| steps.next()) else { break };
            let replaced = step.inputs.iter().filter(|input| input.role == InputRole::Replaced);
            let replaced: Vec<Span> =
                replaced.filter_map(|input| self.editable(input.span, input.step)).collect();
            let inputs = step.inputs.iter().filter_map(|input: &Input| {
                let place = self.editable(input.span, input.step)?;
                match input.role {
                    // What was kept of the value before is named as that.
                    InputRole::Value if replaced.iter().any(|old| old.contains(place)) => None,
                    // The text around a value is the template's, which is named as that.
                    InputRole::Value if step.what == StepKind::Template => {
                        let is_text = self.in_file(step.entry).is_some_and(|by| by.source == place.source);
                        (!is_text).then_some((place, "printed with this value"))
                    }
                    InputRole::Value => Some((place, step.what.describe())),
                    InputRole::Replaced => Some((place, "value before this step")),
                    InputRole::Control | InputRole::LeftOut => None,
                }
            });
            let entry = self.in_file(step.entry).map(|entry| (entry, self.describe(step, entry)));
            for (place, what) in entry.into_iter().chain(inputs) {
                // A marker of something empty has no length, and stands where that does.
                let is_seen =
                    |seen: &Span| *seen == place || (seen.source, seen.start) == (place.source, place.start);
                if !seen.iter().any(is_seen) {
                    seen.push(place);
                    history.push((place, what));
                }
            }
            next = self.step(step.previous);
        }
        history
    }

    /// How a report names a step. What `toYaml` prints of a chart's values stands in no template.
    fn describe(&self, step: &Step, entry: Span) -> &'static str {
        let path = self.source(entry.source).path();
        let is_template = path.components().any(|part| part.as_str() == "templates");
        match step.what {
            StepKind::Template if !is_template => "printed with this value",
            what => what.describe(),
        }
    }
}

/// The text of parts, and where those that have a place are in it.
fn joined(parts: &[(&str, Option<(Span, StepId)>)]) -> (String, Vec<Piece>) {
    let mut text = String::new();
    let mut pieces = Vec::new();
    for &(part, from) in parts {
        if let Some((from, step)) = from.filter(|_| !part.is_empty()) {
            pieces.push(Piece { start: text.len() as u32, len: part.len() as u32, from, step });
        }
        text.push_str(part);
    }
    (text, pieces)
}
