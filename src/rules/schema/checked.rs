//! Objects beside their schemas: looked at once for all the rules that ask.

use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Cx, World};
use crate::model::ObjectView;
use crate::rules::support::controllers;
use crate::schema::{self, Catalog, Lookup, Problem, Target, Unverified};
use crate::yaml::{Cursor, Schema};

/// Objects whose problems are kept at one time. The rules ask about an object one after the other.
const SLOTS: usize = 64;

/// Which object of which tree, and what is wrong with it.
type Slot = Mutex<Option<((usize, u32), Arc<[Problem]>)>>;

/// The schemas of a repository, and what was found last.
pub struct Schemas {
    /// The schemas.
    pub catalog: Catalog,
    /// The version that counts.
    pub target: Target,
    /// The file that names it, where the configuration does not.
    named_in: Option<String>,
    slots: Box<[Slot]>,
    unverified: Arc<Unverified>,
}

impl Schemas {
    /// Those of a world.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let files = world.repository.files.iter().flat_map(|file| &file.objects);
            let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
            let all = files.chain(rendered);
            // What objects say lies far away in memory, and most are of other kinds.
            let of_kind = |is_wanted: fn(&str) -> bool| {
                let wanted = all.clone().filter(move |object| is_wanted(object.kind()));
                wanted.map(|object| Cursor::new(&world.map, &object.tree))
            };
            let (target, named_in) = match world.options.kubernetes_version {
                Some(version) => (Some((version.minor, version.minor)), None),
                None => hinted(of_kind(schema::hint::may_name_version), world),
            };
            Self {
                catalog: Catalog::new(of_kind(|kind| kind == "CustomResourceDefinition")),
                target: Target::new(target),
                named_in,
                slots: (0..SLOTS).map(|_| Slot::default()).collect(),
                unverified: world.memo.get(Unverified::default),
            }
        })
    }

    /// ` (clusters/main/upgrade.yaml)` behind the version that this file says the cluster runs.
    pub fn named_in(&self) -> String {
        self.named_in.as_ref().map(|path| format!(" (by `{path}`)")).unwrap_or_default()
    }

    fn problems(&self, object: &ObjectView<'_>, reader: Schema) -> Arc<[Problem]> {
        let key = object.object.tree.place();
        let slot = (key.0 / 16).wrapping_add(key.1 as usize) % SLOTS;
        let Some(slot) = self.slots.get(slot) else { return Arc::default() };
        // A poisoned lock only means that a check of another object panicked.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, problems)) = slot.as_ref()
            && *known == key
        {
            return Arc::clone(problems);
        }
        let problems: Arc<[Problem]> = self.find(object, reader).into();
        self.unverified.add(key, &problems);
        *slot = Some((key, Arc::clone(&problems)));
        problems
    }

    fn find(&self, object: &ObjectView<'_>, reader: Schema) -> Vec<Problem> {
        if !self.target.has_schemas() && Catalog::is_built_in(object.api_version()) {
            return Vec::new();
        }
        match self.catalog.find(object.map, object.api_version(), object.kind()) {
            Lookup::Known(kinds) => schema::check(object.root, &kinds, self.target, reader),
            Lookup::Opaque | Lookup::OtherVersion(_) | Lookup::Unknown => Vec::new(),
        }
    }
}

/// The oldest and the newest version that objects of a repository say its clusters run, and the first file that does.
fn hinted<'w>(
    objects: impl Iterator<Item = Cursor<'w>>,
    world: &World,
) -> (Option<(u16, u16)>, Option<String>) {
    let mut range: Option<(u16, u16)> = None;
    let mut named_in = None;
    for (minor, value) in objects.filter_map(schema::hint::version) {
        let (first, last) = range.unwrap_or((minor, minor));
        range = Some((first.min(minor), last.max(minor)));
        named_in = named_in.or_else(|| Some(world.map.source(value.span().source).path().to_string()));
    }
    (range, named_in)
}

/// Calls `report` with each problem of an object and the value that has it. The manifests of GitOps controllers come
/// with the definitions that they were made for.
pub fn problems<'w>(
    object: &ObjectView<'w>,
    cx: &mut Cx<'_>,
    mut report: impl FnMut(&Problem, Cursor<'w>, &mut Cx<'_>),
) {
    let reader = if is_rendered(object, cx.world()) { Schema::GoYamlV3 } else { Schema::GoYamlV2 };
    let found = Schemas::of(cx.world()).problems(object, reader);
    if found.is_empty() || controllers::is_generated(object) {
        return;
    }
    for problem in found.iter() {
        let value = Cursor::under(object.map, object.object.tree.arena(), problem.key, problem.node);
        report(problem, value, cx);
    }
}

/// Whether something of the repository applies the object. What nothing applies may be a part of another one.
pub fn is_rendered(object: &ObjectView<'_>, world: &World) -> bool {
    object.file().is_none_or(|file| world.rendering.rendered.contains(&file.source))
}

/// Whether something renders what is beside an object, and not the object: it may be a patch that other repositories use,
/// or a part that nobody includes yet.
pub fn is_loose(object: &ObjectView<'_>, world: &World) -> bool {
    !world.rendering.units.is_empty() && !is_rendered(object, world)
}

/// The last field on the way to a value, for words about it: `replicas`, `ports[0]`.
pub fn name(object: &ObjectView<'_>, value: Cursor<'_>) -> String {
    let path = value.json_path(object.object.tree.root());
    match (value.key().and_then(|key| key.text()), path.rfind('.')) {
        (Some(key), _) => key.into_owned(),
        (None, Some(dot)) => path.get(dot + 1..).unwrap_or_default().to_owned(),
        (None, None) => path,
    }
}

/// `spec.template` of Deployment, or the kind alone for what stands at the top.
pub fn place(object: &ObjectView<'_>, value: Cursor<'_>) -> String {
    let path = value.json_path(object.object.tree.root());
    // A key that is no plain name is written in brackets and quotes, with whatever dots it has.
    let cut = if path.ends_with("\"]") { path.rfind("[\"") } else { path.rfind('.') };
    match cut {
        Some(end) => format!("`{}` of {}", path.get(..end).unwrap_or_default(), object.kind()),
        None => object.kind().to_owned(),
    }
}
