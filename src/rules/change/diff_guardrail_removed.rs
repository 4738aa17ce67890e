//! `diff-guardrail-removed`

use std::collections::BTreeSet;

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{AllApplied, AppliedKey, ChangeView, GraphView, applied};
use crate::model::ObjectView;
use crate::source::{Span, new_lines};
use crate::yaml::Cursor;

use super::support::{display, gone_at, was_written};

rule! {
    /// A change that takes a safeguard away.
    ///
    /// ## Why
    ///
    /// Safeguards go quietly: a switch for a night of debugging that is never turned back, a policy that only
    /// warns, a NetworkPolicy that stood in the way. Whoever reviews should see it as what it is.
    ///
    /// ## What passes
    ///
    /// - safeguards that move to another file
    /// - a namespace or an owner that goes as a whole with its safeguards
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source: {repoURL: "https://github.com/acme/gitops", path: shop, targetRevision: main}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: shop}
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: true
    /// # file: head/app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source: {repoURL: "https://github.com/acme/gitops", path: shop, targetRevision: main}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: shop}
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: false
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source: {repoURL: "https://github.com/acme/gitops", path: shop, targetRevision: main}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: shop}
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: false
    /// # file: head/app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   namespace: argocd
    /// spec:
    ///   project: shop
    ///   source: {repoURL: "https://github.com/acme/gitops", path: shop, targetRevision: main}
    ///   destination: {server: "https://kubernetes.default.svc", namespace: shop}
    ///   syncPolicy:
    ///     automated:
    ///       prune: true
    ///       selfHeal: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/>
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static RULE = "diff-guardrail-removed" {
        level: Warning,
        precision: High,
        tags: ["change"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

/// Kinds that are safeguards themselves.
const GUARDS: [(&str, &str); 4] = [
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("", "ResourceQuota"),
    ("", "LimitRange"),
];

/// Switches that keep somebody safe while they are on, by API group and kind.
const SWITCHES: [(&str, &str, &[&str]); 4] = [
    ("argoproj.io", "Application", &["spec", "syncPolicy", "automated", "selfHeal"]),
    ("argoproj.io", "Application", &["spec", "syncPolicy", "automated", "prune"]),
    ("argoproj.io", "ApplicationSet", &["spec", "template", "spec", "syncPolicy", "automated", "selfHeal"]),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", &["spec", "prune"]),
];

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let (base, head) = (applied(change.base), applied(change.head));
    for (key, objects) in &base {
        match (head.get(key), objects.first()) {
            (Some(now), Some(before)) => {
                if let Some(now) = now.first() {
                    weakened(key, &before.object, &now.object, cx);
                }
            }
            (None, Some(gone)) if GUARDS.contains(&(&*key.group, &*key.kind)) && is_inhabited(&head, key) => {
                let Some(at) = gone_at(change, gone) else { continue };
                let finding = report(at, format!("{} is removed", display(key)), cx);
                finding.object = Some(gone.object.object_name());
                was_written(finding, &gone.object);
            }
            _ => {}
        }
    }
    files(change, cx);
}

fn report<'c>(at: At, message: String, cx: &'c mut Cx<'_>) -> &'c mut crate::finding::Finding {
    cx.report(
        at,
        Report {
            message,
            why: "what it kept from happening can happen once this is merged".into(),
            help: "keep it, or say in the change why it is not needed any more".into(),
        },
    )
}

/// Whether anything is left that the safeguard was for.
fn is_inhabited(head: &AllApplied<'_>, guard: &AppliedKey) -> bool {
    head.keys().any(|key| {
        key.place == guard.place
            && key.namespace == guard.namespace
            && !GUARDS.contains(&(&*key.group, &*key.kind))
    })
}

fn weakened(key: &AppliedKey, before: &ObjectView<'_>, now: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let mut found: Vec<(At, String)> = Vec::new();
    let is_on = |object: &ObjectView<'_>, path: &[&str]| {
        object.root.path(path).and_then(|it| it.bool()) == Some(true)
    };
    for (_, _, path) in
        SWITCHES.iter().filter(|(group, kind, _)| (*group, *kind) == (&*key.group, &*key.kind))
    {
        if is_on(before, path) && !is_on(now, path) {
            let name = path.last().copied().unwrap_or_default();
            let at = now.root.path(path).map_or_else(|| At::missing(now, path), At::value);
            found.push((at, format!("`{name}` is turned off")));
        }
    }
    let suspend: &[&str] = &["spec", "suspend"];
    if key.group.ends_with("toolkit.fluxcd.io") && is_on(now, suspend) && !is_on(before, suspend) {
        found.extend(now.root.path(suspend).map(|at| (At::value(at), "it is suspended".to_owned())));
    }
    let verify: &[&str] = &["spec", "verify"];
    if key.group == "source.toolkit.fluxcd.io"
        && before.root.path(verify).is_some()
        && now.root.path(verify).is_none()
    {
        found.push((At::missing(now, verify), "`verify` is removed".to_owned()));
    }
    let ignored: &[&str] = &["spec", "ignoreDifferences"];
    let count = |object: &ObjectView<'_>| object.root.path(ignored).map_or(0, |list| list.items().count());
    if key.kind == "Application" && count(now) > count(before) {
        found.extend(
            now.root.path(ignored).map(|at| (At::key(at), "more differences are ignored".to_owned())),
        );
    }
    found.extend(only_warns(key, before, now).map(|at| (at, "it only warns".to_owned())));
    for (at, what) in found {
        let finding = report(at, format!("{}: {what}", display(key)), cx);
        finding.object = Some(now.object_name());
    }
}

