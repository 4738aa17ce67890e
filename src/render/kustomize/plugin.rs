//! `generators:`, `transformers:` and `validators:`: documents that configure the built-in plugins.
//!
//! Owns the way from such a document to the generator or transformer it names. Anything that is not built in would
//! have to be executed, which never happens: it is noted as not rendered.

use crate::render::Gap;
use crate::source::{Span, StepKind};
use crate::yaml::{Cursor, Schema, Tree, Typed};

use super::accumulate::{Accumulation, Build, Log, not_rendered};
use super::affix::Affix;
use super::error::{BuildError, Result};
use super::facts::FieldSpecs;
use super::files::Place;
use super::generator::{Generated, Request};
use super::kustomization::Kustomization;
use super::namespace::{Namespace, RoleBindingSubjects};
use super::resource::{Plugin, Resource};
use super::stage::string_field;
use super::transform::{change, named_documents, patch_entry, remember, replace, strategic_entry};
use super::{
    affix, config, hash, helm_charts, iam_policy, images, labels, load, namespace, patches, replicas, shape,
    value_add,
};

/// The `apiVersion` of built-in plugins.
const BUILT_IN: &str = "builtin";

/// Runs what `generators:` names.
pub(super) fn generators(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    for (plugin, at) in plugins(build, kustomization, "generators", to, log)? {
        let map = build.builder.files.map;
        let root = plugin.root(map);
        match built_in(&plugin) {
            Some(kind @ ("ConfigMapGenerator" | "SecretGenerator")) => {
                let is_secret = kind == "SecretGenerator";
                let what = if is_secret { Generated::Secret } else { Generated::ConfigMap };
                let request = Request { what, entry: root, global: None, by: Plugin::of_document(&plugin) };
                build.generate_one(kustomization, request, to, log)?;
            }
            Some("IAMPolicyGenerator") => {
                let mut made = iam_policy::generate(map, root)?;
                made.generator = Some(Plugin::of_document(&plugin));
                super::accumulate::append(map, to, vec![made], Some(root.span()))?;
            }
            Some("HelmChartInflationGenerator") => {
                let by = Plugin::of_document(&plugin);
                helm_charts::inflate(build, kustomization, root, &by, to, log)?;
            }
            Some(kind) => return Err(unknown(kind, root)),
            None => foreign(&plugin, at, to, log),
        }
    }
    Ok(())
}

/// Runs what `transformers:` names.
pub(super) fn transformers(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    for (plugin, at) in plugins(build, kustomization, "transformers", to, log)? {
        match built_in(&plugin) {
            Some(kind) => {
                run(build, kustomization, kind, &plugin, to, log)?;
                remember(to, &Plugin::of_document(&plugin));
            }
            None => foreign(&plugin, at, to, log),
        }
    }
    Ok(())
}

/// Runs what `validators:` names: transformers that must not change anything.
pub(super) fn validators(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    for (plugin, at) in plugins(build, kustomization, "validators", to, log)? {
        let Some(kind) = built_in(&plugin) else {
            foreign(&plugin, at, to, log);
            continue;
        };
        let before: Vec<Tree> = to.resources.iter().map(|resource| resource.tree.clone()).collect();
        run(build, kustomization, kind, &plugin, to, log)?;
        let map = build.builder.files.map;
        let is_kept = |(before, after): (&Tree, &Resource)| {
            before.shares(&after.tree) || says_the_same(Cursor::new(map, before), after.root(map))
        };
        let kept = before.len() == to.resources.len() && before.iter().zip(&to.resources).all(is_kept);
        if !kept {
            let message = format!("the validator {} changes objects", plugin.id.name);
            return Err(BuildError::new(plugin.root(map).span(), message));
        }
    }
    Ok(())
}

