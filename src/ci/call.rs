//! Which scripts and targets of the repository a pipeline runs: their commands become commands of its jobs.
//!
//! Goes from jobs to what they run and never back. What a command runs is looked up by its name; where the directory it
//! runs in is not known, a name counts that only one file has.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::shell::{Command, Script};
use crate::source::{SourceMap, Span};

use super::runnable::Runnable;
use super::{Dialect, Family, Job};

/// Scripts that scripts run are followed this deep.
const DEPTH: u32 = 5;
/// No repository that people wrote runs more commands of scripts than this from its pipelines.
const COMMANDS: usize = 200_000;

/// Shells and builtins that run a file that they are given.
const SHELLS: [&str; 8] = ["bash", "sh", "zsh", "dash", "ash", "ksh", "source", "."];
/// Options of `make`, `just` and `task` that take a word.
const VALUED: [&str; 13] = [
    "-C",
    "-f",
    "-I",
    "-o",
    "-W",
    "-d",
    "-t",
    "--directory",
    "--file",
    "--makefile",
    "--justfile",
    "--working-directory",
    "--taskfile",
];

/// Gives jobs the commands of the scripts that they run. Returns the scripts that none of them runs.
pub(super) fn resolve(map: &SourceMap, jobs: &mut [Job], runnables: &[Runnable]) -> Vec<Job> {
    let index = Index::new(map, runnables);
    let mut calls = Calls {
        map,
        index,
        runnables,
        parsed: (0..runnables.len()).map(|_| None).collect(),
        met: vec![0; runnables.len()],
        job: 0,
        left: COMMANDS,
    };
    for job in jobs {
        calls.job += 1;
        let directory = map.source(job.source).path().parent().unwrap_or(Utf8Path::new("")).to_owned();
        for step in &mut job.steps {
            let scripts = std::mem::take(&mut step.scripts);
            for script in scripts {
                calls.expand(&script, &directory, None, DEPTH, &mut step.scripts);
            }
        }
    }
    let met = calls.met;
    let left =
        runnables.iter().zip(met).filter(|(runnable, met)| *met == 0 && runnable.mentions_clusters(map));
    left.map(|(runnable, _)| runnable.job(map)).collect()
}

/// Where things are that can be run.
struct Index<'r> {
    /// Scripts by the names of their files.
    files: FxHashMap<&'r str, Vec<usize>>,
    /// Targets by their dialect and name.
    targets: FxHashMap<(Dialect, &'r str), Vec<usize>>,
    paths: Vec<&'r Utf8Path>,
}

impl<'r> Index<'r> {
    fn new(map: &'r SourceMap, runnables: &'r [Runnable]) -> Self {
        let mut index =
            Self { files: FxHashMap::default(), targets: FxHashMap::default(), paths: Vec::new() };
        for (at, runnable) in runnables.iter().enumerate() {
            index.paths.push(map.source(runnable.source).path());
            for name in &runnable.names {
                match runnable.dialect {
                    Dialect::Shell => index.files.entry(name).or_default().push(at),
                    dialect if dialect.family() == Family::Script => {
                        index.targets.entry((dialect, name)).or_default().push(at);
                    }
                    _ => {}
                }
            }
        }
        index
    }

    fn path(&self, at: usize) -> &'r Utf8Path {
        self.paths.get(at).copied().unwrap_or(Utf8Path::new(""))
    }

    /// The script at a path, as a command in `directory` names it. What is not known in front of it is left off.
    fn script(&self, path: &str, directory: &Utf8Path) -> Option<usize> {
        let path = path.trim_start_matches("./");
        let name = path.rsplit('/').next()?;
        let found = self.files.get(name)?;
        let at = |wanted: &Utf8Path| found.iter().copied().find(|&one| self.path(one) == wanted);
        let plain = path.trim_start_matches("../").trim_start_matches('/');
        let is_one = || {
            let mut ends = found.iter().copied().filter(|&one| self.path(one).ends_with(plain));
            ends.next().filter(|_| ends.next().is_none())
        };
        at(Utf8Path::new(plain)).or_else(|| at(&joined(directory, path))).or_else(is_one)
    }

    /// The target of a name: that of a file in one of the directories, or the only one.
    fn target(&self, dialect: Dialect, name: &str, directories: &[&Utf8Path]) -> Vec<usize> {
        let Some(found) = self.targets.get(&(dialect, name)) else { return Vec::new() };
        let lies = |directory: &Utf8Path| -> Vec<usize> {
            let parent = |at: usize| self.path(at).parent().unwrap_or(Utf8Path::new(""));
            found.iter().copied().filter(|&at| parent(at) == directory).collect()
        };
        let near = directories.iter().map(|directory| lies(directory)).find(|found| !found.is_empty());
        near.unwrap_or_else(|| if found.len() == 1 { found.clone() } else { Vec::new() })
    }
}

/// A path from a directory, with `.` and `..` gone.
fn joined(directory: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut joined = directory.to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(joined.pop()),
            part => joined.push(part),
        }
    }
    joined
}

