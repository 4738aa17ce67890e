//! What a job pushes to git, and to which branch.
//!
//! Must not report anything.

use crate::ci::{Job, Step, Text};
use crate::shell::{Command, Word};
use crate::source::Span;

use super::command::program;

/// Commits that a job pushes.
pub(super) struct GitPush {
    /// Where it is written.
    pub span: Span,
    /// Where to.
    pub to: To,
}

/// Where commits are pushed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum To {
    /// The branch that the pipeline runs on.
    Current,
    /// This branch.
    Branch(String),
    /// Another repository, a branch that the job made, tags, or nobody can tell.
    Elsewhere,
}

/// What a job pushes, in order.
pub(super) fn pushes(job: &Job) -> Vec<GitPush> {
    let mut found = Vec::new();
    // Where the next commit lands, as far as the job says so.
    let mut on = checked_out(job);
    let is_elsewhere = job.steps.iter().any(checks_out_another);
    for step in &job.steps {
        for command in step.commands() {
            let words = words(command);
            match words.first().map(|word| word.shown()).as_deref() {
                Some("clone") => on = To::Elsewhere,
                Some("checkout" | "switch") => on = switched(&words, on),
                Some("push") => {
                    found.extend(pushed(&words, &on).map(|to| GitPush { span: command.words_span(), to }));
                }
                _ => {}
            }
        }
        found.extend(of_action(step, &on));
    }
    if is_elsewhere {
        found.iter_mut().for_each(|push| push.to = To::Elsewhere);
    }
    found
}

/// Whether the job proposes its changes instead of making them.
pub(super) fn proposes(job: &Job) -> bool {
    let by_action = job.steps.iter().filter_map(Step::action).any(|action| {
        ["create-pull-request", "pull-request", "create-or-update-pull"]
            .iter()
            .any(|name| action.contains(name))
    });
    let by_command = job.commands().any(|command| {
        let words: Vec<String> = command.arguments().iter().map(Word::shown).collect();
        let starts = |first: &str, second: &str| {
            words.first().is_some_and(|word| word == first) && words.get(1).is_some_and(|word| word == second)
        };
        match program(command).as_str() {
            "gh" => starts("pr", "create"),
            "glab" => starts("mr", "create"),
            "hub" => words.first().is_some_and(|word| word == "pull-request"),
            "git" => {
                words.iter().any(|word| word.contains("merge_request.create") || word.contains("refs/for/"))
            }
            _ => false,
        }
    });
    by_action || by_command
}

/// The words of a git command behind its own options, the subcommand first; none for other programs, and where `-C` leads
/// to another directory.
fn words(command: &Command) -> Vec<&Word> {
    if program(command) != "git" {
        return Vec::new();
    }
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        match word.shown().as_str() {
            "-c" => drop(words.next()),
            "-C" => return Vec::new(),
            option if option.starts_with('-') => {}
            _ => return std::iter::once(word).chain(words).collect(),
        }
    }
    Vec::new()
}

fn switched(words: &[&Word], on: To) -> To {
    let makes = ["-b", "-B", "-c", "-C", "--create", "--orphan", "--detach"];
    let operand = || {
        words
            .iter()
            .skip(1)
            .map(|word| word.text())
            .find(|word| word.as_ref().is_none_or(|word| !word.starts_with('-')))
    };
    if words.iter().any(|word| word.is("--")) {
        // Files are restored, and the branch stays.
        return on;
    }
    if words.iter().any(|word| makes.iter().any(|make| word.is(make))) {
        // `git checkout -B main` names the branch that it is on.
        return match operand() {
            Some(Some(name)) if matches!(&*name, "main" | "master") => To::Branch(name.into_owned()),
            _ => To::Elsewhere,
        };
    }
    match operand() {
        Some(Some(name)) => To::Branch(name.into_owned()),
        _ => To::Elsewhere,
    }
}

/// Where `git push` goes; `None` when it pushes nothing.
fn pushed(words: &[&Word], on: &To) -> Option<To> {
    let mut operands = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let shown = word.shown();
        match shown.as_str() {
            "--dry-run" | "-n" => return None,
            "--tags" | "--delete" | "-d" | "--mirror" | "--all" => return Some(To::Elsewhere),
            "-o" | "--push-option" | "--repo" => drop(rest.next()),
            option if option.starts_with('-') => {}
            _ => operands.push(*word),
        }
    }
    let (remote, reference) = (operands.first(), operands.get(1));
    if remote.is_some_and(|remote| !is_this(&remote.shown())) {
        return Some(To::Elsewhere);
    }
    Some(match reference {
        None => on.clone(),
        Some(reference) => target(&reference.shown_with_marks(), on),
    })
}

/// Whether a remote is the repository that the pipeline is of.
fn is_this(remote: &str) -> bool {
    const NAMES: [&str; 6] = [
        "github.repository",
        "GITHUB_REPOSITORY",
        "CI_PROJECT_PATH",
        "CI_REPOSITORY_URL",
        "CI_PROJECT_URL",
        "BUILD_REPOSITORY",
    ];
    remote == "origin" || NAMES.iter().any(|name| remote.contains(name))
}

/// The branch that a reference of a push names.
fn target(reference: &str, on: &To) -> To {
    let name = reference.trim_start_matches('+');
    let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    const CURRENT: [&str; 5] =
        ["github.ref", "GITHUB_REF", "CI_COMMIT_BRANCH", "CI_COMMIT_REF_NAME", "CI_DEFAULT_BRANCH"];
    if name == "HEAD" {
        return on.clone();
    }
    if name.contains(['$', '{']) {
        // The branch of a pull request is `github.head_ref`.
        return match CURRENT.iter().any(|current| name.contains(current)) {
            true => To::Current,
            false => To::Elsewhere,
        };
    }
    if name.starts_with("refs/") { To::Elsewhere } else { To::Branch(name.to_owned()) }
}

/// What an action pushes.
fn of_action(step: &Step, on: &To) -> Option<GitPush> {
    let action = step.action()?;
    let uses = step.uses.as_ref()?;
    let is = |name: &str, value: &str| step.input(name).is_some_and(|input| input.text == value);
    let branch = match action.as_str() {
        "stefanzweifel/git-auto-commit-action" if !is("create_branch", "true") => step.input("branch"),
        "endbug/add-and-commit" if step.input("new_branch").is_none() && !is("push", "false") => None,
        "ad-m/github-push-action" | "actions-js/push" if step.input("repository").is_none() => {
            step.input("branch")
        }
        _ => return None,
    };
    let to = branch.map_or_else(|| on.clone(), |branch| target(&branch.text, on));
    Some(GitPush { span: uses.span, to })
}

/// The branch that a job checks out first.
fn checked_out(job: &Job) -> To {
    let mut steps = job.steps.iter();
    let checkout = steps.find(|step| step.action().as_deref() == Some("actions/checkout"));
    checkout.and_then(|step| step.input("ref")).map_or(To::Current, |name| target(&name.text, &To::Current))
}

/// Whether a step checks out another repository.
fn checks_out_another(step: &Step) -> bool {
    let is_this = |repository: &Text| repository.text.contains("github.repository");
    step.action().as_deref() == Some("actions/checkout")
        && step.input("repository").is_some_and(|repository| !is_this(repository))
}
