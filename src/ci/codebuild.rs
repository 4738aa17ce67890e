//! `buildspec.yml` of AWS CodeBuild: phases, in one shell.

use crate::shell::Expressions;
use crate::yaml::Cursor;

use super::read::{is_shell, known, scripts, step, text, variables};
use super::{Dialect, Job, Variable};

const PHASES: &[&str] = &["install", "pre_build", "build", "post_build"];

/// The one job of a file.
pub(super) fn buildspec(root: Cursor<'_>) -> Vec<Job> {
    let Some(phases) = root.get("phases").filter(Cursor::is_map) else { return Vec::new() };
    let env = root.get("env");
    let section = |name: &str| variables(env.and_then(|env| env.get(name))).into_iter();
    let secret = |variable: Variable| Variable { is_secret: true, ..variable };
    let secrets = section("secrets-manager").chain(section("parameter-store")).map(secret);
    let variables: Vec<Variable> = section("variables").chain(secrets).collect();
    let shell = env.and_then(|env| env.get("shell")).and_then(text);
    if shell.is_some_and(|shell| !is_shell(&shell.text)) {
        return Vec::new();
    }
    let mut seen = known(variables.iter());
    let mut steps = Vec::new();
    for phase in PHASES {
        let Some(value) = phases.get(phase) else { continue };
        for part in ["commands", "finally"] {
            let scripts = scripts(value.get(part), Expressions::NONE, &mut seen);
            if !scripts.is_empty() {
                steps.push(step(phase, value.get(part).unwrap_or(value), scripts));
            }
        }
    }
    let name = phases.key().map_or(phases.span().part(0, 1), |key| key.span());
    vec![Job { variables, steps, ..Job::named(Dialect::CodeBuild, "build".to_owned(), name) }]
}
