//! `diff-rbac-widened`

use std::collections::BTreeSet;

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{AllApplied, AppliedKey, ChangeView, applied};
use crate::model::ObjectView;
use crate::yaml::Cursor;

rule! {
    /// A change that allows somebody more than before.
    ///
    /// ## Why
    ///
    /// Permissions are spread over roles and bindings, and what a subject may do is the sum of them. A verb
    /// added to a role that many are bound to, or one more subject of a strong role, does not look like what it
    /// is.
    ///
    /// ## What passes
    ///
    /// - permissions that the subject had before, through whichever role
    ///
    /// What a new ServiceAccount gets in its own namespace, without wildcards and without Secrets, is a warning: that is what a new
    /// component looks like.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/role.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods]
    ///     verbs: [get]
    /// # file: base/binding.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: web
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: web
    /// # file: head/role.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods]
    ///     verbs: [get, delete]
    /// # file: head/binding.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: web
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/role.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods]
    ///     verbs: [get, delete]
    /// # file: base/binding.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: web
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: web
    /// # file: head/role.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods]
    ///     verbs: [get]
    /// # file: head/binding.yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: web
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>
    pub static RULE = "diff-rbac-widened" {
        level: Error,
        security: 7.0,
        precision: High,
        tags: ["change", "rbac"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

const GROUP: &str = "rbac.authorization.k8s.io";
/// How many permissions a message lists.
const SHOWN: usize = 3;

/// That a subject may do something.
struct Permission<'w> {
    place: String,
    subject: String,
    /// The namespace, or `*`.
    scope: String,
    group: String,
    resource: String,
    verb: String,
    /// Where it comes from: the verbs of a role, or the role that a binding names.
    at: Cursor<'w>,
    binding: ObjectView<'w>,
    in_role: bool,
}

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let (base, head) = (applied(change.base), applied(change.head));
    let before = permissions(&base);
    let subjects: BTreeSet<(&str, &str)> = before.iter().map(|it| (&*it.place, &*it.subject)).collect();
    let now = permissions(&head);
    let mut reported: BTreeSet<(u32, u32, String)> = BTreeSet::new();
    for new in now.iter().filter(|new| !before.iter().any(|old| covers(old, new))) {
        let span = new.at.span();
        if !reported.insert((span.source.0, span.start, new.subject.clone())) {
            continue;
        }
        let same =
            |it: &&Permission<'_>| it.at.span() == span && it.subject == new.subject && it.place == new.place;
        let grown: BTreeSet<String> = now
            .iter()
            .filter(same)
            .filter(|it| !before.iter().any(|old| covers(old, it)))
            .map(|it| format!("`{} {}`", it.verb, it.resource))
            .collect();
        let mut listed: Vec<String> = grown.iter().take(SHOWN).cloned().collect();
        if grown.len() > SHOWN {
            listed.push(format!("{} more", grown.len() - SHOWN));
        }
        let scope = if new.scope == "*" { "everywhere".to_owned() } else { format!("in `{}`", new.scope) };
        let is_new = !subjects.contains(&(&new.place, &new.subject));
        let is_strong = |it: &Permission<'_>| {
            it.scope == "*"
                || it.verb == "*"
                || it.resource == "*"
                || it.resource == "secrets"
                || it.group == "*"
        };
        let is_plain = is_new
            && new.in_role
            && new.subject.starts_with("ServiceAccount")
            && !now.iter().filter(same).any(is_strong);
        let level = if is_plain { cx.level().min(Level::Warning) } else { cx.level() };
        let finding = cx.report(
            new.at,
            Report {
                message: format!(
                    "{} may {} {scope}, which it could not before",
                    new.subject,
                    listed.join(", ")
                ),
                why:
                    "whoever takes over the subject gets this as well, from the moment the change is applied"
                        .into(),
                help: "name the resources and verbs that are needed, in the namespaces where they are".into(),
            },
        );
        finding.level = level;
        finding.object = Some(new.binding.object_name());
    }
}