/// Where a policy says that it no longer refuses what it finds: a policy of Kyverno as a whole, a rule of it by name, or a
/// constraint of Gatekeeper, which refuses unless it says otherwise.
fn only_warns(key: &AppliedKey, before: &ObjectView<'_>, now: &ObjectView<'_>) -> Option<At> {
    let refuses = |at: Option<Cursor<'_>>, word: &str| {
        at.and_then(|it| it.text()).is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    match key.group.as_str() {
        "kyverno.io" => {
            let action: &[&str] = &["spec", "validationFailureAction"];
            if refuses(before.root.path(action), "Enforce") && !refuses(now.root.path(action), "Enforce") {
                return Some(now.root.path(action).map_or_else(|| At::missing(now, action), At::value));
            }
            let action: &[&str] = &["validate", "failureAction"];
            let [old, new] = [before, now].map(|object| object.root.path(&["spec", "rules"]));
            let named = |name: &str| {
                let mut old = old.into_iter().flat_map(|list| list.items());
                old.find(|rule| rule.get("name").and_then(|it| it.text()).is_some_and(|it| it == name))
            };
            let mut new = new.into_iter().flat_map(|list| list.items());
            let weaker = new.find(|rule| {
                let old = rule.get("name").and_then(|it| it.text()).and_then(|name| named(&name));
                old.is_some_and(|old| refuses(old.path(action), "Enforce"))
                    && !refuses(rule.path(action), "Enforce")
            })?;
            Some(weaker.path(action).map_or_else(|| At::missing_below(now, weaker, action), At::value))
        }
        "constraints.gatekeeper.sh" => {
            let action: &[&str] = &["spec", "enforcementAction"];
            let denies = |object: &ObjectView<'_>| {
                let action = object.root.path(action);
                action.is_none() || refuses(action, "deny")
            };
            (denies(before) && !denies(now)).then(|| now.root.path(action).map(At::value))?
        }
        _ => None,
    }
}

/// Lines of files: suppressions that are new, owners of code that are gone.
fn files(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let codeowners = |view: GraphView<'_>| {
        let mut files = view.repository.files.iter().filter(|file| file.kind == FileKind::Codeowners);
        files.next().map(|file| view.map.source(file.source).path().to_owned())
    };
    if let (Some(path), None) = (codeowners(change.base), codeowners(change.head))
        && let Some(file) = change.head.repository.files.first()
    {
        // What is gone has no line of its own.
        let at = At::span(Span::new(file.source, 0, 0));
        report(at, format!("`{path}` is removed, and nobody owns anything any more"), cx);
    }
    for file in &change.head.repository.files {
        let source = change.head.map.source(file.source);
        let old = change.base.repository.file(source.path());
        let old = old.map_or("", |old| change.base.map.source(old.source).text());
        if old == source.text() {
            continue;
        }
        if file.kind == FileKind::Codeowners {
            let rules = |text: &str| {
                let lines =
                    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                lines
                    .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
                    .collect::<BTreeSet<_>>()
            };
            let now = rules(source.text());
            for gone in rules(old).difference(&now) {
                let at = At::span(Span::new(file.source, 0, 0));
                report(at, format!("nobody owns `{gone}` by a line of its own any more"), cx);
            }
            continue;
        }
        let lines = source.text().lines().zip(new_lines(old, source.text()));
        for (number, (line, _)) in (1..).zip(lines).filter(|(_, (_, is_new))| *is_new) {
            let Some(at) = line.find("# plimsoll: ignore") else { continue };
            let range = source.line_range(number);
            let start = (range.start + at) as u32;
            report(
                At::span(Span::new(file.source, start, range.end as u32)),
                "findings are suppressed here".to_owned(),
                cx,
            );
        }
    }
}
