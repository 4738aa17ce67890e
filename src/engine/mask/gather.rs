//! From what is known to be secret to a mask.
//!
//! Owns what becomes of a secret's text: hidden everywhere, in its own file, or nowhere but where it is marked.

use std::collections::BTreeSet;

use camino::Utf8Path;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ci::Job;
use crate::engine::World;
use crate::finding::{Disposition, Finding, SuppressedBy};
use crate::model::secret::command::given;
use crate::model::secret::object::{Value, is_secret, values};
use crate::model::secret::repeat::{Rarity, SHORTEST, forms, rarity};
use crate::model::secret::{Sensitive, sensitive, stand_in};
use crate::model::{Object, ObjectView};
use crate::render::{Event, EventKind};
use crate::source::{SourceId, SourceMap, Span};
use crate::yaml::{self, Cursor, Limits, Parsed};

use super::sorted::Sorted;
use super::words::{Bounds, Words};
use super::{Mask, Quoted};

/// The kind of the objects whose values are hidden: most objects are of another, and what they say lies far away in memory.
const SECRET: &str = "Secret";

/// What messages say of any credential: whoever has one of these words for his password is told nothing new, and without
/// it nobody understands the message. Where it stands in a file it is hidden all the same.
const SAID: [&str; 7] = ["credential", "credentials", "password", "passwords", "secret", "secrets", "token"];

/// Gathers what a mask hides.
pub struct Gather<'w> {
    map: &'w SourceMap,
    mask: Mask,
    /// Secrets, and the file they were found in when it may be quoted.
    secrets: Vec<(Option<SourceId>, String)>,
    /// What could be one, in a file that nobody could read.
    guesses: Vec<(SourceId, String)>,
    /// The secret bytes of files that may be quoted.
    marked: FxHashMap<SourceId, Vec<Span>>,
}

/// What one file says.
struct Looked {
    sensitive: Sensitive,
    names: FxHashSet<Box<str>>,
}

impl Looked {
    fn at(map: &SourceMap, source: SourceId, parsed: &Parsed) -> Self {
        let sensitive = sensitive(map, source, parsed);
        let mut names = FxHashSet::default();
        if !sensitive.words.is_empty() {
            parsed.trees().for_each(|tree| names_in(Cursor::new(map, &tree), &mut names));
        }
        Self { sensitive, names }
    }
}

impl Mask {
    /// What reports with these findings must not show.
    pub fn of(world: &World, findings: &[Finding]) -> Self {
        let World { map, repository, rendering, jobs, .. } = world;
        let places = findings.iter().flat_map(places);
        let quoted: BTreeSet<SourceId> =
            places.filter_map(|span| map.in_file(span)).map(|span| span.source).chain(told(world)).collect();
        let quoted: Vec<SourceId> = quoted.into_iter().collect();
        let looked: Vec<Looked> = quoted
            .par_iter()
            .map(|&source| match repository.of(source) {
                Some(file) => Looked::at(map, source, &file.parsed),
                None => Looked::at(map, source, &parse(map, source)),
            })
            .collect();

        let mut gather = Gather::new(map);
        map.files().for_each(|file| gather.path(file.path()));
        // What pipelines call their secrets hides nothing.
        let names = jobs.iter().flat_map(Job::variables).filter(|variable| variable.is_secret);
        gather.mask.names.others.extend(names.map(|name| Box::from(name.value.text.as_str())));
        let parsed = repository.files.iter().flat_map(|file| &file.objects);
        let rendered = rendering.units.iter().flat_map(|unit| &unit.objects);
        let mut seen = FxHashSet::default();
        for object in parsed {
            gather.named(object);
        }
        for object in rendered.filter(|object| object.kind() == SECRET) {
            if seen.insert(object.tree.place()) {
                gather.secret(object);
            }
        }
        for (source, looked) in quoted.into_iter().zip(looked) {
            gather.add(source, looked);
        }
        for job in &world.jobs {
            gather.noted(&credentials(job));
        }
        gather.noted(&rendering.secrets);
        gather.finish()
    }
}