fn covers(old: &Permission<'_>, new: &Permission<'_>) -> bool {
    let has = |old: &str, new: &str| old == "*" || old == new;
    old.place == new.place
        && old.subject == new.subject
        && has(&old.scope, &new.scope)
        && has(&old.group, &new.group)
        && has(&old.resource, &new.resource)
        && has(&old.verb, &new.verb)
}

/// What the bindings of a revision allow.
fn permissions<'w>(all: &AllApplied<'w>) -> Vec<Permission<'w>> {
    let mut found = Vec::new();
    for (key, objects) in all.iter().filter(|(key, _)| key.group == GROUP && key.kind.ends_with("Binding")) {
        for binding in objects.iter().map(|it| it.object) {
            let scope = if key.kind == "ClusterRoleBinding" { "*" } else { key.namespace.as_str() };
            let Some(reference) = binding.root.path(&["roleRef", "name"]) else { continue };
            let kind =
                binding.root.path(&["roleRef", "kind"]).and_then(|kind| kind.text()).unwrap_or_default();
            let allowed = allowed(all, key, &kind, reference);
            let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
            for subject in subjects.map(|subject| name(subject, &key.namespace)) {
                found.extend(allowed.iter().map(|(group, resource, verb, at, in_role)| Permission {
                    place: key.place.clone(),
                    subject: subject.clone(),
                    scope: scope.to_owned(),
                    group: group.clone(),
                    resource: resource.clone(),
                    verb: verb.clone(),
                    at: *at,
                    binding,
                    in_role: *in_role,
                }));
            }
        }
    }
    found
}

/// ``ServiceAccount `shop/web` ``
fn name(subject: Cursor<'_>, namespace: &str) -> String {
    let text = |field| subject.get(field).and_then(|value| value.text()).unwrap_or_default().into_owned();
    let (kind, name, own) = (text("kind"), text("name"), text("namespace"));
    match kind.as_str() {
        "ServiceAccount" => format!("{kind} `{}/{name}`", if own.is_empty() { namespace } else { &own }),
        _ => format!("{kind} `{name}`"),
    }
}

type Allowed<'w> = Vec<(String, String, String, Cursor<'w>, bool)>;

/// What a role allows, as group, resource and verb. Of one that is not here nothing is known but its name.
fn allowed<'w>(all: &AllApplied<'w>, binding: &AppliedKey, kind: &str, reference: Cursor<'w>) -> Allowed<'w> {
    let role = reference.text().unwrap_or_default().into_owned();
    let namespace = if kind == "Role" { binding.namespace.clone() } else { String::new() };
    let key = |namespace| AppliedKey {
        place: binding.place.clone(),
        group: GROUP.to_owned(),
        kind: kind.to_owned(),
        namespace,
        name: role.clone(),
    };
    let known = all.get(&key(namespace)).and_then(|roles| roles.first());
    let Some(known) = known.filter(|known| known.object.root.get("aggregationRule").is_none()) else {
        return match role.as_str() {
            "cluster-admin" => vec![("*".to_owned(), "*".to_owned(), "*".to_owned(), reference, false)],
            _ => vec![(String::new(), format!("all of {kind} {role}"), "use".to_owned(), reference, false)],
        };
    };
    let words = |rule: Cursor<'w>, field: &str| {
        let items = rule.get(field).into_iter().flat_map(|items| items.items());
        items.filter_map(|item| Some(item.text()?.into_owned())).collect::<Vec<_>>()
    };
    let mut found = Allowed::new();
    for rule in known.object.root.get("rules").into_iter().flat_map(|rules| rules.items()) {
        let at = rule.get("verbs").unwrap_or(rule);
        let mut groups = words(rule, "apiGroups");
        let mut resources = words(rule, "resources");
        let names = words(rule, "resourceNames");
        if !names.is_empty() {
            let limit = format!(" {}", names.join(" "));
            resources.iter_mut().for_each(|resource| resource.push_str(&limit));
        }
        if resources.is_empty() {
            (groups, resources) = (vec!["url".to_owned()], words(rule, "nonResourceURLs"));
        }
        for group in &groups {
            for resource in &resources {
                let verbs = words(rule, "verbs").into_iter();
                found.extend(verbs.map(|verb| (group.clone(), resource.clone(), verb, at, true)));
            }
        }
    }
    found
}
