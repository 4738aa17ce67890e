//! The transformers that a kustomization's own fields ask for, in Kustomize's fixed order.
//!
//! Owns the order and the way from a field to a transformer's arguments. Must not know how a transformer works.

use crate::model::secret::object;
use crate::render::Gap;
use crate::source::{Span, StepKind};
use crate::yaml::{Cursor, Tree};

use super::accumulate::{Accumulation, Build, Log, not_rendered};
use super::affix::Affix;
use super::error::{BuildError, Result};
use super::facts::{Conflict, FieldSpec, FieldSpecs, METADATA_LABELS, MergeSchema};
use super::files::{Documents, Place};
use super::kustomization::Kustomization;
use super::namespace::{Namespace, RoleBindingSubjects};
use super::patches::PatchEntry;
use super::resource::Plugin;
use super::stage::{Stage, string_field};
use super::{affix, config, images, labels, load, namespace, patches, remote, replacements, replicas};

/// Runs them all.
pub(super) fn run(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    let map = build.builder.files.map;
    let field = |name: &str| kustomization.field(map, name);
    let items = |name: &str| kustomization.items(map, name);

    let strategic = items("patchesStrategicMerge");
    let entries = strategic.into_iter().map(|item| strategic_entry(build, kustomization, item, to, log));
    let entries: Vec<PatchEntry<'_>> = entries.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if let Some(first) = entries.first().filter(|_| entries.iter().all(|entry| entry.documents.is_empty())) {
        return Err(BuildError::new(first.entry, "the patches are empty"));
    }
    for entry in &entries {
        change(build, to, log, |stage, to, schema| {
            patches::apply_strategic(stage, schema, &mut to.resources, entry)
        })?;
    }
    // One transformer for all of them, and so it is with replacements.
    if let Some(first) = entries.first() {
        remember(to, &Plugin::of_field(first.entry, "PatchStrategicMergeTransformer"));
    }
    for item in items("patches") {
        let Some(entry) = patch_entry(build, kustomization, item, "patch", to, log)? else { continue };
        transform(build, to, log, item.span(), "PatchTransformer", |stage, to, schema| {
            patches::apply(stage, schema, &mut to.resources, &entry)
        })?;
    }
    if let Some(value) = field("namespace") {
        let specs = to.config.get().namespace.clone();
        let namespace = Namespace {
            entry: value.span(),
            value,
            unset_only: false,
            subjects: RoleBindingSubjects::DefaultOnly,
            specs: &specs,
        };
        transform(build, to, log, value.span(), "NamespaceTransformer", |stage, to, _| {
            namespace::apply(stage, &mut to.resources, &namespace)
        })?;
    }
    if let Some(value) = field("namePrefix") {
        let specs = to.config.get().name_prefix.clone();
        transform(build, to, log, value.span(), "PrefixTransformer", |stage, to, _| {
            affix::apply(stage, &mut to.resources, value.span(), value, Affix::Prefix, &specs)
        })?;
    }
    if let Some(value) = field("nameSuffix") {
        let specs = to.config.get().name_suffix.clone();
        transform(build, to, log, value.span(), "SuffixTransformer", |stage, to, _| {
            affix::apply(stage, &mut to.resources, value.span(), value, Affix::Suffix, &specs)
        })?;
    }
    for item in items("labels") {
        let specs = label_specs(to, item)?;
        let Some(pairs) = item.get("pairs") else { continue };
        transform(build, to, log, item.span(), "LabelTransformer", |stage, to, _| {
            labels::apply(stage, &mut to.resources, item.span(), pairs, &specs, StepKind::Labels)
        })?;
    }
    if let Some(pairs) = field("commonLabels") {
        let specs = to.config.get().common_labels.clone();
        transform(build, to, log, pairs.span(), "LabelTransformer", |stage, to, _| {
            labels::apply(stage, &mut to.resources, pairs.span(), pairs, &specs, StepKind::Labels)
        })?;
    }
    if let Some(pairs) = field("commonAnnotations") {
        let specs = to.config.get().common_annotations.clone();
        transform(build, to, log, pairs.span(), "AnnotationsTransformer", |stage, to, _| {
            labels::apply(stage, &mut to.resources, pairs.span(), pairs, &specs, StepKind::Annotations)
        })?;
    }
    for item in items("patchesJson6902") {
        let Some(entry) = patch_entry(build, kustomization, item, "patch", to, log)? else { continue };
        transform(build, to, log, item.span(), "PatchJson6902Transformer", |stage, to, schema| {
            patches::apply_json6902(stage, schema, &mut to.resources, &entry)
        })?;
    }
    for item in items("replicas") {
        let specs = to.config.get().replicas.clone();
        transform(build, to, log, item.span(), "ReplicaCountTransformer", |stage, to, _| {
            replicas::apply(stage, &mut to.resources, item.span(), item, &specs)
        })?;
    }
    for item in items("images").into_iter().chain(items("imageTags")) {
        let specs = to.config.get().images.clone();
        transform(build, to, log, item.span(), "ImageTagTransformer", |stage, to, _| {
            images::apply(stage, &mut to.resources, item.span(), item, &specs)
        })?;
    }
    let replacements = items("replacements");
    for item in &replacements {
        replace(build, kustomization, *item, to, log)?;
    }
    if let Some(first) = replacements.first() {
        remember(to, &Plugin::of_field(first.span(), "ReplacementTransformer"));
    }
    Ok(())
}

