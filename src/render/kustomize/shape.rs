//! The fields of a kustomization and their types: Kustomize refuses what it does not know.
//!
//! Owns the table (`api/types/kustomization.go` and its neighbours of Kustomize 5.5.0) and the check against it.
//! Must not know what a field does.

use crate::source::{SourceMap, Span};
use crate::yaml::{Cursor, Draft, Tree};

use super::error::{BuildError, Errors, Result};
use super::go;

/// The type of a field, as Go's JSON decoder sees it. Null is the zero value of any of them.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Text,
    Bool,
    Int,
    /// Checked by whoever reads it, or by nobody.
    Any,
    /// A mapping with keys of any name.
    Map(&'static Shape),
    List(&'static Shape),
    /// A mapping with these keys.
    Fields(&'static [(&'static str, Shape)]),
    /// A field that Kustomize has learned after 5.5: what it does is not rendered.
    Newer,
}

use Shape::{Any, Bool, Fields, Int, List, Map, Newer, Text};

const TEXTS: Shape = List(&Text);
const TEXT_MAP: Shape = Map(&Text);

const FIELD_SPEC: Shape =
    Fields(&[("group", Text), ("version", Text), ("kind", Text), ("path", Text), ("create", Bool)]);

const GENERATOR_OPTIONS: Shape = Fields(&[
    ("labels", TEXT_MAP),
    ("annotations", TEXT_MAP),
    ("disableNameSuffixHash", Bool),
    ("immutable", Bool),
]);

const SELECTOR: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
]);

const PATCH: Shape =
    Fields(&[("path", Text), ("patch", Text), ("target", SELECTOR), ("options", Map(&Bool))]);

const CONFIG_MAP: Shape = Fields(&[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
]);

const SECRET: Shape = Fields(&[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", TEXTS),
    ("files", TEXTS),
    ("envs", TEXTS),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
    ("type", Text),
]);

const IMAGE: Shape =
    Fields(&[("name", Text), ("newName", Text), ("tagSuffix", Text), ("newTag", Text), ("digest", Text)]);

const LABEL: Shape = Fields(&[
    ("pairs", TEXT_MAP),
    ("includeSelectors", Bool),
    ("includeTemplates", Bool),
    ("fields", List(&FIELD_SPEC)),
    ("includeVolumeClaimTemplates", Newer),
]);

const VAR: Shape = Fields(&[
    ("name", Text),
    (
        "objref",
        Fields(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", Fields(&[("fieldPath", Text)])),
]);

const SORT_OPTIONS: Shape =
    Fields(&[("order", Text), ("legacySortOptions", Fields(&[("orderFirst", TEXTS), ("orderLast", TEXTS)]))]);

const METADATA: Shape =
    Fields(&[("name", Text), ("namespace", Text), ("labels", TEXT_MAP), ("annotations", TEXT_MAP)]);

/// The fields of a kustomization.
const KUSTOMIZATION: &[(&str, Shape)] = &[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", METADATA),
    ("openapi", TEXT_MAP),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", TEXT_MAP),
    ("labels", List(&LABEL)),
    ("commonAnnotations", TEXT_MAP),
    ("patchesStrategicMerge", TEXTS),
    ("patchesJson6902", List(&PATCH)),
    ("patches", List(&PATCH)),
    ("images", List(&IMAGE)),
    ("imageTags", List(&IMAGE)),
    ("replacements", List(&Any)),
    ("replicas", List(&Fields(&[("name", Text), ("count", Int)]))),
    ("vars", List(&VAR)),
    ("sortOptions", SORT_OPTIONS),
    ("resources", TEXTS),
    ("components", TEXTS),
    ("crds", TEXTS),
    ("bases", TEXTS),
    ("configMapGenerator", List(&CONFIG_MAP)),
    ("secretGenerator", List(&SECRET)),
    ("helmGlobals", Any),
    ("helmCharts", List(&Any)),
    ("helmChartInflationGenerator", List(&Any)),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", TEXTS),
    ("generators", TEXTS),
    ("transformers", TEXTS),
    ("validators", TEXTS),
    ("buildMetadata", TEXTS),
];

const FIELD_SPECS: Shape = List(&FIELD_SPEC);

/// The fields of a file under `configurations:`.
const CONFIGURATION: &[(&str, Shape)] = &[
    ("namePrefix", FIELD_SPECS),
    ("nameSuffix", FIELD_SPECS),
    ("namespace", FIELD_SPECS),
    ("commonLabels", FIELD_SPECS),
    ("labels", FIELD_SPECS),
    ("templateLabels", FIELD_SPECS),
    ("commonAnnotations", FIELD_SPECS),
    (
        "nameReference",
        List(&Fields(&[("group", Text), ("version", Text), ("kind", Text), ("fieldSpecs", FIELD_SPECS)])),
    ),
    ("varReference", FIELD_SPECS),
    ("images", FIELD_SPECS),
    ("replicas", FIELD_SPECS),
];

/// What there is to say about the fields of a kustomization that has no wrong ones.
#[derive(Default)]
pub(super) struct Checked {
    /// Fields that Kustomize 5.5 does not know but newer ones do.
    pub newer: Vec<(Span, &'static str)>,
    /// A key is written in another case than the table's.
    pub is_odd: bool,
    errors: Errors,
}

/// Checks all fields of a kustomization.
pub(super) fn check(root: Cursor<'_>) -> Result<Checked> {
    let mut checked = Checked::default();
    check_fields(root, KUSTOMIZATION, "a kustomization", &mut checked);
    std::mem::take(&mut checked.errors).end()?;
    Ok(checked)
}

/// The fields of documents under `generators:` and `transformers:` that are not those of a kustomization's items.
const PLUGIN: &[(&str, Shape)] = &[
    ("labels", TEXT_MAP),
    ("annotations", TEXT_MAP),
    ("fieldSpecs", List(&FIELD_SPEC)),
    ("imageTag", IMAGE),
    ("replica", Fields(&[("name", Text), ("count", Int)])),
    ("prefix", Text),
    ("suffix", Text),
    ("path", Text),
    ("patch", Text),
    ("jsonOp", Text),
    ("paths", TEXTS),
    ("patches", Text),
    ("target", SELECTOR),
    ("replacements", List(&Any)),
    ("unsetOnly", Bool),
    ("setRoleBindingSubjects", Text),
    ("value", Text),
    ("targets", List(&Any)),
    ("targetFilePath", Text),
];

/// The same tree with all keys in the case of the table. Go's decoder takes any case; few people write any other.
pub(super) fn canonical(map: &SourceMap, tree: &Tree) -> Tree {
    rewritten(map, tree, KUSTOMIZATION)
}

/// The document of a plugin with its keys in the case of the table, and with texts where texts are wanted: such
/// documents are read by a decoder that turns numbers and booleans into them.
pub(super) fn plugin(map: &SourceMap, tree: &Tree) -> Tree {
    rewritten(map, tree, PLUGIN)
}

/// Checks a file under `configurations:`, and gives it with all keys in the case of the table.
pub(super) fn configuration(map: &SourceMap, tree: &Tree) -> Result<Tree> {
    let mut checked = Checked::default();
    check_shape(Cursor::new(map, tree), Fields(CONFIGURATION), "configurations", &mut checked);
    checked.errors.end()?;
    Ok(if checked.is_odd { rewritten(map, tree, CONFIGURATION) } else { tree.clone() })
}

fn rewritten(map: &SourceMap, tree: &Tree, fields: &'static [(&'static str, Shape)]) -> Tree {
    let mut draft = Draft::new(tree);
    rename(map, &mut draft, Fields(fields));
    draft.freeze()
}

fn rename(map: &SourceMap, value: &mut Draft, shape: Shape) {
    match shape {
        Fields(fields) => {
            for (key, value) in value.entries_mut().into_iter().flatten() {
                let name = key.scalar(map).unwrap_or_default();
                let Some((known, shape)) = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name))
                else {
                    continue;
                };
                if *known != name {
                    let node = key.node();
                    let span = map.compose(&[(known, Some((node.span, node.step)))]);
                    *key = Draft::key(map, span, node.step);
                }
                rename(map, value, *shape);
            }
        }
        List(item) => value.items_mut().into_iter().flatten().for_each(|value| rename(map, value, *item)),
        Map(of) => {
            value.entries_mut().into_iter().flatten().for_each(|(_, value)| rename(map, value, *of));
        }
        Text => {
            let tree = value.freeze();
            let scalar = Cursor::new(map, &tree);
            if scalar.text().is_some() && scalar.string().is_none() && !scalar.is_null() {
                let text = go::text(scalar).unwrap_or_default();
                let from = Some((scalar.span(), scalar.step()));
                *value = Draft::text(map.compose(&[(&text, from)]), scalar.step());
            }
        }
        Bool | Int | Any | Newer => {}
    }
}

