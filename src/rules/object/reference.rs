//! What rules about references share: when the object that a name stands for is missing.
//!
//! Must not know any rule.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::{At, Cx, Report, World};
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::needs::{self, Need};
use crate::yaml::{Cursor, Mark};

/// What a rule says about a missing object of one kind.
pub(super) struct Missing {
    /// Its kind.
    pub kind: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// The text of a name that nothing fills in later.
pub(super) fn plain(name: Cursor<'_>) -> Option<Cow<'_, str>> {
    name.text().filter(|name| !name.is_empty() && !name.contains(['$', '{', '<', '%']))
}

/// What pods refer to in vain: looked for once for all the rules that ask.
struct Unmet {
    /// Names that nothing provides.
    objects: Vec<Reference>,
    /// Keys that the named object does not have.
    keys: Vec<Reference>,
}

/// A reference of the pods of a workload.
struct Reference {
    from: Id,
    kind: &'static str,
    name: Mark,
    key: Option<Mark>,
}

impl Unmet {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let deployed = Deployed::of(world);
            let mut unmet = Self { objects: Vec::new(), keys: Vec::new() };
            for id in deployed.workloads() {
                let needs = needs::of(&deployed.object(world, id));
                for need in needs.iter().filter(|need| !need.is_optional) {
                    unmet.look_at(need, id, &deployed, world);
                }
            }
            unmet
        })
    }

    fn look_at(&mut self, need: &Need<'_>, from: Id, deployed: &Deployed, world: &World) {
        let kind = need.kind;
        let Some(name) = plain(need.name) else { return };
        let reference =
            || Reference { from, kind, name: need.name.mark(), key: need.key.map(|key| key.mark()) };
        let Some(found) = deployed.find(from, kind, &name, deployed.namespace(from)) else {
            // A name that is a slip of the fingers away from a known one is told by `dangling-reference`.
            if !deployed.is_open(from, kind) && deployed.near(world, from, kind, &name).is_none() {
                self.objects.push(reference());
            }
            return;
        };
        let Some(wanted) = need.key.and_then(plain) else { return };
        let found = deployed.object(world, found);
        // An ExternalSecret makes keys that nobody sees here.
        if found.kind() == kind && !has_key(found.root, &wanted) {
            self.keys.push(reference());
        }
    }
}

/// Reports what the pods of workloads name and nothing provides, each name once for each workload.
pub(super) fn of_pods(missing: &Missing, is_given: fn(&str) -> bool, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut told: FxHashSet<(Id, Cow<'_, str>)> = FxHashSet::default();
    for reference in Unmet::of(world).objects.iter().filter(|reference| reference.kind == missing.kind) {
        let id = reference.from;
        let object = deployed.object(world, id);
        let at = Cursor::back(object.map, &object.object.tree, reference.name);
        let Some(name) = at.text().filter(|name| !is_given(name)) else { continue };
        if !told.insert((id, name.clone())) {
            continue;
        }
        let message = format!(
            "{} `{}` names the {} `{name}`, which nothing in the repository provides",
            object.kind(),
            object.name(),
            missing.kind
        );
        let report = Report { message, why: missing.why.into(), help: missing.help.into() };
        deployed.report(cx, id, At::value(at), report);
    }
}

/// Reports keys that pods name and that an object of the repository does not have.
pub(super) fn keys_of_pods(kind: &'static str, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for reference in Unmet::of(world).keys.iter().filter(|reference| reference.kind == kind) {
        let object = deployed.object(world, reference.from);
        let back = |mark| Cursor::back(object.map, &object.object.tree, mark);
        let Some(key) = reference.key.map(back) else { continue };
        let text = |at: Cursor<'_>| at.text().unwrap_or_default().into_owned();
        let report = Report {
            message: format!("the {kind} `{}` has no key `{}`", text(back(reference.name)), text(key)),
            why: "the container does not start: its pod stays in `CreateContainerConfigError`".into(),
            help: format!("add the key to the {kind}, name one that it has, or say `optional: true`").into(),
        };
        deployed.report(cx, reference.from, At::value(key), report);
    }
}

/// Whether a ConfigMap or Secret has a key, or may get keys from elsewhere.
fn has_key(root: Cursor<'_>, key: &str) -> bool {
    let fields = ["data", "stringData", "binaryData"].map(|field| root.get(field));
    let is_empty = fields.iter().flatten().all(|field| field.entries().is_empty());
    is_empty || fields.iter().flatten().any(|field| field.get(key).is_some())
}
