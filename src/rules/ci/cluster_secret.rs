//! Names of secrets and variables that open a cluster. What a variable holds is in no file: its name must say it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::ci::{Dialect, Job, Variable};
use crate::shell::{Command, RedirectionKind};

/// The middle of a name.
const NAME: &str = r"[A-Za-z0-9_]*(?:kube_?config|kube_?token|kubernetes_?token|kube_?ca|k8s_(?:token|cert|password|secret|sa)|cluster_(?:token|ca)|openshift_token)[A-Za-z0-9_]*";

/// Secrets of GitHub.
// A pattern that does not compile matches nothing; the tests of `ci-cluster-credentials` would not pass.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?i)\bsecrets\.({NAME})")).ok());

/// Variables of other dialects: `$KUBE_TOKEN`, `${KUBE_TOKEN}`, and `$(KUBE_TOKEN)` of Azure.
static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!(r"(?i)\$[({{]?({NAME})([)}}.]?)")).ok());

/// A name that stands alone.
static ALONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[_./-])(?:kube_?config|kube_?token|kubernetes_?token|kube_?ca(?:_|$|cert)|k8s_(?:token|cert|password|secret|sa)(?:_|$)|cluster_(?:token|ca)(?:_|$)|openshift_token)").ok()
});

/// Endings of names that say that the value is no secret but where or what one is.
const ELSEWHERE: &[&str] =
    &["path", "dir", "directory", "file", "name", "context", "location", "version", "url", "mode"];

/// What is known of the variables of one job.
pub(super) struct Secrets<'j> {
    dialect: Dialect,
    /// Variables that the job sets itself.
    set: BTreeSet<&'j str>,
}

impl<'j> Secrets<'j> {
    pub fn of(job: &'j Job) -> Self {
        let own = job.steps.iter().flat_map(|step| &step.variables);
        let declared = job.variables.iter().chain(own).map(|variable| variable.name.as_str());
        let assigned = job.commands().flat_map(|command| &command.assignments);
        let set = declared.chain(assigned.map(|assignment| assignment.name.as_str())).collect();
        Self { dialect: job.dialect, set }
    }

    /// What a variable, or an input of an action, is given: what it is, and its name.
    pub fn of_variable<'t>(&self, variable: &'t Variable) -> Vec<(&'static str, &'t str)> {
        let text = variable.value.text.as_str();
        if !variable.is_secret {
            return self.of_text(text);
        }
        let name = [text, variable.name.as_str()].into_iter().find(|name| names(name));
        name.map(|name| ("secret", name)).into_iter().collect()
    }

    /// The secrets that a text names in expressions.
    pub fn of_text<'t>(&self, text: &'t str) -> Vec<(&'static str, &'t str)> {
        if self.is_github() {
            let Some(pattern) = SECRET.as_ref() else { return Vec::new() };
            let names = pattern.captures_iter(text).filter_map(|captures| captures.get(1));
            return names.map(|name| ("secret", name.as_str())).collect();
        }
        let Some(pattern) = VARIABLE.as_ref().filter(|_| text.contains('$')) else { return Vec::new() };
        let found = pattern.captures_iter(text).filter_map(|captures| {
            let name = captures.get(1)?.as_str();
            // `$(kubeconfig.secureFilePath)` is a path, as is `KUBECONFIG`, which says so to every tool.
            let is_path = captures.get(2).is_some_and(|end| end.as_str() == ".");
            let is_plain = !is_path && !name.eq_ignore_ascii_case("kubeconfig");
            (is_plain && names(name) && !self.set.contains(name)).then_some(("variable", name))
        });
        found.collect()
    }

    /// The variable of a word that nothing in sight sets, as a command of the shell uses it.
    pub fn of_shell<'t>(&self, name: &'t str, command: &Command) -> Option<(&'static str, &'t str)> {
        // Variables of GitHub, Tekton and Argo Workflows come from expressions and references that are looked at.
        let is_declared =
            self.is_github() || matches!(self.dialect, Dialect::Tekton | Dialect::ArgoWorkflows);
        if is_declared || !names(name) || self.set.contains(name) {
            return None;
        }
        // `KUBECONFIG` is the path of a file by convention, unless somebody writes what it holds into one.
        let is_path = name.eq_ignore_ascii_case("kubeconfig") && !writes(command);
        (!is_path).then_some(("variable", name))
    }

    fn is_github(&self) -> bool {
        matches!(self.dialect, Dialect::GitHubWorkflow | Dialect::GitHubAction)
    }
}

/// Whether a text names a secret of GitHub that opens a cluster.
pub(super) fn names_secret(text: &str) -> bool {
    SECRET.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Whether the name of a file says that it opens a cluster.
pub(super) fn is_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("kubeconfig") || name.contains("kube-config") || name.contains("kube_config")
}

/// Whether a name is that of something that opens a cluster.
fn names(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default().to_ascii_lowercase();
    !ELSEWHERE.contains(&last.as_str()) && ALONE.as_ref().is_some_and(|pattern| pattern.is_match(name))
}

/// Whether a command prints its words into a file, or to a command that does.
fn writes(command: &Command) -> bool {
    let prints = command.program().is_some_and(|program| matches!(program.as_ref(), "echo" | "printf"));
    let to_file = command.redirections.iter().any(|redirection| redirection.kind == RedirectionKind::Write);
    prints && (to_file || command.stage.is_some())
}
