//! `appset-generator-matches-nothing`

use camino::Utf8Path;

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, RemarkKind};
use crate::source::SourceMap;

use super::applicationset::report;

rule! {
    /// A git generator whose paths match nothing in this repository.
    ///
    /// ## Why
    ///
    /// A generator without elements makes no Applications, and deletes those it made before: a directory that was
    /// renamed takes everything with it. Nobody is told.
    ///
    /// One path of several that matches nothing is a warning: it may be there for later.
    ///
    /// ## What passes
    ///
    /// - another repository, or another revision than the default branch
    /// - paths that a matrix fills in
    /// - paths that match, and are excluded again one by one
    /// - a pattern below a directory that is there and has nothing but files of its own: a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - git:
    ///         repoURL: https://github.com/acme/gitops
    ///         revision: HEAD
    ///         directories:
    ///           - path: platform/*
    ///           - path: apps/*/env/prod
    ///   template:
    ///     metadata:
    ///       name: "{{ .path.basename }}"
    ///     spec:
    ///       project: shop
    /// # file: platform/dns/values.yaml
    /// replicas: 2
    /// # file: apps/cart/envs/prod/values.yaml
    /// replicas: 2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - git:
    ///         repoURL: https://github.com/acme/gitops
    ///         revision: HEAD
    ///         directories:
    ///           - path: platform/*
    ///           - path: apps/*/envs/prod
    ///   template:
    ///     metadata:
    ///       name: "{{ .path.basename }}"
    ///     spec:
    ///       project: shop
    /// # file: platform/dns/values.yaml
    /// replicas: 2
    /// # file: apps/cart/envs/prod/values.yaml
    /// replicas: 2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/>
    pub static RULE = "appset-generator-matches-nothing" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "correctness"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::ApplicationSet], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let name = owner.object.name();
    let nothing = |message: &str| Report {
        message: format!("{message}: a generator of ApplicationSet `{name}` has no elements"),
        why: "it makes no Applications, and those it made before are deleted".into(),
        help: "correct the path; a `*` stands for one segment of a directory".into(),
    };
    let map = cx.map();
    report(owner, RemarkKind::MatchesNothing, cx, nothing, |finding| {
        if waits(map.slice(finding.primary), map) {
            finding.level = Level::Note;
            finding.why =
                "the directory is there and holds no other one yet: what is added there is deployed".into();
        }
    });
    let one = |message: &str| Report {
        message: format!("{message}, other paths of the generator do"),
        why: "what it should find gets no Application".into(),
        help: "correct the path, or remove it".into(),
    };
    report(owner, RemarkKind::PatternMatchesNothing, cx, one, |finding| finding.level = Level::Warning);
}

/// Whether the directory that a pattern begins with is there, and has nothing but files of its own, such as a README.
fn waits(pattern: &str, map: &SourceMap) -> bool {
    let pattern = pattern.trim_matches(['"', '\'']);
    let fixed = pattern.split(['*', '?', '[', '{']).next().unwrap_or_default();
    let Some((directory, _)) = fixed.rsplit_once('/').filter(|_| fixed != pattern) else { return false };
    let directory = Utf8Path::new(directory.trim_matches('/'));
    let mut files = map.below(directory).peekable();
    files.peek().is_some() && files.all(|file| map.source(file).path().parent() == Some(directory))
}
