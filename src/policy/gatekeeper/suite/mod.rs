//! Suites of `gator verify`: templates and constraints on objects, with what they should say.
//!
//! Owns how a suite runs. Must not know files: it is given a way to their texts, and gives back results.

mod assertion;
mod read;

use std::cell::OnceCell;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::model::normalise;
use crate::rego::{Builder, Limits, Machine};
use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Cursor, ProblemKind as Unreadable, Tree};

use super::{Gatekeeper, Inventory, ProblemKind, Request, Silence, Subject, library};
use read::{Case, Suite, Test};

pub use read::is_suite;

/// Where `gator` says that it enforces.
const POINT: &str = "gator.gatekeeper.sh";

/// What became of a suite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SuiteResult {
    /// Whether it asked to be skipped.
    pub is_skipped: bool,
    /// Its tests in order; none of a suite that is skipped.
    pub tests: Vec<TestResult>,
}

/// What became of a template with a constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// The line of the suite where it stands.
    pub line: u32,
    /// What became of it apart from its cases.
    pub outcome: Outcome,
    /// Its cases in order; none where the test itself could not run.
    pub cases: Vec<CaseResult>,
    /// How many of its cases did not run.
    pub missed: usize,
}

/// What became of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// The line of the suite where it stands.
    pub line: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a test or a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// It asked to be skipped.
    Skipped,
    /// Gatekeeper could run it and plimsoll cannot: why.
    Unsupported(String),
    /// What is otherwise: a sentence without a full stop.
    Failed(String),
}

/// Runs a suite. `text_of` gives the text of a file by its path, which is relative to the directory that `path` is
/// relative to.
///
/// # Errors
/// Why the text is no suite.
pub fn verify(
    path: &Utf8Path,
    text: &str,
    text_of: &dyn Fn(&Utf8Path) -> Option<String>,
    limits: Limits,
) -> Result<SuiteResult, String> {
    let suite = Suite::read(path, text)?;
    if suite.is_skipped {
        return Ok(SuiteResult { is_skipped: true, tests: Vec::new() });
    }
    let directory = path.parent().unwrap_or(Utf8Path::new(""));
    let paths: Vec<Utf8PathBuf> = suite.files().map(|file| normalise(&directory.join(file))).collect();
    let files = Files::read(paths, text_of);
    let run = Run { directory, files: &files, limits };
    Ok(SuiteResult { is_skipped: false, tests: suite.tests.iter().map(|test| run.test(test)).collect() })
}

/// The files that a suite names, parsed.
struct Files {
    map: SourceMap,
    trees: FxHashMap<Utf8PathBuf, Result<Vec<Tree>, String>>,
}

impl Files {
    fn read(mut paths: Vec<Utf8PathBuf>, text_of: &dyn Fn(&Utf8Path) -> Option<String>) -> Self {
        paths.sort_unstable();
        paths.dedup();
        let mut trees = FxHashMap::default();
        let mut sources = Vec::new();
        for path in paths {
            match text_of(&path) {
                Some(text) => sources.push(Source::new(path, SourceKind::File, text)),
                None => drop(trees.insert(path.clone(), Err(format!("`{path}` cannot be read")))),
            }
        }
        let map = SourceMap::new(sources);
        for (index, source) in map.files().enumerate() {
            let parsed = yaml::parse(source, SourceId(index as u32), yaml::Limits::default());
            let problem = parsed.problems.iter().find(|problem| problem.kind == Unreadable::Syntax);
            let read = match problem {
                Some(_) => Err(format!("`{}` is no YAML", source.path())),
                None => Ok(parsed.trees().collect()),
            };
            trees.insert(source.path().to_owned(), read);
        }
        Self { map, trees }
    }

    /// The objects of a file.
    fn objects(&self, path: &Utf8Path) -> Result<Vec<Cursor<'_>>, String> {
        match self.trees.get(path) {
            Some(Ok(trees)) => {
                let roots = trees.iter().map(|tree| Cursor::new(&self.map, tree));
                Ok(roots.filter(|root| root.is_map()).collect())
            }
            Some(Err(error)) => Err(error.clone()),
            None => Err(format!("`{path}` cannot be read")),
        }
    }

    /// The only object of a file.
    fn object(&self, path: &Utf8Path) -> Result<Cursor<'_>, String> {
        match self.objects(path)?.as_slice() {
            [object] => Ok(*object),
            objects => Err(format!("`{path}` must hold one object, not {}", objects.len())),
        }
    }
}

struct Run<'a> {
    directory: &'a Utf8Path,
    files: &'a Files,
    limits: Limits,
}

