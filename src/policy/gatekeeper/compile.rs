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

/// Compiles templates. Each one alone first, so that an error is that of its template and costs nobody else anything.
pub fn compile<'t, 'w: 't>(templates: impl Iterator<Item = &'t Template<'w>>, limits: Limits) -> Compiled {
    let mut compiled = Compiled { programs: Vec::new(), entries: Vec::new(), problems: Vec::new() };
    let mut all = (Vec::new(), Vec::new());
    for (index, template) in templates.enumerate() {
        let prefix = format!("t{index}");
        let entry = format!("data.{prefix}.template.violation");
        match alone(template, &prefix, &entry, limits) {
            Ok((policies, program)) => {
                compiled.entries.push(Some((compiled.programs.len(), 0)));
                compiled.programs.push(program);
                all.0.extend(policies);
                all.1.push(entry);
            }
            Err(problems) => {
                compiled.entries.push(None);
                compiled.problems.extend(problems);
            }
        }
    }
    if compiled.programs.len() > 1
        && let Ok(together) = Program::new(&all.0, Value::new_object(), &all.1, limits)
    {
        // The program of a template is now its rule in the only program.
        compiled.entries.iter_mut().flatten().for_each(|entry| *entry = (0, entry.0));
        compiled.programs = vec![together];
    }
    compiled
}

fn alone(
    template: &Template<'_>,
    prefix: &str,
    entry: &str,
    limits: Limits,
) -> Result<(Vec<Policy>, Program), Vec<Problem>> {
    let mut problems = Vec::new();
    let (mut modules, mut places) = (Vec::new(), Vec::new());
    for (number, module) in template.modules.iter().enumerate() {
        let name = match module.role {
            Role::Entry => format!("{}.rego", template.kind),
            Role::Library => format!("{}/lib_{}.rego", template.kind, number - 1),
        };
        match prepared(template, module, name, prefix) {
            Ok((read, renamed)) => {
                modules.push(read);
                places.push((module.at, renamed));
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let problem = |error: PolicyError| match places.get(error.policy).filter(|_| error.line > 0) {
        Some((at, renamed)) => refused(template, prefix, *at, renamed, &error),
        None => Problem::new(
            ProblemKind::Template,
            template.place,
            does_not_compile(template, prefix, &error.message),
        ),
    };
    let errors = rego::check(&modules);
    if !errors.is_empty() {
        return Err(errors.into_iter().map(problem).collect());
    }
    let mut policies: Vec<Policy> = modules.iter().map(rego::Module::policy).collect();
    policies.iter_mut().for_each(|policy| policy.is_v0 = template.is_v0);
    match Program::new(&policies, Value::new_object(), &[entry.to_owned()], limits) {
        Ok(program) => Ok((policies, program)),
        Err(errors) => Err(errors.into_iter().map(problem).collect()),
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
