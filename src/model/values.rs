//! Images in the values of charts, by the shapes that charts give them.
//!
//! Owns which keys name an image. Must not know which of several layers of values wins.

use crate::yaml::Cursor;

/// An image in values.
#[derive(Clone)]
pub struct ValuesImage<'w> {
    /// The keys that lead to it, with dots: `image`, `web.image`.
    pub path: String,
    /// How it is written.
    pub form: ImageForm<'w>,
}

/// How values write an image.
#[derive(Clone)]
pub enum ImageForm<'w> {
    /// As one text: `image: ghcr.io/acme/web:1.8.2`.
    Text(Cursor<'w>),
    /// As a map of its parts: `image: {repository: ghcr.io/acme/web, tag: 1.8.2}`.
    Parts {
        /// The registry, where it has a field of its own.
        registry: String,
        /// The name; empty when other values say it.
        name: String,
        /// The tag.
        tag: Option<Cursor<'w>>,
        /// The digest.
        digest: Option<Cursor<'w>>,
    },
}

/// Fields that name an image beside a `tag`.
const NAMES: [&str; 3] = ["repository", "image", "name"];

/// Fields that hold a digest beside a `tag`.
const DIGESTS: [&str; 3] = ["digest", "sha", "imageDigest"];

/// The images in values. They nest as charts like; the depth is that of the document, which the reader limits.
pub fn values_images(root: Cursor<'_>) -> Vec<ValuesImage<'_>> {
    let mut found = Vec::new();
    walk(root, &mut String::new(), &mut found);
    found
}

/// `path` leads to `value`, and does so again afterwards: few values are images, so that it is seldom copied.
fn walk<'w>(value: Cursor<'w>, path: &mut String, found: &mut Vec<ValuesImage<'w>>) {
    let length = path.len();
    for (index, item) in value.items().enumerate().filter(|(_, item)| item.is_map() || item.is_seq()) {
        path.push_str(&format!("[{index}]"));
        walk(item, path, found);
        path.truncate(length);
    }
    if !value.is_map() {
        return;
    }
    found.extend(parts(value).map(|form| ValuesImage { path: path.clone(), form }));
    for entry in value.entries() {
        let key = entry.key.text().unwrap_or_default();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&key);
        if names_image(&key) && entry.value.text().is_some() {
            found.push(ValuesImage { path: path.clone(), form: ImageForm::Text(entry.value) });
        }
        // A merged or aliased map is looked at where it is written.
        if entry.value.alias().is_none() {
            walk(entry.value, path, found);
        }
        path.truncate(length);
    }
}

/// `image`, `sidecarImage`
fn names_image(key: &str) -> bool {
    key == "image" || key.ends_with("Image")
}

fn parts(map: Cursor<'_>) -> Option<ImageForm<'_>> {
    let text = |name: &str| map.get(name).and_then(|value| value.text()).unwrap_or_default();
    let is_called_image = map.key().and_then(|key| key.text()).is_some_and(|key| names_image(&key));
    let name = NAMES.iter().map(|name| text(name)).find(|name| !name.is_empty()).unwrap_or_default();
    // `name` and `tag` alone may be anything that has versions; in a map called `image` they are not.
    let names = is_called_image || !text("repository").is_empty() || name.contains('/');
    let image_tag = map.get("imageTag");
    if !names && image_tag.is_none() {
        return None;
    }
    let tag = map.get("tag").filter(|_| names).or(image_tag);
    let digest = DIGESTS.iter().find(|name| !text(name).is_empty()).and_then(|name| map.get(name));
    Some(ImageForm::Parts { registry: text("registry").into_owned(), name: name.into_owned(), tag, digest })
}

/// The name with its registry.
pub fn whole_name(registry: &str, name: &str) -> String {
    if registry.is_empty() { name.to_owned() } else { format!("{registry}/{name}") }
}
