//! What the roles of the repository let nobody exceed, by the names with which bindings ask for them.
//!
//! Must not know what a binding with such a role is worth.

use rustc_hash::FxHashMap;

use crate::engine::World;
use crate::model::ObjectView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

/// What all roles that a binding may mean have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Grants {
    /// They make requests to log in, or ask who one is, and nothing else.
    pub logs_in: bool,
    /// They read, and no Secrets but named ones.
    pub reads: bool,
}

impl Grants {
    fn of(role: &ObjectView<'_>) -> Self {
        let rules: Vec<Cursor<'_>> =
            role.root.get("rules").into_iter().flat_map(|rules| rules.items()).collect();
        // Without rules it may gather those of others.
        let has_rules = !rules.is_empty();
        Self { logs_in: has_rules && rules.iter().all(logs_in), reads: has_rules && rules.iter().all(reads) }
    }

    /// Nobody knows which of two roles is meant.
    fn and(self, other: Self) -> Self {
        Self { logs_in: self.logs_in && other.logs_in, reads: self.reads && other.reads }
    }

    /// What the role of a binding grants; `None` where it is not in the repository.
    pub fn by(binding: &ObjectView<'_>, world: &World) -> Option<Self> {
        let field = |name| binding.root.path(&["roleRef", name]).and_then(|value| value.text());
        let (kind, name) = (field("kind")?, field("name")?);
        let roles = world.memo.get(|| Roles::of(world));
        let of = |place: Place| roles.0.get(&(kind.as_ref().into(), name.as_ref().into(), place)).copied();
        match binding.namespace().filter(|_| kind == "Role") {
            Some(namespace) => {
                let found = [Place::In(namespace.as_ref().into()), Place::Unknown].into_iter().filter_map(of);
                found.reduce(Self::and)
            }
            None => of(Place::Any),
        }
    }
}

/// Where a role is looked for.
#[derive(PartialEq, Eq, Hash)]
enum Place {
    Any,
    /// The role names no namespace, and nobody does for it.
    Unknown,
    In(Box<str>),
}

/// All roles, by kind, name and place.
struct Roles(FxHashMap<(Box<str>, Box<str>, Place), Grants>);

impl Roles {
    fn of(world: &World) -> Self {
        let mut roles: FxHashMap<(Box<str>, Box<str>, Place), Grants> = FxHashMap::default();
        let deployed = Deployed::of(world);
        for kind in ["Role", "ClusterRole"] {
            for id in deployed.of_kind(kind) {
                let role = deployed.object(world, id);
                let grants = Grants::of(&role);
                let place = deployed.namespace(id).map_or(Place::Unknown, |name| Place::In(name.into()));
                for place in [Place::Any, place] {
                    let known = roles.entry((kind.into(), role.name().as_ref().into(), place));
                    known.and_modify(|known| *known = known.and(grants)).or_insert(grants);
                }
            }
        }
        Self(roles)
    }
}

/// Whether a rule is about requests to log in, or to ask who one is: `tokencredentialrequests` of Pinniped,
/// `selfsubjectreviews`. Reviews of others tell what anybody may do, and whether a stolen token is good.
fn logs_in(rule: &Cursor<'_>) -> bool {
    /// Groups of such requests begin so.
    const GROUPS: [&str; 4] = ["authentication", "authorization", "identity", "login"];
    let all = |field: &str, is_fine: &dyn Fn(&str) -> bool| {
        let values: Vec<_> = rule.get(field).into_iter().flat_map(|list| list.items()).collect();
        !values.is_empty() && values.iter().all(|value| value.text().is_some_and(|text| is_fine(&text)))
    };
    all("apiGroups", &|group| GROUPS.contains(&group.split('.').next().unwrap_or_default()))
        && all("resources", &|it| {
            it.ends_with("requests") || it.starts_with("self") && it.ends_with("reviews")
        })
        && all("verbs", &|verb| matches!(verb, "create" | "list"))
}

fn reads(rule: &Cursor<'_>) -> bool {
    let texts = |field| rule.get(field).into_iter().flat_map(|list| list.items());
    let has =
        |field, words: &[&str]| texts(field).any(|it| it.text().is_some_and(|it| words.contains(&&*it)));
    let is_narrow = texts("resourceNames").next().is_some();
    !has("verbs", &WRITES) && (is_narrow || !has("resources", &["secrets", "*"]))
}

/// Verbs with which something is changed.
const WRITES: [&str; 11] = [
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "impersonate",
    "patch",
    "sign",
    "update",
];