/// The files whose values the message of a chart that fails may repeat.
fn told(world: &World) -> impl Iterator<Item = SourceId> {
    let tells = |event: &Event| matches!(event.kind, EventKind::TemplateError | EventKind::ValueRequired);
    let units = world.rendering.units.iter().filter(move |unit| unit.events.iter().any(tells));
    units.flat_map(|unit| unit.values(&world.map))
}

/// All places of a finding that a report may show.
fn places(finding: &Finding) -> impl Iterator<Item = Span> + '_ {
    let suppression = match &finding.disposition {
        Disposition::Suppressed { by: SuppressedBy::InSource(span), .. } => Some(*span),
        _ => None,
    };
    let related = finding.related.iter().map(|related| related.span);
    std::iter::once(finding.primary).chain(related).chain(suppression)
}

/// Where the commands of a job give a credential, by options that only their programs understand.
fn credentials(job: &Job) -> Vec<Span> {
    let given = job.commands().flat_map(given);
    given.filter(|given| stand_in(&given.value).is_none()).map(|given| given.span).collect()
}

/// Reads a file that the repository does not hold as YAML, whatever it is: what is none is searched as text.
fn parse(map: &SourceMap, source: SourceId) -> Parsed {
    yaml::parse(map.source(source), source, Limits::default())
}

impl<'w> Gather<'w> {
    /// Nothing is secret yet, and nothing may be quoted.
    pub fn new(map: &'w SourceMap) -> Self {
        Self {
            map,
            mask: Mask::default(),
            secrets: Vec::new(),
            guesses: Vec::new(),
            marked: FxHashMap::default(),
        }
    }

    /// A path of the repository, which hides nothing.
    fn path(&mut self, path: &Utf8Path) {
        let names = &mut self.mask.names;
        let is_long = |word: &&str| word.len() >= SHORTEST;
        path.file_stem().filter(is_long).into_iter().for_each(|stem| add(&mut names.others, stem));
        for part in path.components().map(|part| part.as_str()) {
            // Most directories are those of the file before.
            if names.paths.contains(part) {
                continue;
            }
            let words = part.split(|c: char| !c.is_ascii_alphanumeric());
            words.filter(is_long).for_each(|word| add(&mut names.others, word));
            names.paths.insert(part.into());
        }
    }

    /// An object of the repository: its name hides nothing, and if it is a Secret its values are hidden.
    pub fn named(&mut self, object: &Object) {
        let view = ObjectView::new(self.map, None, object);
        let names = [Some(view.name()), view.namespace()];
        names.into_iter().flatten().for_each(|name| add(&mut self.mask.names.others, &name));
        self.secret(object);
    }

    /// The values of an object, if it is a Secret.
    fn secret(&mut self, object: &Object) {
        if object.kind() != SECRET {
            return;
        }
        let object = Cursor::new(self.map, &object.tree);
        if !is_secret(object) {
            return;
        }
        let secret = values(object).into_iter().filter(|(_, value)| *value >= Value::Secret);
        let texts = secret.filter_map(|(entry, _)| entry.value.text());
        self.secrets.extend(texts.map(|text| (None, text.into_owned())));
    }

    /// A file that may be quoted.
    pub fn file(&mut self, source: SourceId) {
        if !self.mask.files.contains_key(&source) {
            self.path(self.map.source(source).path());
            let looked = Looked::at(self.map, source, &parse(self.map, source));
            self.add(source, looked);
        }
    }

    fn add(&mut self, source: SourceId, looked: Looked) {
        let Looked { sensitive: Sensitive { spans, words, guesses }, names } = looked;
        self.marked.insert(source, spans);
        self.mask.files.insert(source, Quoted { names, ..Quoted::default() });
        self.secrets.extend(words.into_iter().map(|word| (Some(source), word)));
        self.guesses.extend(guesses.into_iter().map(|guess| (source, guess)));
    }

