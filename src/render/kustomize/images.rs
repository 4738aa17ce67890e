//! `images`: new names, tags and digests for image references.
//!
//! Owns the two passes of Kustomize: over every list of containers wherever it stands, and over the fields of specs.
//! Must not know what makes a reference a valid one: Kustomize does not either.

use std::borrow::Cow;
use std::ops::Range;

use regex::bytes::Regex;

use crate::render::EventKind;
use crate::source::{Input, Span, Step, StepId, StepKind};
use crate::template::go_regex;
use crate::yaml::{Cursor, Draft, Kind, key_hash};

use super::error::{BuildError, Result};
use super::facts::FieldSpec;
use super::fields::{expect, leads, reaches, visit};
use super::resource::Resource;
use super::setter::{in_style_of, part};
use super::stage::{Stage, field, string_field};

/// Lists in which any object may have containers, wherever they stand.
const LISTS: [&str; 2] = ["containers", "initContainers"];

/// Changes the images that `image` names, as `entry` asks.
pub(in crate::render) fn apply(
    stage: &mut Stage<'_>,
    resources: &mut [Resource],
    entry: Span,
    image: Cursor<'_>,
    specs: &[FieldSpec],
) -> Result<()> {
    let change = Change::new(stage, entry, image)?;
    let mut is_matched = false;
    for resource in resources {
        is_matched |= change.apply(resource, specs)?;
    }
    if !is_matched {
        let name = string_field(image, "name")?.unwrap_or_default();
        let at = field(image, "name").unwrap_or(image).span();
        let message = format!("`images` names `{name}`, and no image is called that");
        stage.no_match(EventKind::ImageNoMatch, at, message);
    }
    Ok(())
}

/// A part of an image reference: its text, and where it was written.
type Part<'a> = (&'a str, Option<(Span, StepId)>);

/// What an entry asks for.
struct Change<'a, 'w> {
    stage: &'a Stage<'w>,
    entry: Span,
    pattern: Pattern,
    new_name: Option<NewPart<'a>>,
    new_tag: Option<NewPart<'a>>,
    digest: Option<NewPart<'a>>,
    tag_suffix: Option<NewPart<'a>>,
}

/// A part that an entry brings.
struct NewPart<'a> {
    text: Cow<'a, str>,
    value: Cursor<'a>,
}

impl NewPart<'_> {
    fn part(&self) -> Part<'_> {
        (&self.text, Some((self.value.part(0, self.text.len()), self.value.step())))
    }
}

