//! Who the tenants of a cluster are: namespaces with an account that `flux create tenant` labels, or those of a directory
//! `tenants`. The label on a namespace alone only says which team it belongs to.
//!
//! Must not report anything.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::model::ObjectView;

/// What `flux create tenant` puts on everything it makes.
const LABEL: &str = "toolkit.fluxcd.io/tenant";

/// The namespaces of tenants.
#[derive(Debug)]
pub struct Tenants(FxHashSet<String>);

impl Tenants {
    /// Those of a repository.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| Self(namespaces(world)))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a namespace is a tenant's.
    pub fn contains(&self, namespace: &str) -> bool {
        self.0.contains(namespace)
    }
}

/// The end of the API groups of Flux.
const FLUX: &str = ".toolkit.fluxcd.io";

fn namespaces(world: &World) -> FxHashSet<String> {
    let mut kinds = world.repository.files.iter().flat_map(|file| &file.objects);
    // Others have directories of that name as well: of Argo CD's tenants these rules know nothing.
    let view = |object| ObjectView::new(&world.map, None, object);
    let has_flux = kinds.any(|object| view(object).group().ends_with(FLUX));
    let files = world.repository.files.iter().flat_map(|file| &file.objects);
    let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    files
        .chain(rendered)
        .map(|object| ObjectView::rendered(&world.map, &world.repository, object))
        .filter(|object| {
            let path = world.map.source(object.object.source).path();
            let is_account = matches!(object.kind(), "ServiceAccount" | "RoleBinding");
            is_account && object.label(LABEL).is_some()
                || has_flux && path.components().any(|part| part.as_str() == "tenants")
        })
        .filter_map(|object| match object.kind() {
            "Namespace" => Some(object.name().into_owned()),
            _ => object.namespace().map(|namespace| namespace.into_owned()),
        })
        .filter(|namespace| !crate::graph::flux_namespace(namespace) && !namespace.contains("${"))
        .collect()
}
