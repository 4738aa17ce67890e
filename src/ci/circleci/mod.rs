//! `.circleci/config.yml`: jobs, reusable commands, the orbs they use, and the workflows that start them.

mod workflow;

use rustc_hash::FxHashMap;

use crate::shell::Expressions;
use crate::yaml::{Cursor, Entry};

use super::read::{is_shell, job, known, script, text, variables};
use super::{Dialect, Gap, GapKind, Job, Step, Text, Variable};

use workflow::{Usage, usages};

/// Commands in commands, and steps in conditions, are followed this deep.
const DEPTH: u32 = 12;
/// A file has no more steps than this, calls of its commands counted too, whatever those multiply to.
const STEPS: usize = 5000;

/// `<< parameters.name >>`
const EXPRESSIONS: Expressions = Expressions::ANGLES;

/// Values of parameters that are lists of steps, by name.
type Parameters<'w> = FxHashMap<String, Cursor<'w>>;

/// One file.
struct Config<'w, 'g> {
    commands: Option<Cursor<'w>>,
    orbs: Option<Cursor<'w>>,
    gaps: &'g mut Vec<Gap>,
    /// How many more steps are read.
    left: usize,
}

/// The jobs of a file.
pub(super) fn config(root: Cursor<'_>, gaps: &mut Vec<Gap>) -> Vec<Job> {
    let mut usages = usages(root);
    let mut config = Config { commands: root.get("commands"), orbs: root.get("orbs"), gaps, left: STEPS };
    let mut jobs = Vec::new();
    let defined = root.get("jobs").map(|jobs| jobs.entries()).unwrap_or_default();
    for Entry { key, value } in defined {
        let used = key.text().and_then(|name| usages.remove(name.as_ref())).unwrap_or_default();
        jobs.push(config.job(key, value, &used));
    }
    // What is left are jobs of orbs.
    let mut of_orbs: Vec<Usage<'_>> = usages.into_values().flatten().collect();
    of_orbs.sort_by_key(|usage| usage.name.span().start);
    jobs.extend(of_orbs.iter().filter_map(|usage| config.orb_job(usage)));
    jobs
}

