//! `images`: new names, tags and digests for image references.

use regex::Regex;

use crate::render::EventKind;
use crate::source::{Input, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Kind, key_hash};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{reaches, visit};
use super::resource::Resource;
use super::stage::{Stage, string_field};

/// Lists in which every object may have containers, wherever they stand.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// Applies one entry.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Cursor<'_>,
    specs: &[FieldSpec],
) -> Result<()> {
    let change = Change::new(stage, entry)?;
    let mut matched = false;
    for resource in resources {
        matched |= change.apply(resource, specs)?;
    }
    if !matched {
        let at = entry.get("name").unwrap_or(entry).span();
        let message = format!("`images` names `{}`, and no image is called that", change.name);
        stage.no_match(EventKind::ImageNoMatch, at, message);
    }
    Ok(())
}

/// A part of an image reference: its text, and where it was written.
type Part = (String, Option<(Span, StepId)>);

/// What an entry asks for.
struct Change<'a, 'w> {
    stage: &'a Stage<'w>,
    entry: Cursor<'a>,
    name: String,
    pattern: Pattern,
    new_name: Option<Part>,
    new_tag: Option<Part>,
    digest: Option<Part>,
    tag_suffix: Option<Part>,
}

impl<'a, 'w> Change<'a, 'w> {
    fn new(stage: &'a Stage<'w>, entry: Cursor<'a>) -> Result<Self> {
        let part = |field: &str| -> Result<Option<Part>> {
            let text = string_field(entry, field)?.filter(|text| !text.is_empty());
            let place = entry.get(field).map(|value| (value.span(), value.step()));
            Ok(text.map(|text| (text.into_owned(), place)))
        };
        let name = part("name")?.map(|(name, _)| name).unwrap_or_default();
        let at = entry.get("name").unwrap_or(entry).span();
        Ok(Self {
            stage,
            entry,
            pattern: Pattern::new(&name).map_err(|_| {
                BuildError::new(at, format!("`{name}` is read as a regular expression, and is none"))
            })?,
            name,
            new_name: part("newName")?,
            new_tag: part("newTag")?,
            digest: part("digest")?,
            tag_suffix: part("tagSuffix")?,
        })
    }

    /// Changes the images of an object; whether there was one to change.
    fn apply(&self, resource: &mut Resource, specs: &[FieldSpec]) -> Result<bool> {
        let map = self.stage.map;
        if &*resource.id.gvk.kind == "CustomResourceDefinition" {
            return Ok(false);
        }
        let gvk = resource.id.gvk.clone();
        let root = resource.root(map);
        let specs: Vec<&FieldSpec> = specs
            .iter()
            .filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind))
            .filter(|spec| reaches(root, spec.path(), spec.create))
            .collect();
        if !self.is_named(root) && !specs.iter().any(|spec| !spec.path.ends_with("/image")) {
            return Ok(false);
        }
        let mut matched = false;
        resource.change(map, |draft| {
            self.walk(draft, &mut matched)?;
            for spec in specs {
                visit(map, draft, spec.path(), None, &mut |image| self.replace(image, &mut matched))?;
            }
            Ok(())
        })?;
        Ok(matched)
    }

    /// Whether a field called `image` has a value that matches: a quick look before anything is opened.
    fn is_named(&self, root: Cursor<'_>) -> bool {
        const IMAGE: u32 = key_hash(b"image");
        let map = self.stage.map;
        let tree = root.tree();
        let nodes = tree.nodes();
        nodes.iter().enumerate().any(|(at, node)| {
            let is_key = node.kind == Kind::Scalar && node.aux == IMAGE;
            is_key && nodes.get(at + node.skip as usize).is_some_and(|value| {
                let text = crate::yaml::decode(map.source(value.span.source).text(), value);
                value.kind == Kind::Scalar && self.pattern.matches(&text)
            })
        })
    }

    /// Every list of containers at any depth.
    fn walk(&self, draft: &mut Draft, matched: &mut bool) -> Result<()> {
        let map = self.stage.map;
        if draft.kind() == Kind::Scalar {
            return Ok(());
        }
        if let Draft::Shared(tree, _) = &*draft
            && !self.is_named(Cursor::new(map, tree))
        {
            return Ok(());
        }
        if let Some(items) = draft.items_mut() {
            return items.iter_mut().try_for_each(|item| self.walk(item, matched));
        }
        for (key, value) in draft.entries_mut().into_iter().flatten() {
            self.walk(value, matched)?;
            let is_list = key.scalar(map).is_some_and(|key| LISTS.contains(&&*key));
            for container in value.items_mut().filter(|_| is_list).into_iter().flatten() {
                if let Some(image) = container.get_mut(map, "image") {
                    self.replace(image, matched)?;
                }
            }
        }
        Ok(())
    }

    fn replace(&self, image: &mut Draft, matched: &mut bool) -> Result<()> {
        let map = self.stage.map;
        let node = image.node();
        if node.kind != Kind::Scalar {
            return Err(BuildError::new(node.span, "an image is a text, this is not"));
        }
        let old = image.scalar(map).unwrap_or_default();
        if !self.pattern.matches(&old) {
            return Ok(());
        }
        *matched = true;
        let (name, tag, digest) = split(&old);
        let offset = |part: &str| part.as_ptr() as usize - old.as_ptr() as usize;
        let cursor_tree = image.freeze();
        let written = Cursor::new(map, &cursor_tree);
        let kept = |part: &str| -> Part {
            let at = offset(part);
            (part.to_owned(), Some((written.part(at, at + part.len()), node.step)))
        };
        let name = self.new_name.clone().unwrap_or_else(|| kept(name));
        let old_tag = (!tag.is_empty()).then(|| kept(tag));
        let old_digest = (!digest.is_empty()).then(|| kept(digest));
        let (tags, digest): (Vec<Part>, Option<Part>) = match (&self.new_tag, &self.digest, &self.tag_suffix) {
            (Some(tag), Some(digest), _) => (vec![tag.clone()], Some(digest.clone())),
            (Some(tag), None, _) => (vec![tag.clone()], None),
            (None, Some(digest), _) => (Vec::new(), Some(digest.clone())),
            (None, None, Some(suffix)) => (old_tag.into_iter().chain([suffix.clone()]).collect(), None),
            (None, None, None) => (old_tag.into_iter().collect(), old_digest),
        };
        let mut parts: Vec<Part> = vec![name];
        let made = |text: &str| -> Part { (text.to_owned(), None) };
        if !tags.is_empty() {
            parts.push(made(":"));
            parts.extend(tags);
        }
        if let Some(digest) = digest {
            parts.push(made("@"));
            parts.push(digest);
        }
        // What a person changes first is the version.
        let new = [&self.new_tag, &self.digest, &self.tag_suffix, &self.new_name];
        let mut inputs: Vec<Input> = new
            .into_iter()
            .flatten()
            .filter_map(|part| part.1)
            .map(|(span, step)| Input::value(span, step))
            .collect();
        if parts.iter().any(|part| part.1.is_some_and(|(span, _)| node.span.contains(span))) {
            inputs.push(Input::value(node.span, node.step));
        }
        let step = self.stage.replacing(StepKind::Images, self.entry.span(), &inputs, image);
        let parts: Vec<(&str, Option<(Span, StepId)>)> =
            parts.iter().map(|(text, from)| (text.as_str(), *from)).collect();
        *image = Draft::text(map.compose(&parts), step);
        Ok(())
    }
}

