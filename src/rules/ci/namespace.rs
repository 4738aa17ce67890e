//! Namespaces that a pipeline makes and takes away again, and which commands of a job change nothing else.
//!
//! A command is known by the namespace that it names itself: what else its file makes and removes says nothing about it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ci::Job;
use crate::engine::World;
use crate::model::ObjectView;
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::{is_dry, operands, subcommands};
use super::deploy;

/// A namespace as it is written.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Namespace {
    name: String,
    /// The environment of the job, where the name has a variable in it: such a one differs between them.
    environment: Option<String>,
}

impl Namespace {
    /// What stands behind a prefix of a word: `--namespace=`.
    fn of(word: &Word, prefix: &str, job: &Job) -> Option<Self> {
        let name = word.shown_with_marks().strip_prefix(prefix)?.to_owned();
        let environment = job.environment.as_ref().filter(|_| name.contains('$'));
        Some(Self { name, environment: environment.map(|it| it.text.clone()) })
    }

    /// Whether it is the same whenever the pipeline runs, as that of production is.
    fn is_constant(&self) -> bool {
        !self.name.contains('$')
    }

    fn known(name: &str) -> Self {
        Self { name: name.to_owned(), environment: None }
    }
}

/// The namespaces that jobs of one file make before they remove them for good, in the order in which they are written. One
/// with a constant name passes where the job that makes it removes it: another job may be there to take production away.
pub(super) fn passing<'w>(jobs: impl Iterator<Item = &'w Job>) -> FxHashSet<Namespace> {
    let mut is_there: FxHashMap<Namespace, bool> = FxHashMap::default();
    for job in jobs {
        // Functions that `trap` calls are written first, and run last.
        let has_trap = job.commands().any(|command| command.program().is_some_and(|name| name == "trap"));
        let (mut own_ones, mut last) = (FxHashSet::default(), Vec::new());
        for command in job.commands() {
            own_ones.extend(made(command, job));
            is_there.extend(made(command, job).map(|name| (name, true)));
            let mut removed = removed(command, job);
            removed.retain(|name| !name.is_constant() || own_ones.contains(name));
            if has_trap && command.context.function {
                last.extend(removed);
            } else {
                leave(&mut is_there, removed);
            }
        }
        leave(&mut is_there, last);
    }
    is_there.into_iter().filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect()
}

/// What nobody has made before is not gone by being removed: it was there.
fn leave(is_there: &mut FxHashMap<Namespace, bool>, removed: Vec<Namespace>) {
    for name in removed {
        is_there.entry(name).and_modify(|is_there| *is_there = false);
    }
}

/// The places of commands and actions of a job that change nothing outside of such namespaces.
pub(super) fn inside(job: &Job, passing: &FxHashSet<Namespace>, world: &World) -> FxHashSet<Span> {
    let mut places = FxHashSet::default();
    if passing.is_empty() {
        return places;
    }
    let is_passing = |names: &[Namespace]| names.iter().all(|name| passing.contains(name));
    let mut by_default = false;
    for step in &job.steps {
        if let (Some(deploy), Some(input)) = (deploy::of_action(step), step.input("namespace"))
            && is_passing(&[Namespace::known(&input.text)])
        {
            places.insert(deploy.span);
        }
        for script in &step.scripts {
            let mut fed = None;
            for command in &script.commands {
                let names = names(command, job);
                let is_fed = || command.stage.is_some_and(|stage| fed == Some(stage.pipeline));
                let is_in = match names.is_empty() {
                    true => by_default || is_fed() || applies_into(command, passing, world),
                    false => is_passing(&names),
                };
                if is_in {
                    places.insert(command.words_span());
                }
                by_default = choice(command, job).map_or(by_default, |chooses| is_in && chooses);
                if is_in && !names.is_empty() && makes(command) {
                    // `kubectl create namespace … --dry-run=client -o yaml | kubectl apply -f -`
                    fed = command.stage.map(|stage| stage.pipeline);
                }
            }
        }
    }
    places
}

/// The namespaces that a command makes or removes, or the one it works in.
fn names(command: &Command, job: &Job) -> Vec<Namespace> {
    let mut names: Vec<Namespace> = made(command, job).into_iter().chain(removed(command, job)).collect();
    if names.is_empty() {
        names.extend(own(command, job));
    }
    names
}

/// The namespace that a command makes: `kubectl create namespace drill-$ID`, or what a release of Helm is put into.
fn made(command: &Command, job: &Job) -> Option<Namespace> {
    let program = command.program()?;
    let (first, second) = subcommands(command);
    match (&*program, &*first, &*second) {
        ("kubectl" | "oc", "create", "namespace" | "ns") => operand(command, 2, job),
        ("oc", "new-project", _) => operand(command, 1, job),
        ("helm", "install" | "upgrade", _) => {
            let creates = command.arguments().iter().any(|word| word.is("--create-namespace"));
            own(command, job).filter(|_| creates)
        }
        _ => None,
    }
}

/// Whether a command only makes a namespace.
fn makes(command: &Command) -> bool {
    let (first, second) = subcommands(command);
    first == "create" && matches!(&*second, "namespace" | "ns")
}

/// The namespaces that a command takes away.
fn removed(command: &Command, job: &Job) -> Vec<Namespace> {
    let (first, second) = subcommands(command);
    let is_namespace = matches!(&*second, "namespace" | "namespaces" | "ns" | "project");
    let is_program = command.program().is_some_and(|program| matches!(&*program, "kubectl" | "oc"));
    if !is_program || first != "delete" || !is_namespace || is_dry(command) {
        return Vec::new();
    }
    operands(command).skip(2).filter_map(|word| Namespace::of(word, "", job)).collect()
}

/// The namespace that the options of a command name.
fn own(command: &Command, job: &Job) -> Option<Namespace> {
    let words = command.arguments();
    // What stands behind `--` is for a program in a container.
    let end = words.iter().position(|word| word.is("--")).unwrap_or(words.len());
    let words = words.get(..end).unwrap_or_default();
    let apart = words.windows(2).find(|pair| pair[0].is("-n") || pair[0].is("--namespace"));
    let joined = || words.iter().find_map(|word| Namespace::of(word, "--namespace=", job));
    apart.and_then(|pair| Namespace::of(&pair[1], "", job)).or_else(joined)
}

/// Whether a command chooses the namespace of those behind it, or ends the choice; `None` where it does neither.
fn choice(command: &Command, job: &Job) -> Option<bool> {
    let program = command.program()?;
    let (first, second) = subcommands(command);
    if !command.context.function && !removed(command, job).is_empty() {
        return Some(false);
    }
    match (&*program, &*first, &*second) {
        ("kubectl" | "oc", "config", "set-context") | ("oc", "project" | "new-project", _) => Some(true),
        ("kubectl" | "oc", "config", "use-context") | ("oc", "login", _) => Some(false),
        _ => None,
    }
}

/// Whether a command applies manifests that name such namespaces, all of them.
fn applies_into(command: &Command, passing: &FxHashSet<Namespace>, world: &World) -> bool {
    let is_inside = |object: &ObjectView<'_>| {
        object.namespace().is_some_and(|name| passing.contains(&Namespace::known(&name)))
    };
    deploy::of_command(command).is_some_and(|deploy| deploy.applies_only(world, is_inside))
}

/// A word that is no option.
fn operand(command: &Command, at: usize, job: &Job) -> Option<Namespace> {
    operands(command).nth(at).and_then(|word| Namespace::of(word, "", job))
}