/// Runs one transformer, which a field of the kustomization configures.
fn transform(
    build: &mut Build<'_, '_>,
    to: &mut Accumulation,
    log: &mut Log,
    configured_in: Span,
    kind: &str,
    run: impl FnOnce(&mut Stage<'_>, &mut Accumulation, &MergeSchema) -> Result<()>,
) -> Result<()> {
    change(build, to, log, run)?;
    remember(to, &Plugin::of_field(configured_in, kind));
    Ok(())
}

/// What a transformer does, or a part of it. Objects that it emptied are dropped.
pub(super) fn change(
    build: &mut Build<'_, '_>,
    to: &mut Accumulation,
    log: &mut Log,
    run: impl FnOnce(&mut Stage<'_>, &mut Accumulation, &MergeSchema) -> Result<()>,
) -> Result<()> {
    let map = build.builder.files.map;
    let mut stage = Stage { map, events: Vec::new(), secrets: Vec::new(), partial: to.partial };
    let own_schema = build.own_schema.as_deref();
    let result = run(&mut stage, to, own_schema.unwrap_or(MergeSchema::builtin()));
    log.events.append(&mut stage.events);
    log.secrets.append(&mut stage.secrets);
    result?;
    to.resources.retain(|resource| resource.tree.nodes().first().is_some_and(|root| root.aux > 0));
    Ok(())
}

/// All objects remember a transformer that ran, whether or not it changed them.
pub(super) fn remember(to: &mut Accumulation, plugin: &Plugin) {
    to.resources.iter_mut().for_each(|resource| resource.transformers.push(plugin.clone()));
}

/// An item of `replacements`: the replacement itself, or a file with one or a list of them.
pub(super) fn replace(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    item: Cursor<'_>,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    let map = build.builder.files.map;
    let Some(path) = item.get("path") else {
        return change(build, to, log, |stage, to, _| replacements::apply(stage, &mut to.resources, item));
    };
    if let Some(extra) = ["source", "targets"].iter().find_map(|name| item.get(name)) {
        let message = "a replacement has either `path` or `source` and `targets`";
        return Err(BuildError::new(extra.key().unwrap_or(extra).span(), message));
    }
    for tree in named_documents(build, kustomization, path, to, log)? {
        let root = Cursor::new(map, &tree);
        let list: Vec<Cursor<'_>> = if root.is_seq() { root.items().collect() } else { vec![root] };
        for replacement in list {
            change(build, to, log, |stage, to, _| {
                replacements::apply(stage, &mut to.resources, replacement)
            })?;
        }
    }
    Ok(())
}

/// The fields that an item of `labels` reaches.
fn label_specs(to: &Accumulation, item: Cursor<'_>) -> Result<FieldSpecs> {
    let conflict =
        |conflict: Box<Conflict>| config::conflicting(&conflict, item.get("fields").unwrap_or(item).span());
    let fields = item.get("fields").into_iter().flat_map(|fields| fields.items());
    let fields = fields.map(config::field_spec).collect::<Result<Vec<FieldSpec>>>()?;
    let mut specs = FieldSpecs::from(fields);
    specs.merge_all(&to.config.get().labels).map_err(conflict)?;
    let flag = |name: &str| item.get(name).and_then(|flag| flag.bool()).unwrap_or(false);
    if flag("includeSelectors") {
        specs.merge_all(&to.config.get().common_labels).map_err(conflict)?;
        return Ok(specs);
    }
    if flag("includeTemplates") {
        specs.merge_all(&to.config.get().template_labels).map_err(conflict)?;
    }
    specs.merge_one(METADATA_LABELS.clone()).map_err(conflict)?;
    Ok(specs)
}

/// An item of `patches` or a document of a patch transformer: `path`, or the patch itself under `inline`. `None` when
/// the patch is far away.
pub(super) fn patch_entry<'a>(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    item: Cursor<'a>,
    inline: &str,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Option<PatchEntry<'a>>> {
    let text = |name: &str| string_field(item, name).map(|text| text.filter(|text| !text.is_empty()));
    let (path, patch) = (text("path")?, text(inline)?);
    let (at, documents) = match (path, patch) {
        (Some(_), Some(_)) => {
            let message = format!("a patch has `path` or `{inline}`, not both");
            return Err(BuildError::new(item.span(), message));
        }
        (None, None) => {
            let message = format!("a patch needs `path` or `{inline}`");
            return Err(BuildError::new(item.span(), message));
        }
        (Some(_), None) => {
            let Some(at) = item.get("path") else { return Ok(None) };
            let Some(path) = build.file(kustomization, at)? else {
                let message =
                    format!("the patch `{}` is not read", remote::shown(&at.text().unwrap_or_default()));
                not_rendered(to, log, Gap::RemoteFile, at.span(), message);
                return Ok(None);
            };
            let documents = build.builder.files.documents(&path, at.span())?;
            note_secrets(build, &documents, item, log);
            load::readable(&documents)?;
            (at, documents.trees.clone())
        }
        (None, Some(_)) => {
            let Some(at) = item.get(inline) else { return Ok(None) };
            let documents = build.builder.files.embedded(at);
            note_secrets(build, &documents, item, log);
            load::readable(&documents)?;
            (at, documents.trees)
        }
    };
    let (target, options) = (item.get("target"), item.get("options"));
    Ok(Some(PatchEntry {
        entry: item.span(),
        at: at.span(),
        documents,
        target: target.filter(|target| !target.is_null()),
        options: options.filter(|options| !options.is_null()),
    }))
}

/// Notes what a patch for Secrets holds, which nothing else of it may say. Of a text that nobody can read that is all.
fn note_secrets(build: &Build<'_, '_>, documents: &Documents, item: Cursor<'_>, log: &mut Log) {
    if !item.get("target").is_some_and(object::is_targeted) {
        return;
    }
    let map = build.builder.files.map;
    if let Err(error) = load::readable(documents) {
        let source = error.span.source;
        log.secrets.push(Span::new(source, 0, map.source(source).text().len() as u32));
    }
    for tree in &documents.trees {
        log.secrets.extend(patches::values_for_secret(Cursor::new(map, tree)));
    }
}

/// An item of `patchesStrategicMerge`: a file, or the patch itself.
pub(super) fn strategic_entry(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    item: Cursor<'_>,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Option<PatchEntry<'static>>> {
    let text = item.text().unwrap_or_default();
    let place = build.builder.files.place(&kustomization.directory, &text);
    // A path has no line break, and a patch of one line is a mapping.
    let is_inline = !matches!(place, Place::File(_)) && (text.contains('\n') || text.contains(": "));
    let documents = if is_inline {
        let documents = build.builder.files.embedded(item);
        load::readable(&documents)?;
        documents.trees
    } else {
        let before = log.events.len();
        let documents = named_documents(build, kustomization, item, to, log)?;
        if log.events[before..].iter().any(|event| event.kind.is_gap()) {
            return Ok(None);
        }
        documents
    };
    Ok(Some(PatchEntry { entry: item.span(), at: item.span(), documents, target: None, options: None }))
}

/// The documents of a file that a scalar names; none when it is far away.
pub(super) fn named_documents(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    scalar: Cursor<'_>,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Vec<Tree>> {
    let Some(path) = build.file(kustomization, scalar)? else {
        let shown = remote::shown(&scalar.text().unwrap_or_default());
        not_rendered(to, log, Gap::RemoteFile, scalar.span(), format!("`{shown}` is not read"));
        return Ok(Vec::new());
    };
    let documents = build.builder.files.documents(&path, scalar.span())?;
    load::readable(&documents)?;
    Ok(documents.trees.clone())
}
