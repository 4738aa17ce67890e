//! Two revisions side by side: what is applied in each, under names that mean the same in both.
//!
//! Owns when an object or an owner of one revision is that of the other. Must not know which changes matter.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::model::{FileView, ObjectView, Usage};

use super::{Environment, GraphView, OwnerKind, OwnerView};

/// A revision and the one that it is compared with.
#[derive(Clone, Copy)]
pub struct ChangeView<'w> {
    /// What is changed.
    pub base: GraphView<'w>,
    /// What it becomes.
    pub head: GraphView<'w>,
    /// What the authors of the change say about it, a message a commit.
    pub messages: &'w [String],
}

/// What an object is called in any revision: clusters have numbers in one only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AppliedKey {
    /// The cluster, or the environment where nobody says which cluster.
    pub place: String,
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name, without the hash of the content.
    pub name: String,
}

/// An object that is applied.
#[derive(Clone, Copy)]
pub struct Applied<'w> {
    /// The object.
    pub object: ObjectView<'w>,
    /// Who applies it, where that is known.
    pub owner: Option<OwnerView<'w>>,
    /// The unit it is in, an index into the rendering's; none for a file that is applied as it stands.
    pub unit: Option<usize>,
}

/// What an owner is called in any revision.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OwnerKey(String, OwnerKind, String, String);

impl OwnerKey {
    /// That of an owner.
    pub fn of(owner: &OwnerView<'_>) -> Self {
        let key = &owner.owner.key;
        let cluster = owner.view.graph.cluster(key.cluster).name.clone();
        Self(cluster, owner.owner.kind, key.namespace.clone(), key.name.clone())
    }
}

/// Everything that is applied in a revision.
pub type AllApplied<'w> = BTreeMap<AppliedKey, Vec<Applied<'w>>>;

/// What owners apply, and what kustomizations and files make that no owner is known for.
pub fn applied(view: GraphView<'_>) -> AllApplied<'_> {
    let mut all = AllApplied::new();
    for placed in &view.graph.objects {
        let object = view.placed(placed);
        let key = AppliedKey {
            place: view.graph.cluster(placed.key.cluster).name.clone(),
            group: placed.key.group.clone(),
            kind: placed.key.kind.clone(),
            namespace: placed.key.namespace.clone(),
            name: object.written_name().into_owned(),
        };
        let (owner, unit) = (Some(view.owner(placed.owner)), Some(placed.unit));
        all.entry(key).or_default().push(Applied { object, owner, unit });
    }
    let keyed = |object: &ObjectView<'_>, environment: Option<&Environment>| AppliedKey {
        place: environment.map(|environment| environment.name.clone()).unwrap_or_default(),
        group: object.group().to_owned(),
        kind: object.kind().to_owned(),
        namespace: object.namespace().unwrap_or_default().into_owned(),
        name: object.written_name().into_owned(),
    };
    let owned: std::collections::BTreeSet<usize> =
        view.owners().flat_map(|owner| owner.owner.deliveries.iter().filter_map(|it| it.unit)).collect();
    for (index, unit) in view.rendering.units.iter().enumerate().filter(|(index, _)| !owned.contains(index)) {
        let environment = view.graph.unit_environments.get(index).and_then(Option::as_ref);
        for object in &unit.objects {
            let object = ObjectView::rendered(view.map, view.repository, object);
            let applied = Applied { object, owner: None, unit: Some(index) };
            all.entry(keyed(&object, environment)).or_default().push(applied);
        }
    }
    for file in &view.repository.files {
        if file.usage != Usage::Deployed || view.rendering.rendered.contains(&file.source) {
            continue;
        }
        let path: &Utf8Path = view.map.source(file.source).path();
        let environment = view.graph.environments.of_path(path);
        for object in (FileView { map: view.map, file }).objects() {
            let applied = Applied { object, owner: None, unit: None };
            all.entry(keyed(&object, environment.as_ref())).or_default().push(applied);
        }
    }
    all
}

impl<'w> Applied<'w> {
    /// The environment it runs in, where that is known.
    pub fn environment(&self, view: GraphView<'w>) -> Option<Environment> {
        let of_owner = self.owner.and_then(|owner| owner.owner.environment.clone());
        let of_unit = || view.graph.unit_environments.get(self.unit?)?.clone();
        let of_file = || view.graph.environments.of_path(view.map.source(self.object.object.source).path());
        of_owner.or_else(of_unit).or_else(of_file)
    }
}

impl<'w> ChangeView<'w> {
    /// The same owner in the head revision.
    pub fn head_owner(&self, base: &OwnerView<'_>) -> Option<OwnerView<'w>> {
        let key = OwnerKey::of(base);
        self.head.owners().find(|owner| OwnerKey::of(owner) == key)
    }
}