struct Calls<'r> {
    map: &'r SourceMap,
    index: Index<'r>,
    runnables: &'r [Runnable],
    /// The commands of those that were asked for.
    parsed: Vec<Option<std::sync::Arc<[Script]>>>,
    /// The last job that ran each; 0 for none.
    met: Vec<u32>,
    job: u32,
    /// How many more commands are given to jobs.
    left: usize,
}

impl Calls<'_> {
    /// Adds a script to those of a step, and behind each command the scripts that it runs.
    fn expand(
        &mut self,
        script: &Script,
        directory: &Utf8Path,
        caller: Option<Span>,
        depth: u32,
        to: &mut Vec<Script>,
    ) {
        let (problems, comments) = (script.problems.clone(), script.comments.clone());
        let mut run = Script { commands: Vec::new(), problems, comments };
        for command in &script.commands {
            if caller.is_some() {
                let Some(less) = self.left.checked_sub(1) else { break };
                self.left = less;
            }
            run.commands.push(Command { caller, ..command.clone() });
            let called = self.called(command, directory);
            if called.is_empty() {
                continue;
            }
            to.push(std::mem::take(&mut run));
            for at in called {
                self.run(at, caller.unwrap_or_else(|| command.words_span()), depth, to);
            }
        }
        if !(run.commands.is_empty() && run.problems.is_empty() && run.comments.is_empty()) {
            to.push(run);
        }
    }

    /// Adds what a script or a target runs, once for each job.
    fn run(&mut self, at: usize, caller: Span, depth: u32, to: &mut Vec<Script>) {
        let Some((runnable, less)) = self.runnables.get(at).zip(depth.checked_sub(1)) else { return };
        match self.met.get_mut(at) {
            Some(met) if *met != self.job => *met = self.job,
            _ => return,
        }
        let directory = self.index.path(at).parent().unwrap_or(Utf8Path::new(""));
        for need in &runnable.needs {
            for needed in self.index.target(runnable.dialect, need, &[directory]) {
                self.run(needed, caller, less, to);
            }
        }
        let map = self.map;
        let Some(known) = self.parsed.get_mut(at) else { return };
        let scripts = known.get_or_insert_with(|| runnable.scripts(map).into()).clone();
        for script in scripts.iter() {
            self.expand(script, directory, Some(caller), less, to);
        }
    }

    /// What a command runs.
    fn called(&self, command: &Command, directory: &Utf8Path) -> Vec<usize> {
        let Some(word) = command.words.first() else { return Vec::new() };
        let program = command.program().unwrap_or_default();
        let script = |word: &crate::shell::Word| self.index.script(&word.known_end(), directory);
        let dialect = match program.as_ref() {
            program if SHELLS.contains(&program) => {
                let file = command.arguments().iter().find(|word| !word.start().starts_with(['-', '+']));
                return file.and_then(script).into_iter().collect();
            }
            "make" | "gmake" => Dialect::Make,
            "just" => Dialect::Just,
            "task" | "go-task" => Dialect::Task,
            "npm" | "yarn" | "pnpm" => Dialect::Package,
            _ if word.parts.len() > 1 || program.contains('.') => return script(word).into_iter().collect(),
            _ => return Vec::new(),
        };
        self.targets(dialect, command, directory)
    }

    fn targets(&self, dialect: Dialect, command: &Command, directory: &Utf8Path) -> Vec<usize> {
        // They only say what they would run.
        let is_dry = |word: &crate::shell::Word| {
            matches!(word.start().as_ref(), "--dry" | "--dry-run" | "--just-print" | "-n")
        };
        if dialect != Dialect::Package && command.arguments().iter().any(is_dry) {
            return Vec::new();
        }
        let mut words = command.arguments().iter();
        let (mut names, mut named) = (Vec::new(), None);
        while let Some(word) = words.next() {
            let text = word.start();
            if VALUED.contains(&text.as_ref()) {
                let value = words.next().map(|value| value.start().into_owned());
                named = named.or(value.filter(|_| matches!(text.as_ref(), "-C" | "--directory" | "-d")));
            } else if !text.is_empty() && !text.starts_with('-') && !text.contains('=') {
                names.push(text.into_owned());
            }
        }
        match dialect {
            Dialect::Package => names.retain(|name| !matches!(name.as_str(), "run" | "run-script")),
            Dialect::Make if names.is_empty() => return Vec::new(),
            // Words behind a recipe are its arguments, or the recipe of a module.
            Dialect::Just => names.truncate(2),
            _ => {}
        }
        let root = Utf8Path::new("");
        let named = named.map(|named| (joined(root, &named), joined(directory, &named)));
        let directories: Vec<&Utf8Path> = match &named {
            Some((from_root, from_here)) => vec![from_root, from_here],
            None => vec![directory, root],
        };
        let target = |name: &String| {
            let found = self.index.target(dialect, name, &directories);
            // `task k8s:apply` and `just k8s::apply` name a module first.
            match name.rsplit_once(':').filter(|_| found.is_empty()) {
                Some((_, last)) => self.index.target(dialect, last, &[]),
                None => found,
            }
        };
        let mut found: Vec<usize> = names.iter().flat_map(target).collect();
        found.dedup();
        found
    }
}
