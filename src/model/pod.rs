//! Pod specs and containers, in every kind that carries them.

use std::borrow::Cow;

use crate::yaml::Cursor;

use super::ObjectView;

/// Where kinds keep their pod specs. Group, kind, path; the group is compared without its version.
// One table for native kinds and popular custom resources. Kinds with several pod specs in lists (Argo Workflows,
// Tekton) are walked by their own paths: `[]` stands for every item.
const POD_PATHS: &[(&str, &str, &str)] = &[
    ("", "Pod", "spec"),
    ("", "PodTemplate", "template.spec"),
    ("", "ReplicationController", "spec.template.spec"),
    ("apps", "Deployment", "spec.template.spec"),
    ("apps", "StatefulSet", "spec.template.spec"),
    ("apps", "DaemonSet", "spec.template.spec"),
    ("apps", "ReplicaSet", "spec.template.spec"),
    ("extensions", "Deployment", "spec.template.spec"),
    ("extensions", "DaemonSet", "spec.template.spec"),
    ("extensions", "ReplicaSet", "spec.template.spec"),
    ("batch", "Job", "spec.template.spec"),
    ("batch", "CronJob", "spec.jobTemplate.spec.template.spec"),
    ("argoproj.io", "Rollout", "spec.template.spec"),
    ("argoproj.io", "Workflow", "spec.templates[]"),
    ("argoproj.io", "WorkflowTemplate", "spec.templates[]"),
    ("argoproj.io", "ClusterWorkflowTemplate", "spec.templates[]"),
    ("argoproj.io", "CronWorkflow", "spec.workflowSpec.templates[]"),
    ("serving.knative.dev", "Service", "spec.template.spec"),
    ("serving.knative.dev", "Configuration", "spec.template.spec"),
    ("serving.knative.dev", "Revision", "spec"),
    ("tekton.dev", "Task", "spec"),
    ("tekton.dev", "ClusterTask", "spec"),
    ("tekton.dev", "TaskRun", "spec.taskSpec"),
    ("tekton.dev", "Pipeline", "spec.tasks[].taskSpec"),
    ("keda.sh", "ScaledJob", "spec.jobTargetRef.template.spec"),
    ("apps.openshift.io", "DeploymentConfig", "spec.template.spec"),
];

/// A pod spec and the object that carries it.
#[derive(Clone, Copy)]
pub struct PodSpec<'w> {
    /// The object.
    pub object: ObjectView<'w>,
    /// The mapping that has `containers`.
    pub spec: Cursor<'w>,
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
pub(super) fn pod_specs<'w>(object: &ObjectView<'w>) -> Vec<PodSpec<'w>> {
    let kind = object.kind();
    let paths = POD_PATHS.iter().filter(|(g, k, _)| *k == kind && *g == object.group());
    let mut specs = Vec::new();
    for (_, _, path) in paths {
        let mut places = vec![object.root];
        for name in path.split('.') {
            let (name, each) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
            let values = places.iter().filter_map(|place| place.get(name));
            places = if each { values.flat_map(|list| list.items()).collect() } else { values.collect() };
        }
        specs.extend(places.into_iter().filter(Cursor::is_map).map(|spec| PodSpec { object: *object, spec }));
    }
    specs
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

    /// The volumes.
    pub fn volumes(&self) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
        self.spec.get("volumes").into_iter().flat_map(|volumes| volumes.items())
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
