//! From templates to programs: all of a repository in one, when each of them compiles.

use std::ops::Range;

use crate::rego::{Limits, Policy, Program, Value};
use crate::yaml::Cursor;

use super::problem::{Problem, ProblemKind};
use super::rename::{Renamed, Role, rename};
use super::template::Template;

/// Templates that can be asked.
pub struct Compiled {
    /// The programs.
    pub programs: Vec<Program>,
    /// For each template the program and the rule of it; `None` for one that does not compile.
    pub entries: Vec<Option<(usize, usize)>>,
    /// Why those do not.
    pub problems: Vec<Problem>,
}

/// A module, ready to be compiled, and where it is written.
struct Module<'w> {
    policy: Policy,
    renamed: Renamed,
    at: Cursor<'w>,
}

/// Compiles templates. Each one alone first, so that an error is that of its template and costs nobody else anything.
pub fn compile(templates: &[Template<'_>], limits: Limits) -> Compiled {
    let mut compiled = Compiled { programs: Vec::new(), entries: Vec::new(), problems: Vec::new() };
    let mut all = (Vec::new(), Vec::new());
    for (index, template) in templates.iter().enumerate() {
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
    let mut modules = Vec::new();
    for (number, module) in template.modules.iter().enumerate() {
        let text = module.at.text().unwrap_or_default();
        let name = match module.role {
            Role::Entry => format!("{}.rego", template.kind),
            Role::Library => format!("{}/lib_{}.rego", template.kind, number - 1),
        };
        match rename(&text, module.role, prefix) {
            Ok(renamed) => {
                let policy = Policy { name, text: renamed.text.clone(), is_v0: template.is_v0 };
                modules.push(Module { policy, renamed, at: module.at });
            }
            Err(refusal) => {
                problems.push(Problem::within(ProblemKind::Template, module.at, refusal.at, refusal.message))
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let policies: Vec<Policy> = modules.iter().map(|module| module.policy.clone()).collect();
    match Program::new(&policies, Value::new_object(), &[entry.to_owned()], limits) {
        Ok(program) => Ok((policies, program)),
        Err(errors) => Err(errors
            .into_iter()
            .map(|error| {
                let module = modules.get(error.policy);
                let (at, bytes) = module.map_or((template.place, None), |module| {
                    (module.at, (error.line > 0).then(|| module.word(error.line, error.column)))
                });
                if bytes.is_none() && error.message.contains("not a valid rule path") {
                    let message = format!("The policy of `{}` has no rule `violation`", template.kind);
                    return Problem::new(ProblemKind::Template, template.place, message);
                }
                let message =
                    format!("The policy of `{}` does not compile: {}", template.kind, error.message);
                match bytes {
                    Some(bytes) => Problem::within(ProblemKind::Template, at, bytes, message),
                    None => Problem::new(ProblemKind::Template, template.place, message),
                }
            })
            .collect()),
    }
}

impl Module<'_> {
    /// The bytes, as they are written, of the word at a place of the text that was compiled.
    fn word(&self, line: u32, column: u32) -> Range<usize> {
        let start = self.renamed.written(line, column);
        let text = self.at.text().unwrap_or_default();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        start..start + end.max(rest.chars().next().map_or(0, char::len_utf8))
    }
}