/// Whether two values are the same: what is set to what it was is not changed.
fn says_the_same(a: Cursor<'_>, b: Cursor<'_>) -> bool {
    if a.is_map() && b.is_map() {
        let of_b = |key: Cursor<'_>| key.text().and_then(|key| b.get(&key));
        let entries = a.entries();
        return entries.len() == b.entries().len()
            && entries.iter().all(|it| of_b(it.key).is_some_and(|other| says_the_same(it.value, other)));
    }
    if a.is_seq() && b.is_seq() {
        return a.items().count() == b.items().count()
            && a.items().zip(b.items()).all(|(a, b)| says_the_same(a, b));
    }
    let is_text = |of: Cursor<'_>| of.typed_as(Schema::GoYamlV3, |typed| matches!(typed, Typed::Str(_)));
    a.text().is_some() && a.text() == b.text() && is_text(a) == is_text(b)
}

/// The documents that a field names, each with the entry that names it. Kustomize reads those that stand in the
/// kustomization itself first.
fn plugins(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    field: &str,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Vec<(Resource, Span)>> {
    let map = build.builder.files.map;
    let (mut inline, mut named) = (Vec::new(), Vec::new());
    for item in kustomization.items(map, field) {
        let text = item.text().unwrap_or_default();
        let is_path = !matches!(build.builder.files.place(&kustomization.directory, &text), Place::Missing);
        let is_inline = !is_path && (text.contains('\n') || text.contains(": "));
        let found = if is_inline {
            load::resources(map, &build.builder.files.embedded(item))?
        } else {
            let mut apart = Accumulation::default();
            build.resource(kustomization, item, &mut apart, log)?;
            to.partial |= apart.partial;
            apart.resources
        };
        let plugins = if is_inline { &mut inline } else { &mut named };
        plugins.extend(found.into_iter().map(|mut plugin| {
            if built_in(&plugin).is_some() {
                plugin.set_tree(map, shape::plugin(map, &plugin.tree));
            }
            (plugin, item.span())
        }));
    }
    inline.append(&mut named);
    Ok(inline)
}

fn built_in(plugin: &Resource) -> Option<&str> {
    let gvk = &plugin.id.gvk;
    (gvk.group.is_empty() && &*gvk.version == BUILT_IN).then_some(&*gvk.kind)
}

fn foreign(plugin: &Resource, at: Span, to: &mut Accumulation, log: &mut Log) {
    let message = format!("{} is a plugin that would have to be executed; it is not run", plugin.id.gvk.kind);
    not_rendered(to, log, Gap::Plugin, at, message);
}

fn unknown(kind: &str, root: Cursor<'_>) -> BuildError {
    let at = root.get("kind").unwrap_or(root).span();
    BuildError::new(at, format!("`{kind}` is no built-in plugin of this sort"))
}

/// Runs a built-in transformer.
fn run(
    build: &mut Build<'_, '_>,
    kustomization: &Kustomization,
    kind: &str,
    plugin: &Resource,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<()> {
    let map = build.builder.files.map;
    let root = plugin.root(map);
    let specs = specs(root)?;
    let at = root.span();
    match kind {
        "NamespaceTransformer" => {
            let value = root.path(&["metadata", "namespace"]).filter(|value| !value.is_null());
            let Some(value) = value else { return Ok(()) };
            let subjects = root.get("setRoleBindingSubjects");
            let subjects = match subjects.and_then(|it| it.text()).as_deref() {
                None | Some("" | "defaultOnly") => RoleBindingSubjects::DefaultOnly,
                Some("allServiceAccounts") => RoleBindingSubjects::All,
                Some("none") => RoleBindingSubjects::None,
                Some(other) => {
                    let message = format!("`{other}` is no value of setRoleBindingSubjects");
                    return Err(BuildError::new(subjects.unwrap_or(root).span(), message));
                }
            };
            let unset_only = root.get("unsetOnly").and_then(|flag| flag.bool()).unwrap_or(false);
            let namespace = Namespace { entry: at, value, unset_only, subjects, specs: &specs };
            change(build, to, log, |stage, to, _| namespace::apply(stage, &mut to.resources, &namespace))
        }
        // Its old name is still in use: prefix and suffix in one document.
        "PrefixSuffixTransformer" => {
            for (name, affix) in [("prefix", Affix::Prefix), ("suffix", Affix::Suffix)] {
                let Some(value) = root.get(name).filter(|value| !value.is_null()) else { continue };
                change(build, to, log, |stage, to, _| {
                    affix::apply(stage, &mut to.resources, at, value, affix, &specs)
                })?;
            }
            Ok(())
        }
        "PrefixTransformer" | "SuffixTransformer" => {
            let (name, affix) = match kind {
                "PrefixTransformer" => ("prefix", Affix::Prefix),
                _ => ("suffix", Affix::Suffix),
            };
            let Some(value) = root.get(name).filter(|value| !value.is_null()) else { return Ok(()) };
            change(build, to, log, |stage, to, _| {
                affix::apply(stage, &mut to.resources, at, value, affix, &specs)
            })
        }
        "LabelTransformer" | "AnnotationsTransformer" => {
            let (name, step) = match kind {
                "LabelTransformer" => ("labels", StepKind::Labels),
                _ => ("annotations", StepKind::Annotations),
            };
            let Some(pairs) = root.get(name).filter(|pairs| !pairs.is_null()) else { return Ok(()) };
            change(build, to, log, |stage, to, _| {
                labels::apply(stage, &mut to.resources, at, pairs, &specs, step)
            })
        }
        "ImageTagTransformer" => {
            let Some(image) = root.get("imageTag") else { return Ok(()) };
            change(build, to, log, |stage, to, _| images::apply(stage, &mut to.resources, at, image, &specs))
        }
        "ReplicaCountTransformer" => {
            let Some(replica) = root.get("replica") else { return Ok(()) };
            change(build, to, log, |stage, to, _| {
                replicas::apply(stage, &mut to.resources, at, replica, &specs)
            })
        }
        "PatchTransformer" => {
            let Some(entry) = patch_entry(build, kustomization, root, "patch", to, log)? else {
                return Ok(());
            };
            change(build, to, log, |stage, to, schema| {
                patches::apply(stage, schema, &mut to.resources, &entry)
            })
        }
        "PatchJson6902Transformer" => {
            let Some(entry) = patch_entry(build, kustomization, root, "jsonOp", to, log)? else {
                return Ok(());
            };
            change(build, to, log, |stage, to, schema| {
                patches::apply_json6902(stage, schema, &mut to.resources, &entry)
            })
        }
        "PatchStrategicMergeTransformer" => {
            let paths = root.get("paths").into_iter().flat_map(|paths| paths.items());
            let inline = string_field(root, "patches")?.and_then(|_| root.get("patches"));
            if inline.is_none() && root.get("paths").is_none_or(|paths| paths.items().next().is_none()) {
                return Err(BuildError::new(at, "a strategic merge needs `paths` or `patches`"));
            }
            for item in paths.chain(inline) {
                let Some(entry) = strategic_entry(build, kustomization, item, to, log)? else { continue };
                change(build, to, log, |stage, to, schema| {
                    patches::apply_strategic(stage, schema, &mut to.resources, &entry)
                })?;
            }
            Ok(())
        }
        "ReplacementTransformer" => {
            let replacements = root.get("replacements").into_iter().flat_map(|list| list.items());
            for replacement in replacements {
                replace(build, kustomization, replacement, to, log)?;
            }
            Ok(())
        }
        "ValueAddTransformer" => {
            let default = kustomization.directory.file_name().unwrap_or_default();
            let shared = root.get("targetFilePath").filter(|path| !path.is_null());
            let shared =
                shared.map(|path| named_documents(build, kustomization, path, to, log)).transpose()?;
            change(build, to, log, |stage, to, _| {
                let shared = shared.iter().flatten().map(|tree| Cursor::new(map, tree));
                value_add::apply(stage, &mut to.resources, root, shared.collect(), default)
            })
        }
        "HashTransformer" => {
            change(build, to, log, |stage, to, _| hash::add_hashes(stage, &mut to.resources))
        }
        other => Err(unknown(other, root)),
    }
}

fn specs(root: Cursor<'_>) -> Result<FieldSpecs> {
    let specs = root.get("fieldSpecs").into_iter().flat_map(|specs| specs.items());
    specs.map(config::field_spec).collect::<Result<Vec<_>>>().map(FieldSpecs::from)
}
