//! Azure Pipelines: stages, jobs and steps, deployments with their hooks, tasks that run scripts, and templates of this
//! repository.

mod template;
mod triggers;

use crate::model::{DocumentView, Repository};
use crate::shell::Expressions;
use crate::yaml::{Cursor, Entry};

use super::read::{is, job, known, script, text, variable, variables};
use super::{Dialect, Gap, Job, Step, Trigger, Variable};

use template::{Place, Templates};

pub(super) use template::includes;

/// A pipeline has no more jobs and steps than this, whatever its templates multiply to.
const STEPS: usize = 5000;

/// `${{ … }}` and `$(name)`.
const EXPRESSIONS: Expressions = Expressions::DOLLAR_BRACES.with(Expressions::MACRO);

/// The hooks of a deployment, in order.
const HOOKS: &[&[&str]] = &[
    &["preDeploy"],
    &["deploy"],
    &["routeTraffic"],
    &["postRouteTraffic"],
    &["on", "failure"],
    &["on", "success"],
];

/// What a job has from what is around it.
#[derive(Clone, Default)]
struct Around {
    variables: Vec<Variable>,
    triggers: Vec<Trigger>,
    is_windows: bool,
}

/// One pipeline.
struct Reader<'w, 'g> {
    templates: Templates<'w, 'g>,
    jobs: Vec<Job>,
    /// How many steps there are.
    steps: usize,
}

/// The jobs of a pipeline.
pub(super) fn pipeline(
    repository: &Repository,
    document: &DocumentView<'_>,
    gaps: &mut Vec<Gap>,
) -> Vec<Job> {
    let mut reader = Reader { templates: Templates::new(repository, gaps), jobs: Vec::new(), steps: 0 };
    let place = Place::of(document.root);
    let around = Around { triggers: triggers::of_pipeline(document.root), ..Around::default() };
    reader.body(document.root, &place, &around);
    reader.jobs
}

impl<'w> Reader<'w, '_> {
    /// Stages, jobs or steps: a pipeline, a stage, or a template of any of these.
    fn body(&mut self, value: Cursor<'w>, place: &Place<'w>, around: &Around) {
        let around = self.around(value, place, around);
        if let Some(extends) = value.get("extends")
            && let Some((root, place)) = self.templates.called(extends, place)
        {
            self.body(root, &place, &around);
        }
        for (list, is_job) in [("stages", false), ("jobs", true)] {
            let Some(list) = value.get(list) else { continue };
            for (item, place) in self.items(list, place) {
                match is_job {
                    true => self.job(item, &place, &around),
                    false => self.stage(item, &place, &around),
                }
            }
        }
        if value.get("steps").is_some() {
            let name = value.get("steps").and_then(|steps| steps.key()).unwrap_or(value);
            self.job_of(name, value, place, &around);
        }
    }

    fn stage(&mut self, value: Cursor<'w>, place: &Place<'w>, around: &Around) {
        if self.steps < STEPS {
            let around = Around { triggers: triggers::limited(value, &around.triggers), ..around.clone() };
            self.body(value, place, &around);
        }
    }

    fn job(&mut self, value: Cursor<'w>, place: &Place<'w>, around: &Around) {
        let name = ["job", "deployment"].into_iter().find_map(|key| value.get(key));
        let around = self.around(value, place, around);
        let around = Around { triggers: triggers::limited(value, &around.triggers), ..around };
        self.job_of(name.unwrap_or(value), value, place, &around);
    }

    fn job_of(&mut self, name: Cursor<'w>, value: Cursor<'w>, place: &Place<'w>, around: &Around) {
        let mut steps = Vec::new();
        self.steps(value, place, around, &mut steps);
        for Entry { value: strategy, .. } in
            value.get("strategy").map(|one| one.entries()).unwrap_or_default()
        {
            for hook in HOOKS {
                if let Some(hook) = strategy.path(hook) {
                    self.steps(hook, place, around, &mut steps);
                }
            }
        }
        self.steps += steps.len() + 1;
        let environment = value.get("environment");
        self.jobs.push(Job {
            triggers: around.triggers.clone(),
            environment: environment.and_then(|one| text(one.get("name").unwrap_or(one))),
            variables: around.variables.clone(),
            steps,
            ..job(Dialect::Azure, name)
        });
    }

    fn steps(&mut self, value: Cursor<'w>, place: &Place<'w>, around: &Around, steps: &mut Vec<Step>) {
        let Some(list) = value.get("steps") else { return };
        for (item, _) in self.items(list, place) {
            if self.steps + steps.len() >= STEPS {
                return;
            }
            steps.push(step(item, around));
        }
    }

    /// The items of a list with what templates and parameters stand for.
    fn items(&mut self, list: Cursor<'w>, place: &Place<'w>) -> Vec<(Cursor<'w>, Place<'w>)> {
        let kind = list.key().and_then(|key| key.text()).unwrap_or_default().into_owned();
        let mut found = Vec::new();
        self.templates.items(list, &kind, place, &mut found);
        found
    }

    fn around(&mut self, value: Cursor<'w>, place: &Place<'w>, around: &Around) -> Around {
        let mut around = around.clone();
        for (item, _) in value.get("variables").map(|list| self.items(list, place)).unwrap_or_default() {
            match item.get("name").is_some() {
                true => around.variables.extend(variable(item)),
                false => around.variables.extend(variables(Some(item))),
            }
        }
        if let Some(pool) = value.get("pool") {
            let image = pool.get("vmImage").or_else(|| pool.get("name")).unwrap_or(pool);
            around.is_windows =
                image.text().is_some_and(|image| image.to_ascii_lowercase().contains("windows"));
        }
        around
    }
}

fn step(value: Cursor<'_>, around: &Around) -> Step {
    let own = variables(value.get("env"));
    let mut seen = known(around.variables.iter().chain(&own));
    let task = value.get("task").and_then(text);
    let inputs = value.get("inputs");
    let input = |name: &str| inputs.and_then(|inputs| inputs.get(name));
    let is_bash = |kind: &str| input(kind).is_none_or(|kind| kind.text().is_some_and(|kind| kind == "bash"));
    let name = task.as_ref().map(|task| task.text.split('@').next().unwrap_or_default().to_ascii_lowercase());
    let written = match name.as_deref() {
        Some("bash") => input("script"),
        Some("cmdline") => input("script").filter(|_| !around.is_windows),
        Some("azurecli") => input("inlineScript").filter(|_| is_bash("scriptType")),
        Some("awsshellscript") => input("inlineScript"),
        Some(_) => None,
        None => value.get("bash").or_else(|| value.get("script").filter(|_| !around.is_windows)),
    };
    let script = written.and_then(|text| script(text, EXPRESSIONS, &mut seen));
    let is_named = |key: &str| value.get(key).and_then(text).map(|name| name.text);
    Step {
        name: is_named("displayName").or_else(|| is_named("name")),
        uses: task,
        inputs: variables(inputs),
        variables: own,
        scripts: script.into_iter().collect(),
        ..Step::at(value.span().part(0, 1))
    }
}

/// Whether a value is a text that is `none`.
fn is_none(value: Option<Cursor<'_>>) -> bool {
    is(value, "none")
}
