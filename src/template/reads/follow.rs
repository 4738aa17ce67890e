//! Follows values through the nodes of templates.
//!
//! Owns variables, branches, and which template is called with what. A variable is all that it ever is in its template,
//! so the order of nodes does not matter; a body is gone through again until no variable is more than before.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::abstracted::{Atom, Known, inside, weight};
use super::{Reads, words};
use crate::template::ast::{Body, Branch, BranchKind, Command, Node, Operand, Pipe, Term, VariableId};
use crate::template::functions::Special;
use crate::template::set::Template;

/// So many operands are looked at before everything counts as read.
const STEPS: u32 = 2_000_000;
/// A body is gone through so often at most.
const ROUNDS: usize = 6;

/// A definition: its template, and its place in it.
type Definition<'t> = (&'t Arc<Template>, Option<usize>);

/// A call that was not followed yet.
type Call<'t> = (Definition<'t>, Known);

/// What is known while templates are followed.
pub(super) struct Follow<'r, 't> {
    pub reads: &'r mut Reads,
    defined: FxHashMap<&'t str, Vec<Definition<'t>>>,
    open: VecDeque<Call<'t>>,
    seen: FxHashSet<(*const Template, Option<usize>, Known)>,
    steps: u32,
}

/// A body that is being followed.
pub(super) struct Frame<'t> {
    pub template: &'t Template,
    variables: FxHashMap<VariableId, Known>,
    has_grown: bool,
}

impl<'r, 't> Follow<'r, 't> {
    pub fn new(reads: &'r mut Reads, templates: impl Iterator<Item = &'t Arc<Template>>) -> Self {
        let mut defined: FxHashMap<&str, Vec<Definition<'_>>> = FxHashMap::default();
        for template in templates {
            defined.entry(template.name()).or_default().push((template, None));
            for (index, name) in template.defines().enumerate() {
                defined.entry(name).or_default().push((template, Some(index)));
            }
        }
        Self { reads, defined, open: VecDeque::new(), seen: FxHashSet::default(), steps: STEPS }
    }

    /// Remembers to follow the templates of a name. One that is not there may read anything.
    pub fn call(&mut self, name: &str, argument: &Known) {
        let Some(defined) = self.defined.get(name) else { return self.take(argument) };
        if weight(argument).is_none() {
            return self.take(argument);
        }
        for &(template, index) in defined {
            if self.seen.insert((Arc::as_ptr(template), index, argument.clone())) {
                self.open.push_back(((template, index), argument.clone()));
            }
        }
    }

    /// Follows all calls.
    pub fn run(&mut self) {
        while let Some(((template, index), dot)) = self.open.pop_front() {
            let ast = &template.ast;
            let body = index.and_then(|index| ast.defined.get(index)).map_or(&ast.body, |(_, body)| body);
            let variables = FxHashMap::from_iter([(0, dot.clone())]);
            let mut frame = Frame { template, variables, has_grown: false };
            for round in 1.. {
                frame.has_grown = false;
                self.body(body, &dot, &mut frame);
                if !frame.has_grown {
                    break;
                }
                self.reads.is_lost |= round == ROUNDS;
                if self.reads.is_lost {
                    return;
                }
            }
            if self.reads.is_lost {
                return;
            }
        }
    }

    /// All of it may be read.
    pub fn take(&mut self, known: &Known) {
        let mut open: Vec<&Known> = vec![known];
        while let Some(known) = open.pop() {
            for atom in known {
                match atom {
                    Atom::Root(at) | Atom::Place(at) => self.reads.nodes[*at as usize].is_whole = true,
                    Atom::Map(map) => open.extend(map.values()),
                    Atom::List(items) => open.push(items),
                }
            }
        }
    }

    /// Whether it is empty decides something.
    pub fn test(&mut self, known: &Known) {
        for atom in known {
            if let Atom::Place(at) = atom {
                self.reads.nodes[*at as usize].is_tested = true;
            }
        }
    }

    fn body(&mut self, body: &'t Body, dot: &Known, frame: &mut Frame<'t>) {
        for node in &body.nodes {
            match node {
                Node::Text(_) | Node::Break | Node::Continue => {}
                Node::Action(pipe) => {
                    let value = self.pipe(pipe, dot, frame);
                    if pipe.variables.is_empty() {
                        self.take(&value);
                    }
                }
                Node::Branch(branch) => self.branch(branch, dot, frame),
                Node::Template { name, argument, .. } => {
                    let argument = argument.as_ref().map(|pipe| self.pipe(pipe, dot, frame));
                    self.call(name, &argument.unwrap_or_default());
                }
            }
        }
    }

    fn branch(&mut self, branch: &'t Branch, dot: &Known, frame: &mut Frame<'t>) {
        let value = self.value(&branch.pipe, dot, frame);
        match branch.kind {
            BranchKind::If | BranchKind::With => {
                self.test(&value);
                self.declare(&branch.pipe, &value, frame);
                let inner = if branch.kind == BranchKind::With { &value } else { dot };
                self.body(&branch.body, inner, frame);
            }
            BranchKind::Range => {
                let whole = |atom: &&Atom| matches!(atom, Atom::Root(_) | Atom::Place(_));
                let whole: Known = value.iter().filter(whole).cloned().collect();
                self.take(&whole);
                let items = inside(&value);
                self.declare(&branch.pipe, &items, frame);
                self.body(&branch.body, &items, frame);
            }
        }
        self.body(&branch.otherwise, dot, frame);
    }

