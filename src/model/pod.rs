//! Pod specs and containers, in every kind that carries them.

use std::borrow::Cow;

use crate::config::PodSpecKind;
use crate::yaml::{Cursor, Entry};

use super::ObjectView;
use super::pod_kinds::POD_KINDS;

/// A pod spec and the object that carries it.
#[derive(Clone, Copy)]
pub struct PodSpec<'w> {
    /// The object.
    pub object: ObjectView<'w>,
    /// The mapping that has `containers`.
    pub spec: Cursor<'w>,
    /// The `metadata` of the pods, when there is one.
    pub metadata: Option<Cursor<'w>>,
    /// Whether the mapping is all that is said about the pods. The templates of Argo Workflows and the tasks of Tekton
    /// get their security contexts and service accounts from elsewhere, too.
    pub is_whole: bool,
}

/// The list a container stands in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContainerList {
    /// `containers`
    Containers,
    /// `initContainers`
    InitContainers,
    /// `ephemeralContainers`
    EphemeralContainers,
    /// `sidecars` of an Argo Workflow or a Tekton task
    Sidecars,
    /// `steps` of a Tekton task
    Steps,
    /// The single `container` or `script` of an Argo Workflow template
    Template,
}

/// A container and the pod it belongs to.
#[derive(Clone, Copy)]
pub struct Container<'w> {
    /// The pod.
    pub pod: PodSpec<'w>,
    /// The list it stands in.
    pub list: ContainerList,
    /// Its mapping.
    pub spec: Cursor<'w>,
}

/// The pod specs of an object; empty for kinds without any.
pub(super) fn pod_specs<'w>(object: &ObjectView<'w>, more: &[PodSpecKind]) -> Vec<PodSpec<'w>> {
    let kind = object.kind();
    let known = POD_KINDS.iter().filter(|it| it.kind == kind).map(|it| (it.group, it.path, it.is_whole));
    let more = more.iter().filter(|it| it.kind == kind);
    let more = more.map(|it| (it.group.as_str(), it.path.value.as_str(), true));
    let mut specs = Vec::new();
    for (group, path, is_whole) in known.chain(more) {
        if object.group() != group {
            continue;
        }
        let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut parents = vec![object.root];
        for name in above.split('.').filter(|name| !name.is_empty()) {
            parents = step(&parents, name);
        }
        for parent in parents {
            let metadata = parent.get("metadata");
            let found = step(&[parent], last).into_iter().filter(Cursor::is_map);
            specs.extend(found.map(|spec| PodSpec { object: *object, spec, metadata, is_whole }));
        }
    }
    specs
}

/// What lies one name of a path below some places.
fn step<'w>(places: &[Cursor<'w>], name: &str) -> Vec<Cursor<'w>> {
    if name == "*" {
        return places.iter().flat_map(|place| place.entries()).map(|entry| entry.value).collect();
    }
    match name.strip_suffix("[]") {
        Some(name) => {
            places.iter().filter_map(|place| place.get(name)).flat_map(|list| list.items()).collect()
        }
        None => places.iter().filter_map(|place| place.get(name)).collect(),
    }
}

impl<'w> PodSpec<'w> {
    /// All containers, in the order in which the pod spec lists them by kind.
    pub fn containers(&self) -> Vec<Container<'w>> {
        const LISTS: [(&str, ContainerList); 5] = [
            ("containers", ContainerList::Containers),
            ("initContainers", ContainerList::InitContainers),
            ("ephemeralContainers", ContainerList::EphemeralContainers),
            ("sidecars", ContainerList::Sidecars),
            ("steps", ContainerList::Steps),
        ];
        let mut containers = Vec::new();
        for (name, list) in LISTS {
            let items = self.spec.get(name).into_iter().flat_map(|items| items.items());
            containers.extend(items.filter(Cursor::is_map).map(|spec| Container { pod: *self, list, spec }));
        }
        for name in ["container", "script"] {
            let single = self.spec.get(name).filter(Cursor::is_map);
            containers.extend(single.map(|spec| Container {
                pod: *self,
                list: ContainerList::Template,
                spec,
            }));
        }
        containers
    }

    /// `metadata.annotations` of the pods.
    pub fn annotations(&self) -> Vec<Entry<'w>> {
        let annotations = self.metadata.and_then(|metadata| metadata.get("annotations"));
        annotations.map(|annotations| annotations.entries()).unwrap_or_default()
    }

    /// Whether the pods say that they run on Windows.
    pub fn is_windows(&self) -> bool {
        let name = self.spec.path(&["os", "name"]).and_then(|name| name.text());
        name.is_some_and(|name| name == "windows")
    }

    /// The volumes.
    pub fn volumes(&self) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
        self.spec.get("volumes").into_iter().flat_map(|volumes| volumes.items())
    }

    /// Where the containers mount a volume.
    pub fn mounts(&self, volume: &str) -> Vec<Cursor<'w>> {
        let containers = self.containers();
        let lists = containers.iter().filter_map(|container| container.spec.get("volumeMounts"));
        let is_of = |mount: &Cursor<'_>| {
            mount.get("name").and_then(|name| name.text()).is_some_and(|name| name == volume)
        };
        lists.flat_map(|mounts| mounts.items()).filter(is_of).collect()
    }

    /// The first mount through which a container can write to a volume.
    pub fn writable_mount(&self, volume: &str) -> Option<Cursor<'w>> {
        let reads_only =
            |mount: &Cursor<'_>| mount.get("readOnly").and_then(|value| value.bool()) == Some(true);
        self.mounts(volume).into_iter().find(|mount| !reads_only(mount))
    }
}

impl<'w> Container<'w> {
    /// `name`; empty when absent.
    pub fn name(&self) -> Cow<'w, str> {
        self.spec.get("name").and_then(|name| name.text()).unwrap_or_default()
    }

    /// How a report names the container: "container `web`". The steps of Tekton and the templates of Argo
    /// Workflows are called so, and may have no name.
    pub fn describe(&self) -> String {
        let name = match self.list {
            ContainerList::Template => {
                self.pod.spec.get("name").and_then(|name| name.text()).unwrap_or_default()
            }
            _ => self.name(),
        };
        let what = match self.list {
            ContainerList::Template => "template",
            ContainerList::Steps => "step",
            _ => "container",
        };
        if name.is_empty() { format!("the {what}") } else { format!("{what} `{name}`") }
    }

    /// `image`, when written.
    pub fn image(&self) -> Option<Cursor<'w>> {
        self.spec.get("image")
    }

    /// The items of `env`.
    pub fn env(&self) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
        self.spec.get("env").into_iter().flat_map(|env| env.items())
    }
}
