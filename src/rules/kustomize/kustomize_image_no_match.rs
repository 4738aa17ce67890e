//! `kustomize-image-no-match`

use crate::engine::{Check, Cx, World, rule};
use crate::finding::Level;
use crate::model::ImageReference;
use crate::render::{Event, EventKind, UnitView};

use super::event::{self, WithoutEffect};

rule! {
    /// An `images` entry of a kustomization that no image is called.
    ///
    /// ## Why
    ///
    /// Kustomize compares `name` with the name of every image, without tag and digest. When none is equal it changes
    /// nothing and exits with success: the promotion is reviewed and merged, and the old version stays deployed.
    ///
    /// ## What passes
    ///
    /// - a component's entry that matches in at least one overlay; one that matches in none is a warning
    /// - images in fields of custom resources that `configurations` make known
    /// - entries where a base, a chart or a plugin is not rendered, which may hold what they are for: the last line of a
    ///   report counts them
    /// - where there is no object at all yet, all entries of a kustomization are one note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// images:
    ///   - name: acme/web
    ///     newTag: 1.8.2
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.1
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// images:
    ///   - name: ghcr.io/acme/web
    ///     newTag: 1.8.2
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.1
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/>
    /// - <https://github.com/kubernetes-sigs/kustomize/issues/2798>
    pub static RULE = "kustomize-image-no-match" {
        level: Error,
        precision: VeryHigh,
        tags: ["kustomize", "image", "correctness"],
        aliases: [],
        checks: [Check::Event(&[EventKind::ImageNoMatch], check)],
    }
}

const WHY: &str = "Kustomize changes nothing and exits with success: what was deployed before stays deployed";

fn check(event: &Event, cx: &mut Cx<'_>) {
    let help = nearest(event, cx.world()).unwrap_or_else(|| {
        "write the name as the container has it, without tag, or delete the entry; fields of custom resources need \
         `configurations`"
            .to_owned()
    });
    let words = WithoutEffect { message: event.message.clone(), why: WHY, help, level: Level::Error };
    event::without_effect(event, words, cx);
}

/// The image that was probably meant: one whose last part is equal.
fn nearest(event: &Event, world: &World) -> Option<String> {
    let name = event::item(event, &["images", "imageTags"], world)?.get("name")?.text()?;
    let mut images = Vec::new();
    for unit in event::units(event, world) {
        let view = UnitView { map: &world.map, repository: &world.repository, unit };
        for container in view.objects().flat_map(|object| object.pod_specs()).flat_map(|pod| pod.containers())
        {
            let Some(text) = container.image().and_then(|image| image.text()) else { continue };
            images.extend(ImageReference::parse(&text).map(|image| image.name().to_owned()));
        }
    }
    images.sort();
    images.dedup();
    let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
    let same = images.iter().find(|image| last(image) == last(&name));
    same.map(|image| format!("did you mean `{image}`?"))
}
