//! Which image texts say nothing about what runs in a cluster.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::model::{ImageReference, ObjectView};
use crate::yaml::Cursor;

/// Characters that no reference has and templating tools love: `${TAG}`, `$(params.image)`, `{{ .Values.x }}`,
/// `<< inputs.tag >>`, `[[ ]]`, `(( grab x ))`, `%TAG%`, `#{tag}#`, `*`, and the `<path:…>` of Argo CD's vault
/// plugin.
const TEMPLATE: [char; 12] = ['$', '{', '}', '<', '>', '[', ']', '(', ')', '%', '#', '*'];

/// The registry that OpenShift runs for its image streams.
const INTERNAL_REGISTRY: &str = "image-registry.openshift-image-registry.svc:5000";

/// Image streams of OpenShift: those that stand in for image names without a registry, and the tags of which the
/// repository says what they mean.
struct LocalStreams {
    names: FxHashSet<String>,
    tags: FxHashSet<(String, String)>,
}

impl LocalStreams {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let objects = world.repository.files.iter().flat_map(|file| &file.objects);
            let views = objects.map(|object| ObjectView::new(&world.map, None, object));
            let (mut names, mut tags) = (FxHashSet::default(), FxHashSet::default());
            for stream in views.filter(|object| object.kind() == "ImageStream") {
                let local = stream.root.path(&["spec", "lookupPolicy", "local"]);
                if local.and_then(|value| value.bool()) == Some(true) {
                    names.insert(stream.name().into_owned());
                }
                let list = stream.root.path(&["spec", "tags"]).into_iter().flat_map(|tags| tags.items());
                for tag in list.filter(|tag| names_a_version(*tag)) {
                    let Some(name) = tag.get("name").and_then(|name| name.text()) else { continue };
                    tags.insert((stream.name().into_owned(), name.into_owned()));
                }
            }
            Self { names, tags }
        })
    }
}

/// Whether a tag of an image stream is imported from an image with a tag of its own, other than `latest`.
fn names_a_version(tag: Cursor<'_>) -> bool {
    let Some(from) = tag.path(&["from", "name"]).and_then(|name| name.text()) else { return false };
    let image = ImageReference::parse(&from);
    image.is_ok_and(|image| image.digest.is_some() || image.tag().is_some_and(|tag| tag != "latest"))
}

/// Whether the name is that of an image stream with `lookupPolicy.local`, or of one in OpenShift's own registry whose
/// tag the repository defines: what the tag means stands there.
pub fn is_local_stream(world: &World, image: &ImageReference<'_>) -> bool {
    if !image.name().contains('/') {
        return LocalStreams::of(world).names.contains(image.name());
    }
    if image.registry() != Some(INTERNAL_REGISTRY) {
        return false;
    }
    let name = image.repository().rsplit('/').next().unwrap_or_default().to_owned();
    let tag = image.tag().unwrap_or("latest").to_owned();
    LocalStreams::of(world).tags.contains(&(name, tag))
}

/// Hosts of registries that exist on one machine, and the prefixes under which `ko` and Knative publish there.
/// `github.com` holds no images: the reference is the import path of a program that `ko` builds.
const LOCAL_REGISTRIES: [&str; 8] = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    "kind.local",
    "ko.local",
    "dev.local",
    "host.docker.internal",
    "github.com",
];

/// Beginnings of the names that the local clusters' tools give their registries.
const LOCAL_PREFIXES: [&str; 4] = ["k3d-", "kind-registry", "minikube", "k3s-registry"];

/// Where OpenShift keeps the images of its own release; their tags move with the cluster's version alone.
const OPENSHIFT: &str = "image-registry.openshift-image-registry.svc:5000/openshift/";

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
fn is_local(registry: &str) -> bool {
    let host = if registry.starts_with('[') {
        registry.split_inclusive(']').next().unwrap_or(registry)
    } else {
        registry.split(':').next().unwrap_or(registry)
    };
    LOCAL_REGISTRIES.contains(&host) || LOCAL_PREFIXES.iter().any(|prefix| host.starts_with(prefix))
}

/// Whether the reference names no image of its own: it is built where it runs, comes with the cluster, or is a
/// scaffold's placeholder.
pub fn is_stand_in(image: &ImageReference<'_>) -> bool {
    let name = image.name();
    let first = name.split('/').next().unwrap_or_default();
    is_local(first) || name.starts_with(OPENSHIFT) || PLACEHOLDER_NAMES.contains(&name)
}

/// Whether OpenShift writes the images of an object when an image stream changes.
pub fn is_triggered(object: &ObjectView<'_>) -> bool {
    let triggers = object.root.path(&["spec", "triggers"]).into_iter().flat_map(|triggers| triggers.items());
    let mut types = triggers.filter_map(|trigger| trigger.get("type")?.text());
    object.annotation("image.openshift.io/triggers").is_some() || types.any(|kind| kind == "ImageChange")
}

/// Whether a Skaffold configuration beside the object's file or above it builds the image and writes its tag.
pub fn is_built_by_skaffold(world: &World, object: &ObjectView<'_>, image: &ImageReference<'_>) -> bool {
    let Some(file) = object.file() else { return false };
    let path = world.map.source(file.source).path();
    path.ancestors().skip(1).any(|directory| {
        let file = world.repository.file(&directory.join("skaffold.yaml"));
        let documents = file.into_iter().flat_map(|file| &file.documents);
        let mut roots = documents.map(|document| Cursor::new(&world.map, &document.tree));
        roots.any(|root| builds(root, image.name()))
    })
}

fn builds(skaffold: Cursor<'_>, name: &str) -> bool {
    let artifacts =
        skaffold.path(&["build", "artifacts"]).into_iter().flat_map(|artifacts| artifacts.items());
    let mut images = artifacts.filter_map(|artifact| artifact.get("image")?.text());
    images.any(|image| image == name)
}

/// The reference of an image that comes from a registry which all can ask: not one that a tool fills in, nor a local one,
/// nor a stand-in.
pub fn known(text: &str) -> Option<ImageReference<'_>> {
    let image = ImageReference::parse(text).ok().filter(|_| !is_templated(text))?;
    (!is_stand_in(&image)).then_some(image)
}

/// Registry and repository with what is left out written: `docker.io/library/nginx`.
pub fn canonical(image: &ImageReference<'_>) -> String {
    let repository = image.repository();
    match image.registry() {
        Some("docker.io" | "index.docker.io") | None => {
            let library = if repository.contains('/') { "" } else { "library/" };
            format!("docker.io/{library}{repository}")
        }
        Some(registry) => format!("{registry}/{repository}"),
    }
}

/// Whether a canonical name is that of a place, or lies below it.
pub fn is_below(name: &str, place: &str) -> bool {
    name.strip_prefix(place.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
