//! What rules about references share: when the object that a name stands for is missing.
//!
//! Must not know any rule.

use crate::engine::{At, Cx, Report};
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::needs::{self, Need};
use crate::yaml::Cursor;

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
pub(super) fn plain(name: Cursor<'_>) -> Option<std::borrow::Cow<'_, str>> {
    name.text().filter(|name| !name.is_empty() && !name.contains(['$', '{', '<', '%']))
}

/// Whether nothing provides an object of a kind, wherever the reference may lead. A name that is a slip of the fingers
/// away from a known one is told by `dangling-reference`.
pub(super) fn is_missing(deployed: &Deployed, from: Id, kind: &str, name: &str) -> bool {
    deployed.find(from, kind, name, deployed.namespace(from)).is_none() && !deployed.is_open(from, kind)
}

/// Reports what the pods of workloads name and nothing provides, each name once for each workload.
pub(super) fn of_pods(missing: &Missing, is_given: fn(&str) -> bool, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.workloads() {
        let object = deployed.object(world, id);
        let mut told: Vec<String> = Vec::new();
        let needs = needs::of(&object).into_iter();
        for need in needs.filter(|need| need.kind == missing.kind && !need.is_optional) {
            let Some(name) = plain(need.name).filter(|name| !is_given(name)) else { continue };
            let is_told = told.iter().any(|told| *told == name);
            if is_told
                || !is_missing(&deployed, id, missing.kind, &name)
                || deployed.near(world, id, missing.kind, &name).is_some()
            {
                continue;
            }
            let message = format!(
                "{} `{}` names the {} `{name}`, which nothing in the repository provides",
                object.kind(),
                object.name(),
                missing.kind
            );
            let report = Report { message, why: missing.why.into(), help: missing.help.into() };
            deployed.report(cx, id, At::value(need.name), report);
            told.push(name.into_owned());
        }
    }
}

/// Reports keys that pods name and that an object of the repository does not have.
pub(super) fn keys_of_pods(kind: &'static str, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.workloads() {
        let object = deployed.object(world, id);
        for need in needs::of(&object).into_iter().filter(|need| need.kind == kind && !need.is_optional) {
            let Need { name, key: Some(key), .. } = need else { continue };
            let (Some(name), Some(wanted)) = (plain(name), plain(key)) else { continue };
            let Some(found) = deployed.find(id, kind, &name, deployed.namespace(id)) else { continue };
            let found = deployed.object(world, found);
            // An ExternalSecret makes keys that nobody sees here.
            if found.kind() != kind || has_key(found.root, &wanted) {
                continue;
            }
            let report = Report {
                message: format!("the {kind} `{name}` has no key `{wanted}`"),
                why: "the container does not start: its pod stays in `CreateContainerConfigError`".into(),
                help: format!("add the key to the {kind}, name one that it has, or say `optional: true`")
                    .into(),
            };
            deployed.report(cx, id, At::value(key), report);
        }
    }
}

/// Whether a ConfigMap or Secret has a key, or may get keys from elsewhere.
fn has_key(root: Cursor<'_>, key: &str) -> bool {
    let fields = ["data", "stringData", "binaryData"].map(|field| root.get(field));
    let is_empty = fields.iter().flatten().all(|field| field.entries().is_empty());
    is_empty || fields.iter().flatten().any(|field| field.get(key).is_some())
}