/// Whether a mapping has a field of a kustomization beside `apiVersion`, `kind` and `metadata`.
pub(super) fn says_something(root: Cursor<'_>) -> bool {
    root.entries().iter().any(|entry| {
        let is_type = |name: &str| matches!(name, "apiVersion" | "kind");
        // An empty list says something to Go, empty text does not.
        let holds = !entry.value.is_null() && entry.value.text().is_none_or(|text| !text.is_empty());
        entry.key.text().is_some_and(|key| !is_type(&key)) && holds
    })
}

fn check_fields(
    value: Cursor<'_>,
    fields: &'static [(&'static str, Shape)],
    whole: &str,
    checked: &mut Checked,
) {
    for entry in value.entries() {
        let key = entry.key.text().unwrap_or_default();
        let known = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key));
        checked.is_odd |= known.is_some_and(|(name, _)| *name != key);
        match known {
            Some((name, Newer)) => checked.newer.push((entry.key.span(), name)),
            Some((name, shape)) => check_shape(entry.value, *shape, name, checked),
            None => {
                let message = format!("`{key}` is not a field of {whole}");
                checked.errors.note::<()>(Err(BuildError::new(entry.key.span(), message)));
            }
        }
    }
}

fn check_shape(value: Cursor<'_>, shape: Shape, name: &str, checked: &mut Checked) {
    if value.is_null() {
        return;
    }
    let wanted = match shape {
        Text if value.string().is_none() && value.text().is_some() => "a string; put it in quotes",
        Text if value.string().is_none() => "a string",
        Bool if value.bool().is_none() => "true or false",
        Int if value.int().is_none() => "a whole number",
        Text | Bool | Int | Any | Newer => return,
        List(item) if value.is_seq() => {
            let name = format!("{name}[]");
            return value.items().for_each(|it| check_shape(it, *item, &name, checked));
        }
        List(_) => "a list",
        Map(of) if value.is_map() => {
            return value.entries().into_iter().for_each(|entry| {
                let key = entry.key.text().unwrap_or_default();
                check_shape(entry.value, *of, &format!("{name}.{key}"), checked);
            });
        }
        Fields(fields) if value.is_map() => {
            return check_fields(value, fields, &format!("`{name}`"), checked);
        }
        Map(_) | Fields(_) => "a mapping",
    };
    let message = format!("`{name}` must be {wanted}");
    checked.errors.note::<()>(Err(BuildError::new(value.span(), message)));
}