impl<'a, 'w> Change<'a, 'w> {
    fn new(stage: &'a Stage<'w>, entry: Span, image: Cursor<'a>) -> Result<Self> {
        let part = |name: &str| -> Result<Option<NewPart<'a>>> {
            let text = string_field(image, name)?.filter(|text| !text.is_empty());
            Ok(text.zip(field(image, name)).map(|(text, value)| NewPart { text, value }))
        };
        let name = string_field(image, "name")?.unwrap_or_default();
        let pattern = Pattern::new(&name).map_err(|problem| {
            let message = format!("`{name}` is read as a regular expression, and is none: {problem}");
            BuildError::new(field(image, "name").unwrap_or(image).span(), message)
        })?;
        Ok(Self {
            stage,
            entry,
            pattern,
            new_name: part("newName")?,
            new_tag: part("newTag")?,
            digest: part("digest")?,
            tag_suffix: part("tagSuffix")?,
        })
    }

    /// Changes the images of an object; whether there was one to change.
    fn apply(&self, resource: &mut Resource, specs: &[FieldSpec]) -> Result<bool> {
        let map = self.stage.map;
        let gvk = &resource.id.gvk;
        if &*gvk.kind == "CustomResourceDefinition" {
            return Ok(false);
        }
        let root = resource.root(map);
        let is_in_list = self.is_in_list(root)?;
        let specs = specs.iter().filter(|spec| spec.selects(&gvk.group, &gvk.version, &gvk.kind));
        let is_concerned = |spec: &&FieldSpec| match is_in_list {
            // The first pass may change what the second one finds.
            true => reaches(root, spec.path(), false),
            false => leads(root, spec.path(), false, &mut |field| self.concerns(field)),
        };
        let specs: Vec<&FieldSpec> = specs.filter(is_concerned).collect();
        if !is_in_list && specs.is_empty() {
            return Ok(false);
        }
        let mut is_matched = false;
        resource.change(map, |draft| {
            self.change_lists(draft, &mut is_matched)?;
            specs.iter().try_for_each(|spec| {
                visit(map, draft, spec.path(), None, &mut |image| self.change(image, &mut is_matched))
            })
        })?;
        Ok(is_matched)
    }

    /// Whether a value is an image that is called so, or none at all, which is an error.
    fn concerns(&self, image: Cursor<'_>) -> bool {
        image.text().is_none_or(|text| self.pattern.matches(&text))
    }

    /// Whether an image that is called so is in a list of containers; an error when a list is one of something else.
    fn is_in_list(&self, root: Cursor<'_>) -> Result<bool> {
        const HASHES: [u32; 2] = [key_hash(LISTS[0].as_bytes()), key_hash(LISTS[1].as_bytes())];
        let map = self.stage.map;
        let tree = root.tree();
        let mut is_found = false;
        for (at, node) in tree.nodes().iter().enumerate() {
            // Only keys have a hash.
            if node.kind != Kind::Scalar || !HASHES.contains(&node.aux) {
                continue;
            }
            let value = tree.root() + at as u32 + node.skip;
            for container in Cursor::at(map, tree.arena(), value).items() {
                expect(map, &Draft::from(container), Kind::Map, "a container")?;
                let Some(image) = container.get("image") else { continue };
                expect(map, &Draft::from(image), Kind::Scalar, "an image")?;
                is_found |= self.concerns(image);
            }
        }
        Ok(is_found)
    }

    /// Changes the images in lists of containers at any depth.
    fn change_lists(&self, draft: &mut Draft, is_matched: &mut bool) -> Result<()> {
        let map = self.stage.map;
        if let Draft::Shared(tree, _) = &*draft
            && !self.is_in_list(Cursor::new(map, tree))?
        {
            return Ok(());
        }
        if let Some(items) = draft.items_mut() {
            return items.iter_mut().try_for_each(|item| self.change_lists(item, is_matched));
        }
        for (key, value) in draft.entries_mut().into_iter().flatten() {
            self.change_lists(value, is_matched)?;
            if !key.scalar(map).is_some_and(|key| LISTS.contains(&&*key)) {
                continue;
            }
            for container in value.items_mut().into_iter().flatten() {
                if let Some(image) = container.get_mut(map, "image") {
                    self.change(image, is_matched)?;
                }
            }
        }
        Ok(())
    }

    /// Changes an image if it is called so.
    fn change(&self, image: &mut Draft, is_matched: &mut bool) -> Result<()> {
        let map = self.stage.map;
        expect(map, image, Kind::Scalar, "an image")?;
        let old = image.scalar(map).unwrap_or_default();
        if !self.pattern.matches(&old) {
            return Ok(());
        }
        *is_matched = true;
        let step = image.node().step;
        let [name, tag, digest] = split(&old);
        let kept = |text: Range<usize>| -> Option<Part<'_>> {
            let (from, to) = (text.start, text.end);
            let text = old.get(text).filter(|text| !text.is_empty())?;
            Some((text, Some((part(map, image, from, to), step))))
        };
        let new_name = self.new_name.as_ref().map(NewPart::part);
        let new_tag = self.new_tag.as_ref().map(NewPart::part);
        let new_digest = self.digest.as_ref().map(NewPart::part);
        // A new tag or digest replaces both; a suffix keeps the tag, but never the digest, which it would contradict.
        let keeps = new_tag.is_none() && new_digest.is_none();
        let suffix = self.tag_suffix.as_ref().filter(|_| keeps).map(NewPart::part);
        let old_name = kept(name).filter(|_| new_name.is_none());
        let old_tag = kept(tag).filter(|_| keeps);
        let old_digest = kept(digest).filter(|_| keeps && suffix.is_none());

        let mut parts: Vec<Part<'_>> = new_name.or(old_name).into_iter().collect();
        for (sign, more) in [(":", [new_tag, old_tag, suffix]), ("@", [new_digest, old_digest, None])] {
            if more.iter().any(Option::is_some) {
                parts.push((sign, None));
                parts.extend(more.into_iter().flatten());
            }
        }
        let text: String = parts.iter().map(|(text, _)| *text).collect();
        // Most images are in the reach of both passes, and the second one finds them as the first has left them.
        let is_own = |step: &Step| step.what == StepKind::Images && step.entry == self.entry;
        if text == old && map.step(step).is_some_and(is_own) {
            return Ok(());
        }
        // The first one is where a person edits the whole: what the entry brings, the version before the name.
        let values = [new_tag, new_digest, suffix, new_name, old_name, old_tag, old_digest];
        let places = values.into_iter().flatten().filter_map(|(_, place)| place);
        let inputs: Vec<Input> = places.map(|(span, step)| Input::value(span, step)).collect();
        let step = self.stage.replacing(StepKind::Images, self.entry, &inputs, image);
        *image = in_style_of(map, image, map.compose(&parts), step);
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
    fn new(name: &str) -> std::result::Result<Self, String> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:_-.@".contains(&byte);
        if name.bytes().all(is_plain) {
            return Ok(Pattern::Name(name.to_owned()));
        }
        let tag = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
        go_regex::compile(&format!("^{name}{tag}")).map(Pattern::Expression)
    }

    fn matches(&self, image: &str) -> bool {
        let name = match self {
            Pattern::Expression(expression) => return expression.is_match(image.as_bytes()),
            Pattern::Name(name) => name,
        };
        let Some((start, rest)) = image.split_at_checked(name.len()) else { return false };
        let same = |(found, wanted): (u8, u8)| found == wanted || wanted == b'.' && found != b'\n';
        let is_tag =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte));
        let (tag, digest) = rest.split_once("@sha256:").unwrap_or((rest, ""));
        start.bytes().zip(name.bytes()).all(same)
            && (tag.is_empty() || tag.strip_prefix(':').is_some_and(is_tag))
            && is_tag(digest)
    }
}