    /// What rendering found to be secret, wherever it stands.
    pub fn noted(&mut self, spans: &[Span]) {
        for span in spans.iter().filter_map(|span| self.map.in_file(*span)) {
            let marked = self.marked.get_mut(&span.source);
            let source = marked.map(|marked| {
                marked.push(span);
                span.source
            });
            self.secrets.push((source, self.map.slice(span).to_owned()));
        }
    }

    /// The mask.
    pub fn finish(self) -> Mask {
        let Self { map, mut mask, secrets, guesses, marked } = self;
        let (mut everywhere, mut own) = (BTreeSet::new(), BTreeSet::new());
        for (source, secret) in &secrets {
            for (form, rarity) in forms(secret) {
                let names = source.and_then(|source| mask.files.get(&source)).map(|file| &file.names);
                let is_name = mask.names.contain(&form) || names.is_some_and(|names| names.contains(&*form));
                match (rarity, source) {
                    (Rarity::Random, _) if mask.names.paths.contains(&*form) => {}
                    (Rarity::Word | Rarity::Odd, _) if is_name => {}
                    (Rarity::Random | Rarity::Odd, _) => drop(everywhere.insert(form)),
                    (Rarity::Word, Some(source)) => drop(own.insert((*source, form))),
                    (Rarity::Word, None) | (Rarity::Common, _) => {}
                }
            }
        }
        // Most of what nobody could read is no secret: kinds, names, images.
        let is_odd =
            |guess: &str| rarity(guess) > Rarity::Word || guess.contains(|c: char| c.is_ascii_digit());
        let guesses =
            guesses.into_iter().filter(|(_, guess)| rarity(guess) > Rarity::Common && is_odd(guess));
        own.extend(guesses);
        own.retain(|(_, word)| !SAID.contains(&word.to_ascii_lowercase().as_str()));
        let own: Vec<(SourceId, String)> = own.into_iter().collect();
        for of_file in own.chunk_by(|a, b| a.0 == b.0) {
            let words = of_file.iter().map(|(_, word)| word.clone()).collect();
            let source = of_file.first().map(|(source, _)| *source);
            if let Some(file) = source.and_then(|source| mask.files.get_mut(&source)) {
                file.own = Words::new(words, Bounds::Names);
            }
        }
        mask.everywhere = Words::new(everywhere.into_iter().collect(), Bounds::None);
        let everywhere = &mask.everywhere;
        mask.files.par_iter_mut().for_each(|(&source, file)| {
            let text = map.source(source).text();
            let all = [everywhere, &file.own].into_iter().flatten();
            let repeated = all.flat_map(|words| words.find(text).collect::<Vec<_>>());
            let repeated = repeated.map(|at| Span::new(source, at.start as u32, at.end as u32));
            let marked = marked.get(&source).map(Vec::as_slice).unwrap_or_default();
            file.spans = Sorted::new(repeated.chain(marked.iter().copied()).collect());
            file.marked = Sorted::new(marked.to_vec());
        });
        mask
    }
}

/// Adds a word, which is copied only when it is new.
fn add(words: &mut FxHashSet<Box<str>>, word: &str) {
    if !words.contains(word) {
        words.insert(word.into());
    }
}

/// Keys, and the values of fields that hold names.
fn names_in(value: Cursor<'_>, names: &mut FxHashSet<Box<str>>) {
    let mut long = |name: Option<std::borrow::Cow<'_, str>>| {
        name.filter(|name| name.len() >= SHORTEST).into_iter().for_each(|name| add(names, &name));
    };
    for entry in value.entries() {
        let key = entry.key.text();
        if key.as_deref().is_some_and(|key| matches!(key, "name" | "namespace" | "kind" | "type")) {
            long(entry.value.text());
        }
        long(key);
    }
    let below = value.entries().into_iter().map(|entry| entry.value).chain(value.items());
    // What an alias names is visited where it is written.
    below.filter(|value| value.alias().is_none()).for_each(|value| names_in(value, names));
}
