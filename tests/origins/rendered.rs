//! What a repository renders to, as the property compares it: objects by where they come from, fields by walking two
//! objects side by side.

use std::collections::BTreeMap;

use plimsoll::engine::World;
use plimsoll::model::Object;
use plimsoll::source::{SourceMap, Span, StepId};
use plimsoll::yaml::{Cursor, Kind, Schema, Typed};

use crate::support::{self, Files};

/// A place in the input and the step that put it where it is.
pub type Place = (Span, StepId);

/// The units of a repository that build, by their directories.
pub struct Rendered {
    pub world: World,
    /// Indices of the units in the world.
    pub units: BTreeMap<String, usize>,
}

/// Renders these files.
pub fn render(files: &Files) -> Rendered {
    let world = support::world(files);
    let units = world.rendering.units.iter().enumerate().filter(|(_, unit)| !unit.failed);
    let units = units.map(|(index, unit)| (unit.directory.to_string(), index)).collect();
    Rendered { world, units }
}

impl Rendered {
    /// The objects of a unit.
    pub fn objects(&self, unit: usize) -> &[Object] {
        &self.world.rendering.units[unit].objects
    }
}

/// The fields that every other one of an object is known by.
const IDENTITY: [&[&str]; 4] =
    [&["kind"], &["metadata", "namespace"], &["metadata", "name"], &["apiVersion"]];

/// What items of lists are known by: the keys by which Kubernetes merges them.
pub const MERGE_KEYS: [&str; 10] = [
    "name",
    "mountPath",
    "devicePath",
    "containerPort",
    "port",
    "protocol",
    "ip",
    "key",
    "topologyKey",
    "type",
];

/// Where the identity of an object is written.
pub fn identity(map: &SourceMap, object: &Object) -> Vec<Place> {
    let root = Cursor::new(map, &object.tree);
    let values = IDENTITY.iter().filter_map(|path| root.path(path));
    values.flat_map(|value| value.key().into_iter().chain([value])).map(place).collect()
}

/// Kind, namespace and name.
pub fn id(map: &SourceMap, object: &Object) -> String {
    let root = Cursor::new(map, &object.tree);
    let text = |path: &[&str]| root.path(path).and_then(|value| value.text()).unwrap_or_default();
    format!("{} {}/{}", text(IDENTITY[0]), text(IDENTITY[1]), text(IDENTITY[2]))
}

/// A value with its type.
pub fn shown(value: Cursor<'_>) -> String {
    let typed = value.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Str(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    });
    typed.unwrap_or_else(|| if value.is_map() { "{}".to_owned() } else { "[]".to_owned() })
}

/// Where a value is written.
pub fn place(value: Cursor<'_>) -> Place {
    (value.span(), value.step())
}

/// A field of one object or of two: a scalar, or a collection without anything in it.
#[derive(Clone)]
pub struct Field<'a> {
    pub path: String,
    /// Before and after the edit.
    pub values: [Option<Cursor<'a>>; 2],
    /// The keys and names of list items on the way to it, before and after.
    pub ways: [Vec<Place>; 2],
    /// The collections on the way to it that are there, outermost first, before and after.
    pub parents: [Vec<Cursor<'a>>; 2],
}

/// Whether two values, before and after an edit, are written at the same place.
pub type SamePlace<'s> = &'s dyn Fn(Cursor<'_>, Cursor<'_>) -> bool;

/// All fields that one of two objects has. What stands under the same key is the same field; items of lists are the
/// same when they are written at the same place, or else are called the same, and those that are left stand in the same
/// order.
pub fn fields<'a>(sides: [Option<Cursor<'a>>; 2], same: SamePlace<'_>) -> Vec<Field<'a>> {
    let mut fields = Vec::new();
    let walk =
        Field { path: String::new(), values: sides, ways: Default::default(), parents: Default::default() };
    collect(walk, same, &mut fields);
    fields
}

