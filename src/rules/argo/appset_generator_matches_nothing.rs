//! `appset-generator-matches-nothing`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, RemarkKind};

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
    report(owner, RemarkKind::MatchesNothing, cx, nothing, |_| {});
    let one = |message: &str| Report {
        message: format!("{message}, other paths of the generator do"),
        why: "what it should find gets no Application".into(),
        help: "correct the path, or remove it".into(),
    };
    report(owner, RemarkKind::PatternMatchesNothing, cx, one, |finding| finding.level = Level::Warning);
}
