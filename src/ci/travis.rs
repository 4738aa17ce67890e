//! `.travis.yml`: the phases of the build, for the file and for each job of its matrix.

use crate::shell::Expressions;
use crate::yaml::Cursor;

use super::read::{is, known, one_or_more, scripts, step, texts, variables};
use super::{Dialect, Job, Step, Trigger, Variable};

/// The phases that run scripts, in order.
const PHASES: &[&str] = &[
    "before_install",
    "install",
    "before_script",
    "script",
    "after_success",
    "after_failure",
    "after_script",
    "before_deploy",
    "deploy",
    "after_deploy",
];

/// The jobs of a build.
pub(super) fn config(root: Cursor<'_>) -> Vec<Job> {
    let shared = environment(root.get("env"));
    let branches = texts(root.path(&["branches", "only"]));
    let job = |name: Option<Cursor<'_>>, value: Cursor<'_>| {
        let mut variables = shared.clone();
        if name.is_some() {
            variables.extend(environment(value.get("env")));
        }
        let steps = steps(value, &variables);
        let (text, span) = match name.and_then(|name| Some((name.text()?.into_owned(), name.span()))) {
            Some(name) => name,
            None => ("build".to_owned(), value.span().part(0, 1)),
        };
        let trigger = Trigger { branches: branches.clone(), ..Trigger::of("push") };
        let job =
            Job { variables, steps, triggers: vec![trigger], ..Job::named(Dialect::Travis, text, span) };
        (!job.steps.is_empty()).then_some(job)
    };
    let matrix = root.get("jobs").or_else(|| root.get("matrix"));
    let include = matrix.and_then(|matrix| matrix.get("include"));
    let included = one_or_more(include).into_iter();
    let named = included.filter_map(|one| {
        let name =
            ["name", "stage"].into_iter().find_map(|key| one.get(key).filter(|name| name.text().is_some()));
        job(Some(name.unwrap_or(one)), one)
    });
    job(None, root).into_iter().chain(named).collect()
}

fn environment(env: Option<Cursor<'_>>) -> Vec<Variable> {
    let global = env.and_then(|env| env.get("global"));
    variables(global.or(env))
}

fn steps(value: Cursor<'_>, around: &[Variable]) -> Vec<Step> {
    let mut seen = known(around.iter());
    let mut steps = Vec::new();
    for phase in PHASES {
        let Some(written) = value.get(phase) else { continue };
        let run = match *phase {
            // Providers other than `script` run nothing that is written here.
            "deploy" => one_or_more(Some(written))
                .into_iter()
                .filter(|one| is(one.get("provider"), "script"))
                .filter_map(|one| one.get("script"))
                .collect(),
            _ => vec![written],
        };
        let scripts: Vec<_> =
            run.into_iter().flat_map(|run| scripts(Some(run), Expressions::NONE, &mut seen)).collect();
        if !scripts.is_empty() {
            steps.push(step(phase, written, scripts));
        }
    }
    steps
}