/// The images that an entry's name stands for. Kustomize reads the name as a regular expression.
enum Pattern {
    /// Only dots would mean something else than themselves.
    Name(String),
    Expression(Regex),
}

impl Pattern {
    fn new(name: &str) -> std::result::Result<Self, regex::Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:_-.".contains(&byte);
        if name.bytes().all(is_plain) {
            return Ok(Pattern::Name(name.to_owned()));
        }
        let tag = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
        Regex::new(&format!("^{name}{tag}")).map(Pattern::Expression)
    }

    fn matches(&self, image: &str) -> bool {
        let name = match self {
            Pattern::Expression(expression) => return expression.is_match(image),
            Pattern::Name(name) => name,
        };
        let Some((start, rest)) = image.split_at_checked(name.len()) else { return false };
        let same = start.bytes().zip(name.bytes()).all(|(found, wanted)| wanted == b'.' || found == wanted);
        let is_tag = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte));
        let (tag, digest) = match rest.split_once("@sha256:") {
            Some((tag, digest)) => (tag, digest),
            None => (rest, ""),
        };
        same && (tag.is_empty() || tag.strip_prefix(':').is_some_and(is_tag)) && is_tag(digest)
    }
}

/// Name, tag and digest of a reference, as Kustomize takes it apart.
fn split(image: &str) -> (&str, &str, &str) {
    let from = image.find('/').filter(|&at| at > 0).unwrap_or(0);
    let find = |sign: char| image[from..].find(sign).map(|at| at + from);
    match (find(':'), find('@')) {
        (None, None) => (image, "", ""),
        (colon, Some(at)) if colon.is_none_or(|colon| at < colon) => {
            (&image[..at], "", &image[at + 1..])
        }
        (Some(colon), Some(at)) => (&image[..colon], &image[colon + 1..at], &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
        (None, Some(at)) => (&image[..at], "", &image[at + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_patterns() {
        for (name, image, expected) in [
            ("nginx", "nginx", true),
            ("nginx", "nginx:1.25", true),
            ("nginx", "nginx@sha256:abc", true),
            ("nginx", "nginx:1@sha256:abc", true),
            ("nginx", "nginx2", false),
            ("nginx", "docker.io/nginx", false),
            ("a.b/c", "axb/c:1", true),
            ("reg:5000/c", "reg:5000/c:1", true),
            ("nginx", "nginx:1/2", false),
            ("ngin(x|y)", "nginy:1", true),
            ("nginx", "nginx@sha512:abc", false),
        ] {
            assert_eq!(Pattern::new(name).is_ok_and(|it| it.matches(image)), expected, "{name} {image}");
        }
        assert!(Pattern::new("ngin(x").is_err());
    }

    #[test]
    fn references_are_taken_apart() {
        for (image, expected) in [
            ("nginx", ("nginx", "", "")),
            ("nginx:1.2", ("nginx", "1.2", "")),
            ("reg:5000/a/b", ("reg:5000/a/b", "", "")),
            ("reg:5000/a/b:1", ("reg:5000/a/b", "1", "")),
            ("a/b@sha256:1f", ("a/b", "", "sha256:1f")),
            ("a/b:1@sha256:1f", ("a/b", "1", "sha256:1f")),
        ] {
            assert_eq!(split(image), expected);
        }
    }
}