/// Where name, tag and digest of a reference stand in it, as Kustomize takes it apart.
fn split(image: &str) -> [Range<usize>; 3] {
    // A colon in front of the first slash belongs to a port.
    let from = image.find('/').filter(|&at| at > 0).unwrap_or(0);
    let find = |sign: char| image[from..].find(sign).map(|at| at + from);
    let end = image.len();
    match (find(':'), find('@')) {
        (None, None) => [0..end, end..end, end..end],
        (Some(colon), None) => [0..colon, colon + 1..end, end..end],
        (Some(colon), Some(at)) if colon < at => [0..colon, colon + 1..at, at + 1..end],
        (_, Some(at)) => [0..at, end..end, at + 1..end],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{files, origins, resources, spec, stage, transformed, trees};
    use super::*;

    fn set(objects: &str, image: &str, specs: &[&'static str]) -> Vec<String> {
        let specs: Vec<FieldSpec> = specs.iter().map(|text| spec(text)).collect();
        transformed(objects, image, |stage, resources, image| {
            apply(stage, resources, image.span(), image, &specs)
        })
    }

    /// A reference after an entry, or nothing when it does not match.
    fn changed(old: &str, entry: &str) -> String {
        let object = format!("{{kind: A, metadata: {{name: a}}, containers: [{{image: {old}}}]}}");
        let found = set(&object, entry, &[]).swap_remove(0);
        let value = found.strip_prefix("a containers[0].image = ").and_then(|found| found.rsplit_once(" ("));
        value.map(|(value, _)| value.to_owned()).unwrap_or_default()
    }

    #[test]
    fn references_are_put_together() {
        for (old, entry, expected) in [
            ("nginx:1.2", "{name: nginx, newTag: v3}", "\"nginx:v3\""),
            ("nginx", "{name: nginx, newTag: v3}", "\"nginx:v3\""),
            ("nginx@sha256:0a", "{name: nginx, newTag: v3}", "\"nginx:v3\""),
            ("nginx:1@sha256:0a", "{name: nginx, newTag: v3}", "\"nginx:v3\""),
            ("nginx:1@sha256:0a", "{name: nginx, digest: sha256:1b}", "\"nginx@sha256:1b\""),
            ("nginx:1", "{name: nginx, newTag: v3, digest: sha256:1b}", "\"nginx:v3@sha256:1b\""),
            ("nginx:1", "{name: nginx, tagSuffix: -a}", "\"nginx:1-a\""),
            ("nginx:1@sha256:0a", "{name: nginx, tagSuffix: -a}", "\"nginx:1-a\""),
            ("nginx", "{name: nginx, tagSuffix: a}", "\"nginx:a\""),
            ("nginx:1", "{name: nginx, newTag: v3, tagSuffix: -a}", "\"nginx:v3\""),
            ("nginx:1@sha256:0a", "{name: nginx, newName: my/nginx}", "\"my/nginx:1@sha256:0a\""),
            ("nginx:1", "{name: nginx}", "\"nginx:1\""),
            ("'nginx:'", "{name: nginx}", "\"nginx\""),
            ("a.b:5000/c", "{name: a.b:5000/c, newTag: v3}", "\"a.b:5000/c:v3\""),
            ("a.b:5000/c:1", "{name: a.b:5000/c, newName: d}", "\"d:1\""),
            ("\"a\\x62:1\"", "{name: ab, newTag: v3}", "\"ab:v3\""),
            // Text that was plain may become a number.
            ("nginx", "{name: nginx, newName: '5000'}", "5000"),
            ("'nginx'", "{name: nginx, newName: '5000'}", "\"5000\""),
        ] {
            assert_eq!(changed(old, entry), expected, "{old} {entry}");
        }
    }

    #[test]
    fn names_are_expressions() {
        for (old, name, expected) in [
            ("nginx:1", "nginx", true),
            ("nginx@sha256:0a", "nginx", true),
            ("nginx:1@sha256:0a", "nginx", true),
            ("'nginx:{a}'", "nginx", true),
            ("nginx:1/2", "nginx", false),
            ("nginx@sha512:0a", "nginx", false),
            ("nginx2", "nginx", false),
            ("docker.io/nginx", "nginx", false),
            ("axb/c", "a.b/c", true),
            ("nginy:1", "ngin(x|y)", true),
            ("'a/{b}:1'", "a/{b}", true),
            ("a/b:1", ".*", true),
            // The alternatives are all there is: what follows belongs to the second one.
            ("nginx/anything", "nginx|apache", true),
        ] {
            let found = changed(old, &format!("{{name: \"{name}\", newTag: new}}"));
            assert_eq!(!found.is_empty(), expected, "{old} {name}");
        }
        let error = "error c:1:8 a(: `a(` is read as a regular expression, and is none: unclosed group";
        assert_eq!(set("{kind: A, metadata: {name: a}}", "{name: a(}", &[]), [error]);
    }

    #[test]
    fn lists_of_containers_and_specs() {
        let nowhere = "ImageNoMatch c:1:8 i: `images` names `i`, and no image is called that";
        for (object, specs, expected) in [
            (
                "{kind: A, metadata: {name: a}, x: [{initContainers: [{image: i}, {}, {image: j}], containers: i}]}",
                &[][..],
                &["a x[0].initContainers[0].image = \"i:t\" (c:1:19 t)"][..],
            ),
            ("{kind: A, metadata: {name: a}, spec: {image: i}}", &[], &[nowhere]),
            (
                "{kind: A, metadata: {name: a}, spec: {image: i}}",
                &["//A spec/image"],
                &["a spec.image = \"i:t\" (c:1:19 t)"],
            ),
            ("{kind: A, metadata: {name: a}, spec: {image: i}}", &["//B spec/image"], &[nowhere]),
            (
                "{kind: CustomResourceDefinition, metadata: {name: a}, containers: [{image: i}]}",
                &["// containers[]/image"],
                &[nowhere],
            ),
            (
                "{kind: A, metadata: {name: a}, containers: [i]}",
                &[],
                &["error o:1:45 i: a container must be a mapping"],
            ),
            (
                "{kind: A, metadata: {name: a}, containers: [{image: i}, {image: []}]}",
                &[],
                &["error o:1:65 []: an image must be a scalar"],
            ),
            (
                "{kind: A, metadata: {name: a}, spec: {image: {}}}",
                &["// spec/image"],
                &["error o:1:46 {}: an image must be a scalar"],
            ),
        ] {
            assert_eq!(set(object, "{name: i, newTag: t}", specs), expected, "{object}");
        }
    }

    #[test]
    fn a_field_of_both_passes_is_changed_twice() {
        let object = "{kind: A, metadata: {name: a}, spec: {containers: [{image: 'i:1'}]}}";
        let found = set(object, "{name: i, tagSuffix: -t}", &["// spec/containers[]/image"]);
        assert_eq!(found, ["a spec.containers[0].image = \"i:1-t-t\" (c:1:22 -t)"]);
    }

    #[test]
    fn every_part_knows_where_it_was_written() {
        let map = files(&[
            ("c", "{name: i, newTag: t}"),
            ("o", "{kind: A, metadata: {name: a}, containers: [{image: 'i:1'}]}"),
        ]);
        let (mut objects, config) = (resources(&map, 1), trees(&map, 0));
        let item = Cursor::new(&map, &config[0]);
        assert_eq!(apply(&mut stage(&map), &mut objects, item.span(), item, &[]), Ok(()));
        let expected = "containers[0].image = i:t from o:1:54 i and c:1:19 t | images c:1:1 {name: i, newTag: t}; \
                        value c:1:19 t; value o:1:54 i; replaced o:1:53 'i:1'";
        assert_eq!(origins(&map, &objects[0].tree), [expected]);
        let root = objects[0].root(&map);
        let image = root.get("containers").and_then(|list| list.items().next()?.get("image"));
        let Some(image) = image else { panic!("{root:?}", root = root.json_path(0)) };
        let tag = map.editable(image.part(2, 3), image.step());
        assert_eq!(tag, item.get("newTag").map(|tag| tag.span()));
    }
}