impl Run<'_> {
    fn test(&self, test: &Test) -> TestResult {
        let result = |outcome, cases: Vec<CaseResult>| {
            let (name, line, missed) = (test.name.clone(), test.line, test.cases.len() - cases.len());
            TestResult { name, line, outcome, cases, missed }
        };
        if test.is_skipped {
            return result(Outcome::Skipped, Vec::new());
        }
        if !test.expansion.is_empty() {
            let reason = "ExpansionTemplates are not supported".to_owned();
            return result(Outcome::Unsupported(reason), Vec::new());
        }
        let gatekeeper = match self.gatekeeper(test) {
            Ok(gatekeeper) => gatekeeper,
            Err(outcome) => return result(outcome, Vec::new()),
        };
        if test.is_invalid {
            return result(Outcome::Passed, Vec::new());
        }
        let mut runner = Runner { run: self, gatekeeper: &gatekeeper, machine: OnceCell::new() };
        let cases = test.cases.iter().map(|case| {
            let outcome = match case.is_skipped {
                true => Outcome::Skipped,
                false => runner.case(case).map_or_else(Outcome::Failed, |()| Outcome::Passed),
            };
            CaseResult { name: case.name.clone(), line: case.line, outcome }
        });
        result(Outcome::Passed, cases.collect())
    }

    /// The template with its constraint; or what becomes of the test without.
    fn gatekeeper(&self, test: &Test) -> Result<Gatekeeper, Outcome> {
        let named = |path: &str, what: &str| match path {
            "" => Err(Outcome::Failed(format!("The test names no {what}"))),
            path => self.files.object(&self.path(path)).map_err(Outcome::Failed),
        };
        let roots = [named(&test.template, "template")?, named(&test.constraint, "constraint")?];
        let gatekeeper = library::read(&roots, self.limits);
        let not_evaluated = gatekeeper.problems.iter().find(|it| it.kind == ProblemKind::NotEvaluated);
        if let Some(problem) = not_evaluated {
            return Err(Outcome::Unsupported(problem.message.clone()));
        }
        let is_refused = gatekeeper.problems.iter().all(|problem| problem.kind == ProblemKind::Constraint);
        let messages: Vec<&str> =
            gatekeeper.problems.iter().map(|problem| problem.message.as_str()).collect();
        match (messages.is_empty(), test.is_invalid) {
            (true, true) => Err(Outcome::Failed("The constraint is valid, and should not be".to_owned())),
            (false, true) if is_refused => Ok(gatekeeper),
            (true, false) if gatekeeper.constraints.is_empty() => {
                Err(Outcome::Failed("The files of the test hold no constraint with its template".to_owned()))
            }
            (true, false) => Ok(gatekeeper),
            (false, _) => Err(Outcome::Failed(messages.join("; "))),
        }
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        normalise(&self.directory.join(path))
    }
}

/// What the cases of a test share.
struct Runner<'r> {
    run: &'r Run<'r>,
    gatekeeper: &'r Gatekeeper,
    machine: OnceCell<Machine<'r>>,
}

impl Runner<'_> {
    fn case(&mut self, case: &Case) -> Result<(), String> {
        if case.object.is_empty() {
            return Err("The case names no object".to_owned());
        }
        if case.assertions.is_empty() {
            return Err("The case has no assertions".to_owned());
        }
        let messages = self.messages(case)?;
        case.assertions.iter().try_for_each(|assertion| assertion.check(&messages))
    }

    /// The messages of all violations.
    fn messages(&mut self, case: &Case) -> Result<Vec<String>, String> {
        let Self { run, gatekeeper, machine } = self;
        let mut builder = Builder::default();
        let mut inventory = Inventory::default();
        for path in &case.inventory {
            for root in run.files.objects(&run.path(path))? {
                inventory.add(&Subject::read(root), builder.value(root));
            }
        }
        let root = run.files.object(&run.path(&case.object))?;
        let subject = Subject::read(root);
        let request = if subject.kind == "AdmissionReview" && subject.group == "admission.k8s.io" {
            Request::of_admission(root, &mut builder)?
        } else {
            Request::of_object(subject, builder.value(root), None)
        };
        let Some(program) = gatekeeper.programs.first() else { return Ok(Vec::new()) };
        machine.get_or_init(|| program.machine());
        let Some(machine) = machine.get_mut() else { return Ok(Vec::new()) };
        machine.set_data(&inventory.data());
        let mut messages = Vec::new();
        for said in gatekeeper.ask(0, machine, &request, &inventory) {
            let constraint = gatekeeper.constraints.get(said.constraint).map(|(_, constraint)| constraint);
            if constraint.is_none_or(|constraint| constraint.enforcement.level_at(POINT).is_none()) {
                continue;
            }
            match said.answer {
                Ok(verdicts) => messages.extend(verdicts.into_iter().map(|verdict| verdict.message)),
                // Gatekeeper rejects what it cannot match.
                Err(Silence::Namespace(name)) => {
                    messages.push(format!("The labels of the namespace `{name}` are not known"));
                }
                Err(Silence::Stop(stop)) => return Err(stop.text().to_owned()),
            }
        }
        Ok(messages)
    }
}
