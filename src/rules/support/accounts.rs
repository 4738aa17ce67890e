//! Service accounts: what the repository says about those that pods run under.
//!
//! Must not judge it. A namespace that is not written may be any.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::Cx;
use crate::model::{ObjectView, PodSpec};

use super::together;

/// By name, the namespaces; one is empty when it is not written.
type Names = FxHashMap<String, FxHashSet<String>>;

/// What is known of service accounts.
#[derive(Default)]
pub struct Accounts {
    written: Names,
    tokens_off: Names,
    with_pull_secrets: Names,
    bound: Names,
}

impl Accounts {
    /// Those of the world that is checked.
    pub fn of(cx: &Cx<'_>) -> Arc<Self> {
        let world = cx.world();
        world.memo.get(|| {
            let mut known = Self::default();
            let written = world.repository.files.iter().flat_map(|file| &file.objects);
            for object in written.chain(world.rendering.units.iter().flat_map(|unit| &unit.objects)) {
                known.add(&ObjectView::new(&world.map, None, object));
            }
            known
        })
    }

    fn add(&mut self, object: &ObjectView<'_>) {
        let namespace = || object.namespace().unwrap_or_default().into_owned();
        match object.kind() {
            "ServiceAccount" => {
                let name = || object.name().into_owned();
                add(&mut self.written, name(), namespace());
                let mounts = object.root.get("automountServiceAccountToken").and_then(|value| value.bool());
                if mounts == Some(false) {
                    add(&mut self.tokens_off, name(), namespace());
                }
                if object.root.get("imagePullSecrets").is_some_and(|it| it.items().next().is_some()) {
                    add(&mut self.with_pull_secrets, name(), namespace());
                }
            }
            "RoleBinding" | "ClusterRoleBinding" => {
                let subjects = object.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
                for subject in subjects {
                    let text = |name: &str| {
                        subject.get(name).and_then(|it| it.text()).unwrap_or_default().into_owned()
                    };
                    if text("kind") == "ServiceAccount" {
                        add(&mut self.bound, text("name"), text("namespace"));
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether the repository holds the account of the pod.
    pub fn is_written(&self, pod: &PodSpec<'_>) -> bool {
        has(&self.written, pod)
    }

    /// Whether the account of the pod says that its token is not mounted.
    pub fn is_token_off(&self, pod: &PodSpec<'_>) -> bool {
        has(&self.tokens_off, pod)
    }

    /// Whether the account of the pod brings credentials for registries.
    pub fn has_pull_secrets(&self, pod: &PodSpec<'_>) -> bool {
        has(&self.with_pull_secrets, pod)
    }

    /// Whether a binding gives the account of the pod rights.
    pub fn is_bound(&self, pod: &PodSpec<'_>) -> bool {
        has(&self.bound, pod)
    }
}

/// The workloads that run under each account.
pub struct Users(FxHashMap<(String, String), FxHashSet<(String, String)>>);

impl Users {
    /// Those of the world that is checked.
    pub fn of(cx: &Cx<'_>) -> Arc<Self> {
        let world = cx.world();
        world.memo.get(|| {
            let mut users = FxHashMap::<_, FxHashSet<_>>::default();
            for object in together::groups(&world.graph()).iter().flat_map(|group| &group.objects) {
                for pod in object.pod_specs().iter().filter(|pod| pod.is_whole) {
                    let user = (object.kind().to_owned(), object.name().into_owned());
                    users.entry((territory(pod), name(pod))).or_default().insert(user);
                }
            }
            Self(users)
        })
    }

    /// How many workloads of its namespace run under the account of the pod.
    pub fn count(&self, pod: &PodSpec<'_>) -> usize {
        self.0.get(&(territory(pod), name(pod))).map_or(0, FxHashSet::len)
    }
}

/// Where the name of an account means one account: a namespace, or a file that names none.
fn territory(pod: &PodSpec<'_>) -> String {
    let file = || format!("{}/", pod.object.map.source(pod.object.object.source).path());
    pod.object.namespace().map_or_else(file, |namespace| namespace.into_owned())
}

fn add(names: &mut Names, name: String, namespace: String) {
    names.entry(name).or_default().insert(namespace);
}

fn has(names: &Names, pod: &PodSpec<'_>) -> bool {
    let Some(namespaces) = names.get(&name(pod)) else { return false };
    pod.object.namespace().is_none_or(|own| namespaces.contains(&*own) || namespaces.contains(""))
}

/// The name of the account that the pod runs under; `default` when it does not say.
pub fn name(pod: &PodSpec<'_>) -> String {
    let named = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|it| pod.spec.get(it)?.text());
    named.filter(|name| !name.is_empty()).map_or_else(|| "default".to_owned(), |name| name.into_owned())
}