impl<'w> Config<'w, '_> {
    fn job(&mut self, key: Cursor<'w>, value: Cursor<'w>, used: &[Usage<'w>]) -> Job {
        let around = variables(value.get("environment"));
        let mut steps = Vec::new();
        // Steps that are given to a job are most often the same everywhere.
        let given = used.iter().find_map(|usage| usage.options);
        let parameters = self.parameters(value, given, &Parameters::default());
        let is_posix = is_posix(value);
        let lists = [given.and_then(|given| given.get("pre-steps")), value.get("steps")];
        for list in lists.into_iter().chain([given.and_then(|given| given.get("post-steps"))]).flatten() {
            self.steps(list, &parameters, is_posix, &around, DEPTH, &mut steps);
        }
        let triggers = used.iter().flat_map(|usage| usage.triggers.clone()).collect();
        // Every job of CircleCI has a token.
        Job { triggers, identity: true, variables: around, steps, ..job(Dialect::CircleCi, key) }
    }

    /// A job that an orb defines: what it is given is all that is known.
    fn orb_job(&mut self, usage: &Usage<'w>) -> Option<Job> {
        let uses = self.of_orb(usage.name)?;
        let around = Vec::new();
        let mut steps = Vec::new();
        let list = |name: &str| usage.options.and_then(|options| options.get(name));
        if let Some(before) = list("pre-steps") {
            self.steps(before, &Parameters::default(), true, &around, DEPTH, &mut steps);
        }
        let own = Step { uses: Some(uses), ..Step::at(usage.name.span()) };
        steps.push(Step { inputs: variables(usage.options), ..own });
        if let Some(after) = list("post-steps") {
            self.steps(after, &Parameters::default(), true, &around, DEPTH, &mut steps);
        }
        let triggers = usage.triggers.clone();
        Some(Job { triggers, identity: true, steps, ..job(Dialect::CircleCi, usage.name) })
    }

    fn steps(
        &mut self,
        list: Cursor<'w>,
        parameters: &Parameters<'w>,
        is_posix: bool,
        around: &[Variable],
        depth: u32,
        steps: &mut Vec<Step>,
    ) {
        let Some(less) = depth.checked_sub(1) else { return };
        // `<< parameters.steps >>` stands for a list.
        if let Some(given) =
            list.text().and_then(|text| parameter(&text).and_then(|name| parameters.get(name)))
        {
            return self.steps(*given, &Parameters::default(), is_posix, around, less, steps);
        }
        for item in list.items() {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            if let Some(name) = item.text() {
                match parameter(&name) {
                    Some(_) => self.steps(item, parameters, is_posix, around, less, steps),
                    None => self.call(item, None, parameters, is_posix, around, less, steps),
                }
                continue;
            }
            for Entry { key, value } in item.entries() {
                match key.text().unwrap_or_default().as_ref() {
                    "run" => steps.push(run(item, value, is_posix, around)),
                    "when" | "unless" => {
                        if let Some(list) = value.get("steps") {
                            self.steps(list, parameters, is_posix, around, less, steps);
                        }
                    }
                    "steps" => self.steps(value, parameters, is_posix, around, less, steps),
                    _ => self.call(key, Some(value), parameters, is_posix, around, less, steps),
                }
            }
        }
    }

    /// A command of the file, or of an orb.
    #[expect(clippy::too_many_arguments, reason = "what a list of steps is read with, and the call")]
    fn call(
        &mut self,
        name: Cursor<'w>,
        given: Option<Cursor<'w>>,
        parameters: &Parameters<'w>,
        is_posix: bool,
        around: &[Variable],
        depth: u32,
        steps: &mut Vec<Step>,
    ) {
        let Some(written) = name.text() else { return };
        if let Some(command) = self.commands.and_then(|commands| commands.get(&written)) {
            let parameters = self.parameters(command, given, parameters);
            if let Some(list) = command.get("steps") {
                self.steps(list, &parameters, is_posix, around, depth, steps);
            }
            return;
        }
        let uses = self.of_orb(name).or_else(|| text(name));
        steps.push(Step { uses, inputs: variables(given), ..Step::at(name.span()) });
    }

    /// The full name of a command or a job of an orb: `circleci/kubernetes/install-kubectl@1.3`.
    fn of_orb(&mut self, name: Cursor<'w>) -> Option<Text> {
        let written = text(name)?;
        let (alias, command) = written.text.split_once('/')?;
        let orb = self.orbs.and_then(|orbs| orbs.get(alias));
        let Some(orb) = orb.and_then(text) else { return Some(written) };
        self.gaps.push(Gap { span: orb.span, kind: GapKind::Elsewhere });
        let (orb, version) = orb.text.split_once('@').unwrap_or((&orb.text, ""));
        Some(Text { text: format!("{orb}/{command}@{version}"), ..written })
    }

    /// Lists of steps that a job or a command is given, or that it has by default.
    fn parameters(
        &self,
        value: Cursor<'w>,
        given: Option<Cursor<'w>>,
        around: &Parameters<'w>,
    ) -> Parameters<'w> {
        let mut parameters = Parameters::default();
        for Entry { key, value } in value.get("parameters").map(|one| one.entries()).unwrap_or_default() {
            let Some(name) = key.text() else { continue };
            let value = given.and_then(|given| given.get(&name)).or_else(|| value.get("default"));
            let passed = value.and_then(|value| value.text());
            let passed = passed.and_then(|text| parameter(&text).and_then(|name| around.get(name)).copied());
            if let Some(steps) = passed.or(value).filter(Cursor::is_seq) {
                parameters.insert(name.into_owned(), steps);
            }
        }
        parameters
    }
}

/// `run: text`, or `run: {command: text}`.
fn run(item: Cursor<'_>, value: Cursor<'_>, is_posix: bool, around: &[Variable]) -> Step {
    let command = value.get("command").unwrap_or(value);
    let variables = variables(value.get("environment"));
    let mut seen = known(around.iter().chain(&variables));
    let is_posix = value.get("shell").and_then(text).map_or(is_posix, |shell| is_posix_shell(&shell.text));
    let script =
        Some(command).filter(|_| is_posix).and_then(|command| script(command, EXPRESSIONS, &mut seen));
    Step {
        name: value.get("name").and_then(text).map(|name| name.text),
        variables,
        scripts: script.into_iter().collect(),
        ..Step::at(item.span().part(0, 1))
    }
}

/// Whether the scripts of a job are read by a shell that plimsoll reads; Windows machines have PowerShell.
fn is_posix(value: Cursor<'_>) -> bool {
    let executor = value.get("executor").and_then(|one| text(one.get("name").unwrap_or(one)));
    let is_windows = executor.is_some_and(|executor| executor.text.starts_with("win"));
    value.get("shell").and_then(text).map_or(!is_windows, |shell| is_posix_shell(&shell.text))
}

fn is_posix_shell(shell: &str) -> bool {
    // What an expression stands for is most often bash.
    shell.contains("<<")
        || shell.split_whitespace().next().is_some_and(|program| is_shell(program.trim_end_matches(".exe")))
}

/// The name in `<< parameters.name >>`, when that is all.
fn parameter(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("<<")?.strip_suffix(">>")?.trim();
    inner.strip_prefix("parameters.")
}
