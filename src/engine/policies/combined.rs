//! Asks policies about all documents of the repository at once, as conftest's `--combine` does.
//!
//! Owns how what they say leads back to a document. Must not know dialects.

use rustc_hash::FxHashMap;

use crate::model::{FileView, ObjectView};
use crate::policy::locate::{self, Pieces};
use crate::policy::{Key, Place, Target, Verdict, combined};
use crate::rego::Value;
use crate::source::Span;
use crate::yaml::Cursor;

use super::super::At;
use super::super::worker::{Asked, Worker};
use super::say::also;
use super::{Answers, Failure, Run};

/// A document as an entry of the input.
struct Entry<'w> {
    root: Cursor<'w>,
    object: Option<ObjectView<'w>>,
    contents: Value,
}

/// All entries, and where they are found.
struct Together<'w> {
    entries: Vec<Entry<'w>>,
    /// The first entry of each path.
    by_path: FxHashMap<&'w str, usize>,
    /// Parts of the input; looked at when a verdict hands one back.
    pieces: Option<Pieces>,
    input: Value,
}

impl<'w> Run<'w> {
    /// The documents of all files together.
    pub(super) fn combined(&self, worker: &mut Worker<'w>) -> Answers {
        let mut answers = Answers::default();
        let asked = self.asked_about(|target| *target == Target::Combined);
        if asked.is_empty() {
            return answers;
        }
        let mut together = self.documents(worker);
        worker.set_file("");
        worker.set_input(&together.input);
        for asked in asked {
            match worker.ask(asked) {
                Some(Ok(said)) => said
                    .verdicts
                    .into_iter()
                    .for_each(|verdict| self.combined_said(asked, verdict, &mut together, &mut answers)),
                Some(Err(stop)) => {
                    let Some(span) = self.home(asked) else { continue };
                    let about = "the files together".to_owned();
                    answers.failures.push(Failure { rule: asked.id, about, span, stop });
                }
                None => {}
            }
        }
        answers
    }

    fn documents(&self, worker: &mut Worker<'w>) -> Together<'w> {
        let map = &self.world.map;
        let mut files: Vec<FileView<'w>> =
            self.world.repository.files.iter().map(|file| FileView { map, file }).collect();
        files.sort_by_key(|file| file.path());
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        let mut by_path = FxHashMap::default();
        for file in files {
            let path = file.path().as_str();
            for document in file.documents() {
                by_path.entry(path).or_insert(entries.len());
                let contents = worker.builder.value(document.root);
                values.push((path.to_owned(), vec![contents.clone()].into()));
                let object = document.objects().next();
                entries.push(Entry { root: document.root, object, contents });
            }
        }
        Together { entries, by_path, pieces: None, input: combined(values) }
    }

    fn combined_said(
        &self,
        asked: &Asked<'w>,
        mut verdict: Verdict,
        together: &mut Together<'w>,
        answers: &mut Answers,
    ) {
        let line = verdict.places.iter().find_map(|place| self.file_place(place));
        let mut at = None;
        let places = std::mem::take(&mut verdict.places);
        for place in places {
            let Some((index, keys)) = together.entry(&place) else { continue };
            if at.is_none_or(|at| at == index) {
                at = Some(index);
                // The document as a whole is its object's name.
                verdict.places.extend(Some(keys).filter(|keys| !keys.is_empty()).map(Place::Path));
            }
        }
        // They lead from the root of the input, which nobody sees.
        let related = std::mem::take(&mut verdict.related);
        let related: Vec<Span> =
            related.iter().filter_map(|place| self.combined_place(place, together)).collect();
        let at = at.or_else(|| together.named(&verdict.message));
        let entry = at.and_then(|at| together.entries.get(at)).filter(|_| line.is_none());
        match entry {
            Some(Entry { root, object, contents }) => {
                self.report(asked, &verdict, contents, *object, *root, None, &mut answers.found);
            }
            None => {
                let span: Option<Span> = line.or_else(|| self.home(asked));
                let Some(span) = span else { return };
                self.found(asked, &verdict, At::span(span), None, &mut answers.found);
            }
        }
        let Some(finding) = answers.found.findings.last_mut() else { return };
        finding.related.extend(related.into_iter().map(also));
    }

    /// Where a place of the input is written.
    fn combined_place(&self, place: &Place, together: &mut Together<'w>) -> Option<Span> {
        if let Some(span) = self.file_place(place) {
            return Some(span);
        }
        let (index, keys) = together.entry(place)?;
        let root = together.entries.get(index)?.root;
        let value = if keys.is_empty() { locate::name(root) } else { locate::deepest(root, &keys)? };
        self.world.map.editable(value.span(), value.step())
    }
}

impl Together<'_> {
    /// The entry that a place leads to, and the way from the root of its document.
    fn entry(&mut self, place: &Place) -> Option<(usize, Vec<Key>)> {
        let keys = match place {
            Place::Path(keys) => keys.clone(),
            Place::Piece(piece) => {
                let pieces = self.pieces.get_or_insert_with(|| Pieces::of(&self.input));
                pieces.path(piece)?
            }
            Place::File(..) => return None,
        };
        match keys.as_slice() {
            [Key::Index(index), Key::Name(name), rest @ ..] if name == "contents" => {
                Some((*index, rest.to_vec()))
            }
            [Key::Index(index), ..] => Some((*index, Vec::new())),
            // The path of an entry, handed back as a place.
            names => {
                let names = names.iter().map(|key| match key {
                    Key::Name(name) => Some(name.as_str()),
                    Key::Index(_) => None,
                });
                let path = names.collect::<Option<Vec<&str>>>()?.join(".");
                self.by_path.get(path.as_str()).map(|index| (*index, Vec::new()))
            }
        }
    }

    /// The entry whose path a message names.
    fn named(&self, message: &str) -> Option<usize> {
        let words =
            message.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '(' | ')' | ','));
        let mut words = words.map(|word| word.trim_end_matches(['.', ':', ';']));
        words.find_map(|word| self.by_path.get(word)).copied()
    }
}
