//! Images that the values of a release name.
//!
//! Owns which layers of values a release has and which of them wins. Charts are not rendered: an image that only a
//! template names is not found. Must not know which keys name an image.

use std::collections::BTreeMap;

use crate::model::{ImageForm, ImageReference, secret, values_images, whole_name};
use crate::source::Span;
use crate::yaml::Cursor;

use super::component::{Artifact, ArtifactKind, editable, slot};
use super::{Delivery, OwnerKind, OwnerView, Tool, argo};

/// An image as the layers so far have it.
#[derive(Default)]
struct Layered {
    registry: String,
    name: String,
    /// Tag and digest, each with the place where a person would edit it.
    tag: Option<(String, Span)>,
    digest: Option<(String, Span)>,
}

/// Images by the keys that lead to them.
struct Layers<'a, 'w> {
    owner: &'a OwnerView<'w>,
    images: BTreeMap<String, Layered>,
}

/// The images that a release's values name. A name that they leave to the chart is empty.
pub fn images(owner: &OwnerView<'_>) -> Vec<Artifact> {
    let Some(spec) = owner.spec() else { return Vec::new() };
    let mut found = Vec::new();
    match owner.owner.kind {
        OwnerKind::HelmRelease => {
            let mut layers = Layers { owner, images: BTreeMap::new() };
            owner.owner.deliveries.iter().for_each(|delivery| layers.files(delivery));
            if let Some(values) = spec.get("values") {
                layers.values(values);
            }
            found.extend(layers.artifacts());
        }
        OwnerKind::Application => {
            for (source, delivery) in argo::sources(spec).into_iter().zip(&owner.owner.deliveries) {
                let mut layers = Layers { owner, images: BTreeMap::new() };
                layers.files(delivery);
                if let Some(helm) = source.get("helm") {
                    layers.inline(helm);
                }
                found.extend(layers.artifacts());
            }
        }
        _ => {}
    }
    found
}

impl Layers<'_, '_> {
    /// The chart's own values, and the files that are named.
    fn files(&mut self, delivery: &Delivery) {
        let chart = delivery.directory.iter().filter(|_| delivery.tool == Tool::Helm);
        let own = chart.map(|directory| directory.join("values.yaml"));
        let named = delivery.values.iter().flat_map(|file| &file.paths).cloned();
        let view = self.owner.view;
        for path in own.chain(named) {
            let file = view.repository.file(&path);
            if let Some(document) = file.and_then(|file| file.documents.first()) {
                self.values(Cursor::new(view.map, &document.tree));
            }
        }
    }

    /// What an Application says itself: `valuesObject` wins over `values`, and parameters over both.
    fn inline(&mut self, helm: Cursor<'_>) {
        if let Some(values) = helm.get("valuesObject") {
            self.values(values);
        } else if let Some(parsed) = helm.get("values").and_then(secret::embedded::parse)
            && let Some(&root) = parsed.documents.first()
        {
            self.values(Cursor::at(helm.map(), &parsed.arena, root));
        }
        let parameters = helm.get("parameters").into_iter().flat_map(|parameters| parameters.items());
        for parameter in parameters {
            let name = parameter.get("name").and_then(|name| name.text()).unwrap_or_default();
            let Some(value) = parameter.get("value") else { continue };
            let Some((path, field)) = name.rsplit_once('.') else { continue };
            let text = || value.text().unwrap_or_default().into_owned();
            // Other parameters may be about anything.
            let Some(image) = self.known(path, field) else { continue };
            match field {
                "tag" => self.tag(path, value),
                "registry" => image.registry = text(),
                "repository" => image.name = text(),
                _ => {}
            }
        }
    }

    /// The image that a parameter is about.
    fn known(&mut self, path: &str, field: &str) -> Option<&mut Layered> {
        let last = path.rsplit('.').next().unwrap_or(path);
        let is_image = (last == "image" || last.ends_with("Image"))
            && matches!(field, "tag" | "registry" | "repository");
        match is_image {
            true => Some(self.images.entry(path.to_owned()).or_default()),
            false => self.images.get_mut(path),
        }
    }

    fn values(&mut self, root: Cursor<'_>) {
        for image in values_images(root) {
            match image.form {
                ImageForm::Text(value) => self.text(&image.path, value),
                ImageForm::Parts { registry, name, tag, digest } => {
                    let known = self.images.entry(image.path.clone()).or_default();
                    let replace = |known: &mut String, new: String| {
                        if !new.is_empty() {
                            *known = new;
                        }
                    };
                    replace(&mut known.registry, registry);
                    replace(&mut known.name, name);
                    if let Some(tag) = tag {
                        self.tag(&image.path, tag);
                    }
                    if let Some(digest) = digest {
                        let text = digest.text().unwrap_or_default().into_owned();
                        let at = self.place(digest, 0..text.len());
                        self.image(&image.path).digest = Some((text, at));
                    }
                }
            }
        }
    }

    fn image(&mut self, path: &str) -> &mut Layered {
        self.images.entry(path.to_owned()).or_default()
    }

    fn place(&self, value: Cursor<'_>, part: std::ops::Range<usize>) -> Span {
        editable(&self.owner.object, value.part(part.start, part.end), value.step())
    }

    /// A tag, and the digest that may stand behind it.
    fn tag(&mut self, path: &str, value: Cursor<'_>) {
        const NAME: &str = "image:";
        let text = value.text().unwrap_or_default();
        let whole = format!("{NAME}{text}");
        let parsed = ImageReference::parse(&whole).ok();
        let part = |range: std::ops::Range<usize>| {
            let range = range.start.checked_sub(NAME.len())?..range.end.checked_sub(NAME.len())?;
            Some((text.get(range.clone())?.to_owned(), self.place(value, range)))
        };
        let tag = parsed.as_ref().and_then(|image| part(image.tag.clone()?));
        let digest = parsed.as_ref().and_then(|image| part(image.digest.clone()?));
        let image = self.image(path);
        image.tag = tag;
        image.digest = digest.or_else(|| image.digest.take());
    }

    fn text(&mut self, path: &str, value: Cursor<'_>) {
        let text = value.text().unwrap_or_default();
        let Ok(image) = ImageReference::parse(&text) else { return };
        let part = |range: Option<std::ops::Range<usize>>| {
            let range = range?;
            Some((text.get(range.clone())?.to_owned(), self.place(value, range)))
        };
        let (tag, digest) = (part(image.tag.clone()), part(image.digest.clone()));
        let name = image.name().to_owned();
        self.images.insert(path.to_owned(), Layered { registry: String::new(), name, tag, digest });
    }

    /// Those of which a version is known. Without one the chart falls back to what it says of itself.
    fn artifacts(self) -> Vec<Artifact> {
        let slot = slot(&self.owner.object);
        let artifacts = self.images.into_iter().filter_map(|(path, image)| {
            let at = image.tag.as_ref().or(image.digest.as_ref())?.1;
            let name = match image.name.is_empty() {
                true => String::new(),
                false => whole_name(&image.registry, &image.name),
            };
            // A repository of something else, such as a chart's.
            if !name.is_empty() && ImageReference::parse(&name).is_err() {
                return None;
            }
            let path = if path.is_empty() { "image" } else { &path };
            Some(Artifact {
                slot: format!("{slot} {path}"),
                kind: ArtifactKind::Image,
                name,
                version: image.tag.map(|(tag, _)| tag),
                digest: image.digest.map(|(digest, _)| digest),
                at,
                object: self.owner.object.object_name(),
            })
        });
        artifacts.collect()
    }
}
