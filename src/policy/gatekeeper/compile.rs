//! From templates to programs: all of a repository in one, when each of them compiles.

use crate::rego::{self, Limits, Policy, PolicyError, Program, Value};
use crate::yaml::Cursor;

use super::problem::{Problem, ProblemKind};
use super::rename::{Renamed, Role, has_word, rename};
use super::template::{Module, Template};

/// Templates that can be asked.
pub struct Compiled {
    /// The programs.
    pub programs: Vec<Program>,
    /// For each template the program and the rule of it; `None` for one that does not compile.
    pub entries: Vec<Option<(usize, usize)>>,
    /// Why those do not.
    pub problems: Vec<Problem>,
}

/// A template whose policies were read.
struct Ready<'t, 'w> {
    template: &'t Template<'w>,
    /// What its packages lie below.
    prefix: String,
    policies: Vec<Policy>,
    /// Where each of them is written.
    places: Vec<(Cursor<'w>, Renamed)>,
}

/// Compiles templates, all together. What regorus finds late it finds in all of them at once: then each one is compiled
/// alone, so that the error is that of its template, and those that are left are compiled together.
pub fn compile<'t, 'w: 't>(templates: impl Iterator<Item = &'t Template<'w>>, limits: Limits) -> Compiled {
    let mut problems = Vec::new();
    let mut ready: Vec<Option<Ready<'t, 'w>>> = Vec::new();
    for (index, template) in templates.enumerate() {
        let read = Ready::read(template, format!("t{index}"));
        ready.push(read.map_err(|found| problems.extend(found)).ok());
    }
    if let Some(programs) = together(&ready, limits) {
        return Compiled { programs: vec![programs], entries: entries(&ready, |rule| (0, rule)), problems };
    }
    let mut programs = Vec::new();
    for slot in &mut ready {
        match slot.as_ref().map(|template| template.alone(limits)) {
            Some(Ok(program)) => programs.push(program),
            Some(Err(found)) => {
                problems.extend(found);
                *slot = None;
            }
            None => {}
        }
    }
    match together(&ready, limits) {
        Some(program) => {
            Compiled { programs: vec![program], entries: entries(&ready, |rule| (0, rule)), problems }
        }
        None => Compiled { programs, entries: entries(&ready, |program| (program, 0)), problems },
    }
}

/// All of them in one program.
fn together(ready: &[Option<Ready<'_, '_>>], limits: Limits) -> Option<Program> {
    let all = || ready.iter().flatten();
    let policies: Vec<Policy> = all().flat_map(|template| &template.policies).cloned().collect();
    let entries: Vec<String> = all().map(Ready::entry).collect();
    Program::new(&policies, Value::new_object(), &entries, limits).ok().filter(|_| !entries.is_empty())
}

/// The program and the rule of each template, by how many others come before it.
fn entries(
    ready: &[Option<Ready<'_, '_>>],
    entry: impl Fn(usize) -> (usize, usize),
) -> Vec<Option<(usize, usize)>> {
    let mut before = 0..;
    ready.iter().map(|template| template.as_ref().and_then(|_| before.next()).map(&entry)).collect()
}

impl<'t, 'w> Ready<'t, 'w> {
    fn read(template: &'t Template<'w>, prefix: String) -> Result<Self, Vec<Problem>> {
        let (mut modules, mut problems) = (Vec::new(), Vec::new());
        let mut ready = Self { template, prefix, policies: Vec::new(), places: Vec::new() };
        for (number, module) in template.modules.iter().enumerate() {
            let name = match module.role {
                Role::Entry => format!("{}.rego", template.kind),
                Role::Library => format!("{}/lib_{}.rego", template.kind, number - 1),
            };
            match prepared(template, module, name, &ready.prefix) {
                Ok((read, renamed)) => {
                    modules.push(read);
                    ready.places.push((module.at, renamed));
                }
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            problems.extend(rego::check(&modules).iter().map(|error| ready.problem(error)));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        ready.policies = modules.iter().map(rego::Module::policy).collect();
        ready.policies.iter_mut().for_each(|policy| policy.is_v0 = template.is_v0);
        Ok(ready)
    }

    /// The path of its rule.
    fn entry(&self) -> String {
        format!("data.{}.template.violation", self.prefix)
    }

    fn alone(&self, limits: Limits) -> Result<Program, Vec<Problem>> {
        let program = Program::new(&self.policies, Value::new_object(), &[self.entry()], limits);
        program.map_err(|errors| errors.iter().map(|error| self.problem(error)).collect())
    }

    fn problem(&self, error: &PolicyError) -> Problem {
        let Self { template, prefix, places, .. } = self;
        match places.get(error.policy).filter(|_| error.line > 0) {
            Some((at, renamed)) => refused(template, prefix, *at, renamed, error),
            None => {
                let message = does_not_compile(template, prefix, &error.message);
                Problem::new(ProblemKind::Template, template.place, message)
            }
        }
    }
}

/// Renames a module and reads it.
fn prepared(
    template: &Template<'_>,
    module: &Module<'_>,
    name: String,
    prefix: &str,
) -> Result<(rego::Module, Renamed), Problem> {
    let Module { at, role } = *module;
    let text = at.text().unwrap_or_default();
    let renamed = rename(&text, role, prefix)
        .map_err(|refusal| Problem::within(ProblemKind::Template, at, refusal.at, refusal.message))?;
    if has_word(&text, "external_data") {
        let message = format!("`{}` asks a provider of external data, which nobody does here", template.kind);
        return Err(Problem::new(ProblemKind::NotEvaluated, template.place, message));
    }
    let read = rego::Module::read(&name, &renamed.text);
    let read = read.map_err(|error| refused(template, prefix, at, &renamed, &error))?;
    if role == Role::Entry && !read.heads.iter().any(|head| head.name == "violation") {
        let message = format!("The policy of `{}` has no rule `violation`", template.kind);
        return Err(Problem::new(ProblemKind::Template, template.place, message));
    }
    let is_taught =
        read.imports.iter().any(|import| import.path.first().is_some_and(|root| root == "future"));
    if template.is_v0 && !read.is_v0 && !is_taught && has_word(&text, "if") {
        let message =
            format!("The policy of `{}` is written in Rego v1 without `version: v1`", template.kind);
        return Err(Problem::new(ProblemKind::Template, at, message));
    }
    Ok((read, renamed))
}

/// What regorus, or our own reader, says about a module, at the word it is about.
fn refused(
    template: &Template<'_>,
    prefix: &str,
    at: Cursor<'_>,
    renamed: &Renamed,
    error: &PolicyError,
) -> Problem {
    let start = renamed.written(error.line, error.column);
    let text = at.text().unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
    let end = start + word.max(rest.chars().next().map_or(0, char::len_utf8));
    Problem::within(ProblemKind::Template, at, start..end, does_not_compile(template, prefix, &error.message))
}

/// Says so in the names that the template has for itself: `data.t0.template.f` is its `f`.
fn does_not_compile(template: &Template<'_>, prefix: &str, reason: &str) -> String {
    let reason = reason.replace(&format!("data.{prefix}.template."), "");
    let reason = reason.replace(&format!("data.{prefix}."), "data.");
    format!("The policy of `{}` does not compile: {reason}", template.kind)
}