    /// What a pipeline gives, which its variables get too.
    pub fn pipe(&mut self, pipe: &'t Pipe, dot: &Known, frame: &mut Frame<'t>) -> Known {
        let value = self.value(pipe, dot, frame);
        self.declare(pipe, &value, frame);
        value
    }

    fn declare(&mut self, pipe: &Pipe, value: &Known, frame: &mut Frame<'t>) {
        for variable in &pipe.variables {
            let known = frame.variables.entry(*variable).or_default();
            let before = known.len();
            known.extend(value.iter().cloned());
            frame.has_grown |= known.len() > before;
        }
    }

    fn value(&mut self, pipe: &'t Pipe, dot: &Known, frame: &mut Frame<'t>) -> Known {
        let mut piped: Option<Known> = None;
        for command in &pipe.commands {
            piped = Some(self.command(command, piped.as_ref(), dot, frame));
        }
        let value = piped.unwrap_or_default();
        // So much is not told apart.
        if weight(&value).is_none() {
            self.take(&value);
            return Known::new();
        }
        value
    }

    fn command(
        &mut self,
        command: &'t Command,
        piped: Option<&Known>,
        dot: &Known,
        frame: &mut Frame<'t>,
    ) -> Known {
        let Some((first, rest)) = command.operands.split_first() else { return Known::new() };
        if let (Term::Function(function), true) = (&first.term, first.fields.is_empty()) {
            return self.function(function, rest, piped, dot, frame);
        }
        let value = self.operand(first, dot, frame);
        // A method, such as `.Files.Get`.
        for argument in rest {
            let argument = self.operand(argument, dot, frame);
            self.take(&argument);
        }
        piped.into_iter().for_each(|piped| self.take(piped));
        value
    }

    /// What an operand is.
    pub fn operand(&mut self, operand: &'t Operand, dot: &Known, frame: &mut Frame<'t>) -> Known {
        self.steps = self.steps.saturating_sub(1);
        self.reads.is_lost |= self.steps == 0;
        if self.reads.is_lost {
            return Known::new();
        }
        let mut value = match &operand.term {
            Term::Dot => dot.clone(),
            Term::Variable(id) => frame.variables.get(id).cloned().unwrap_or_default(),
            Term::Pipe(pipe) => self.pipe(pipe, dot, frame),
            Term::Function(function) => self.function(function, &[], None, dot, frame),
            Term::Text(text, _) => {
                // The name of a value may be put together: `tpl (printf "{{ .Values.%s }}" .name) .`.
                let is_part = text.contains('%') || text.matches("{{").count() != text.matches("}}").count();
                self.reads.is_made |= is_part && text.contains("{{") && text.contains("Values");
                if text.contains("{{") || text.contains("Values") {
                    self.reads.words.extend(words(text).map(Box::from));
                }
                Known::new()
            }
            Term::Unknown(_) | Term::Nil | Term::Bool(_) | Term::Int(_) | Term::Float(_) => Known::new(),
        };
        for field in &operand.fields {
            value = self.field(&value, field);
        }
        value
    }

    /// A field of it.
    pub fn field(&mut self, known: &Known, name: &str) -> Known {
        let mut found = Known::new();
        for atom in known {
            match atom {
                Atom::Root(chart) => match name {
                    "Values" => drop(found.insert(Atom::Place(*chart))),
                    // Those of other charts under another name.
                    "Subcharts" => self.reads.is_lost = true,
                    _ => {}
                },
                // A method of `.Values`.
                Atom::Place(at) if name == "AsMap" => drop(found.insert(Atom::Place(*at))),
                Atom::Place(at) => drop(found.insert(Atom::Place(self.reads.field(*at, name)))),
                Atom::Map(map) => found.extend(map.get(name).into_iter().flatten().cloned()),
                Atom::List(_) => {}
            }
        }
        found
    }

    /// A template that is called by name, or by a name that is made up.
    pub fn include(&mut self, name: &'t Operand, argument: &Known, frame: &Frame<'t>) {
        match &name.term {
            Term::Text(name, _) => self.call(name, argument),
            // The name of a file, which is followed anyway.
            _ if frame.template.text().get(name.at.range()).is_some_and(|text| text.contains("BasePath")) => {
            }
            _ => self.take(argument),
        }
    }

    pub(super) fn special(
        &mut self,
        special: Special,
        arguments: &'t [Operand],
        values: &[Known],
        frame: &Frame<'t>,
    ) -> Known {
        let value = |index: usize| values.get(index).cloned().unwrap_or_default();
        match special {
            Special::And | Special::Or => {
                values.iter().for_each(|value| self.test(value));
                values.iter().flatten().cloned().collect()
            }
            Special::Include => {
                match arguments.first() {
                    Some(name) => self.include(name, &value(1), frame),
                    None => values.iter().for_each(|value| self.take(value)),
                }
                Known::new()
            }
            Special::Tpl => {
                // What the text asks of its context stands in the text.
                self.reads.has_tpl = true;
                self.take(&value(0));
                Known::new()
            }
            Special::Required => {
                self.take(&value(0));
                self.test(&value(1));
                value(1)
            }
            Special::Fail | Special::Call => {
                values.iter().for_each(|value| self.take(value));
                Known::new()
            }
        }
    }
}