fn collect<'a>(at: Field<'a>, same: SamePlace<'_>, to: &mut Vec<Field<'a>>) {
    let sides = || at.values.iter().flatten();
    if sides().any(is_leaf) {
        // A scalar that became a collection is a field that is gone, and fields that are new.
        for side in [0, 1] {
            let Some(value) = at.values[side] else { continue };
            let other = at.values[1 - side];
            if is_leaf(&value) && (side == 0 || !other.as_ref().is_some_and(is_leaf)) {
                let other = other.filter(is_leaf);
                let values = if side == 0 { [Some(value), other] } else { [None, Some(value)] };
                to.push(Field { values, ..at.clone() });
            } else if !is_leaf(&value) {
                let mut alone = at.clone();
                alone.values[1 - side] = None;
                alone.parents[1 - side].extend(other);
                collect(alone, same, to);
            }
        }
        return;
    }
    let is_map = |side: &Option<Cursor<'_>>| side.is_some_and(|value| value.is_map());
    if at.values.iter().any(is_map) && !at.values.iter().flatten().all(Cursor::is_map) {
        for side in [0, 1] {
            let mut values = [None, None];
            values[side] = at.values[side];
            collect(Field { values, ..at.clone() }, same, to);
        }
    } else if at.values.iter().any(is_map) {
        entries(&at, same, to);
    } else {
        items(&at, same, to);
    }
}

fn is_leaf(value: &Cursor<'_>) -> bool {
    value.node().kind == Kind::Scalar || value.node().aux == 0
}

fn entries<'a>(at: &Field<'a>, same: SamePlace<'_>, to: &mut Vec<Field<'a>>) {
    let mut keys: Vec<String> = Vec::new();
    for entry in at.values.iter().flatten().flat_map(Cursor::entries) {
        let key = entry.key.text().unwrap_or_default().into_owned();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let values = at.values.map(|side| side.and_then(|side| side.get(&key)));
        let names = values.map(|value| value.and_then(|value| value.key()).into_iter().collect());
        let shown = if key.contains(['.', '/']) { format!("[{key:?}]") } else { format!(".{key}") };
        collect(below(at, &shown, values, names), same, to);
    }
}

fn items<'a>(at: &Field<'a>, same: SamePlace<'_>, to: &mut Vec<Field<'a>>) {
    let [before, after] =
        at.values.map(|side| side.into_iter().flat_map(|list| list.items()).collect::<Vec<_>>());
    let called = |item: &Cursor<'_>| -> Vec<Option<String>> {
        let text = |value: Cursor<'_>| value.text().map(|text| text.into_owned());
        MERGE_KEYS.iter().map(|key| item.get(key).and_then(text)).chain([text(*item)]).collect()
    };
    let is_even = before.len() == after.len();
    let mut left: Vec<Option<Cursor<'a>>> = after.into_iter().map(Some).collect();
    let mut pairs: Vec<[Option<Cursor<'a>>; 2]> = before.into_iter().map(|item| [Some(item), None]).collect();
    if is_even && pairs.iter().all(|[item, _]| item.is_some_and(|item| item.text().is_some())) {
        pairs.iter_mut().zip(&mut left).for_each(|(pair, other)| pair[1] = other.take());
    }
    let mut meet = |are_same: &dyn Fn(Cursor<'_>, Cursor<'_>) -> bool| {
        for [item, other] in pairs.iter_mut().filter(|[_, other]| other.is_none()) {
            let found = left.iter_mut().find(|other| item.zip(**other).is_some_and(|(a, b)| are_same(a, b)));
            *other = found.and_then(Option::take);
        }
    };
    let called_alike = |item: Cursor<'_>, other: Cursor<'_>| {
        let names = [&item, &other].map(called);
        names[0].iter().any(Option::is_some) && names[0] == names[1]
    };
    meet(&|item, other| same(item, other) && called_alike(item, other));
    meet(&called_alike);
    meet(same);
    if is_even {
        let is_nameless = |item: Cursor<'_>| called(&item).iter().all(Option::is_none);
        meet(&|item, other| is_nameless(item) && is_nameless(other));
    }
    pairs.extend(left.into_iter().flatten().map(|item| [None, Some(item)]));
    for (index, values) in pairs.into_iter().enumerate() {
        let names = values.map(|item| {
            let names = MERGE_KEYS.iter().filter_map(|key| item?.get(key));
            names.flat_map(|name| name.key().into_iter().chain([name])).collect()
        });
        collect(below(at, &format!("[{index}]"), values, names), same, to);
    }
}

fn below<'a>(
    at: &Field<'a>,
    name: &str,
    values: [Option<Cursor<'a>>; 2],
    names: [Vec<Cursor<'a>>; 2],
) -> Field<'a> {
    let mut ways = at.ways.clone();
    for (way, names) in ways.iter_mut().zip(names) {
        way.extend(names.into_iter().map(place));
    }
    let mut parents = at.parents.clone();
    for (parents, parent) in parents.iter_mut().zip(at.values) {
        parents.extend(parent);
    }
    let path = format!("{}{name}", at.path).trim_start_matches('.').to_owned();
    Field { path, values, ways, parents }
}
