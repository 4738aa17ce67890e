//! Which image texts say nothing about what runs in a cluster.

use camino::Utf8Path;

use crate::engine::World;
use crate::model::{DocumentKind, ImageReference, ObjectView};
use crate::yaml::Cursor;

/// Characters that no reference has and templating tools love: `${TAG}`, `$(params.image)`, `{{ .Values.x }}`,
/// `<< inputs.tag >>`, `[[ ]]`, `(( grab x ))`, `%TAG%`, `#{tag}#`, `*`, and the `<path:…>` of Argo CD's vault
/// plugin.
const TEMPLATE: [char; 12] = ['$', '{', '}', '<', '>', '[', ']', '(', ')', '%', '#', '*'];

/// Hosts of registries that exist on one machine, and the prefixes under which `ko` and Knative publish there.
const LOCAL_REGISTRIES: [&str; 7] =
    ["localhost", "127.0.0.1", "[::1]", "kind.local", "ko.local", "dev.local", "host.docker.internal"];

/// Beginnings of the names that the local clusters' tools give their registries.
const LOCAL_PREFIXES: [&str; 4] = ["k3d-", "kind-registry", "minikube", "k3s-registry"];

/// Names that scaffolds write for a tool to replace: `controller` by kubebuilder, `auto` by Istio's injector.
const PLACEHOLDER_NAMES: [&str; 7] =
    ["controller", "auto", "app", "image", "placeholder", "container-image", "image-name"];

/// Whether some tool is expected to fill the text in before it is applied.
pub fn is_templated(text: &str) -> bool {
    // The brackets of an IPv6 registry are no template.
    (text.contains(TEMPLATE) && ImageReference::parse(text).is_err())
        || text.starts_with("ko://")
        || text.split(['/', ':', '@']).any(|part| is_token(part) || is_underlined(part))
}

/// `PROJECT_ID`, `IMAGE`: a whole part in capital letters.
fn is_token(part: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    part.len() > 2 && part.bytes().all(fits) && part.bytes().filter(u8::is_ascii_uppercase).count() > 2
}

/// `__TAG__`
fn is_underlined(part: &str) -> bool {
    part.len() > 4 && part.starts_with("__") && part.ends_with("__")
}

/// Whether the image comes from a registry that exists on the developer's machine alone.
pub fn is_local(registry: &str) -> bool {
    let host = if registry.starts_with('[') {
        registry.split_inclusive(']').next().unwrap_or(registry)
    } else {
        registry.split(':').next().unwrap_or(registry)
    };
    LOCAL_REGISTRIES.contains(&host) || LOCAL_PREFIXES.iter().any(|prefix| host.starts_with(prefix))
}

/// Whether the reference names no image of its own: it is built where it runs, or a scaffold's placeholder.
pub fn is_stand_in(image: &ImageReference<'_>) -> bool {
    let first = image.name().split('/').next().unwrap_or_default();
    image.registry().is_some_and(is_local) || is_local(first) || PLACEHOLDER_NAMES.contains(&image.name())
}

/// Whether a kustomization that lists the object's file also sets the tag or digest of this image.
// Rendering will make this exact. Until then a kustomization in the file's own directory or above it is asked,
// which is where nearly all of them lie.
pub fn is_set_by_kustomization(world: &World, object: &ObjectView<'_>, image: &ImageReference<'_>) -> bool {
    let Some(file) = object.file else { return false };
    let path = world.map.source(file.source).path();
    let mut directories = path.ancestors().skip(1);
    directories.any(|directory| {
        ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| {
            let place = directory.join(name);
            let files = world.map.files();
            let Ok(index) = files.binary_search_by(|file| file.path().cmp(&place)) else { return false };
            let documents = world.repository.files.get(index).into_iter().flat_map(|file| &file.documents);
            documents
                .filter(|document| {
                    matches!(document.kind, DocumentKind::Kustomization | DocumentKind::Component)
                })
                .map(|document| Cursor::new(&world.map, &document.tree))
                .any(|root| lists(root, directory, path) && sets(root, image.name()))
        })
    })
}

fn lists(kustomization: Cursor<'_>, directory: &Utf8Path, path: &Utf8Path) -> bool {
    let Ok(relative) = path.strip_prefix(directory) else { return false };
    let resources = kustomization.get("resources").into_iter().flat_map(|resources| resources.items());
    resources
        .filter_map(|resource| resource.text())
        .any(|resource| resource.strip_prefix("./").unwrap_or(&resource) == relative.as_str())
}

fn sets(kustomization: Cursor<'_>, name: &str) -> bool {
    let images = kustomization.get("images").into_iter().flat_map(|images| images.items());
    images.into_iter().any(|image| {
        image.get("name").and_then(|entry| entry.text()).is_some_and(|entry| entry == name)
            && ["newTag", "digest", "newName"].iter().any(|field| image.get(field).is_some())
    })
}
