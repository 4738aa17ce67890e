//! `buildMetadata`: labels and annotations that say how an object was built.

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::{Input, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Schema, Timestamp, Typed, resolve};

use super::error::{BuildError, Result};
use super::finish::has_word;
use super::kustomization::Kustomization;
use super::resource::{Plugin, Resource};
use super::stage::Stage;

const OPTIONS: [&str; 3] = ["originAnnotations", "transformerAnnotations", "managedByLabel"];

/// Adds what the top kustomization asks for.
pub(super) fn add(
    stage: &Stage<'_>,
    kustomization: &Kustomization,
    resources: &mut [Resource],
) -> Result<()> {
    let Some(list) = kustomization.field(stage.map, "buildMetadata") else { return Ok(()) };
    let unknown = list.items().find(|item| item.text().is_none_or(|text| !OPTIONS.contains(&&*text)));
    if let Some(unknown) = unknown {
        let message = format!("buildMetadata knows {} only", OPTIONS.join(", "));
        return Err(BuildError::new(unknown.span(), message));
    }
    let from = &*kustomization.directory;
    for resource in resources {
        if has_word(list, "managedByLabel") {
            let value = "kustomize-v5.5.0";
            set(stage, resource, list, ["labels", "app.kubernetes.io/managed-by", value], None);
        }
        if has_word(list, "originAnnotations") {
            let text = origin(stage, resource, from);
            let origin = Some(resource.origin);
            set(stage, resource, list, ["annotations", "config.kubernetes.io/origin", &text], origin);
        }
        if has_word(list, "transformerAnnotations") && !resource.transformers.is_empty() {
            let entries = resource
                .transformers
                .iter()
                .map(|ran| format!("- {}", configured(stage, ran, from).replace('\n', "\n  ")));
            let text: String = entries.map(|entry| entry.trim_end().to_owned() + "\n").collect();
            let ran: Vec<Span> = resource.transformers.iter().map(|ran| ran.configured_in).collect();
            let key = "alpha.config.kubernetes.io/transformations";
            set(stage, resource, list, ["annotations", key, &text], ran);
        }
    }
    Ok(())
}

/// Sets a label or an annotation that tells of `about`.
fn set(
    stage: &Stage<'_>,
    resource: &mut Resource,
    list: Cursor<'_>,
    [field, key, value]: [&str; 3],
    about: impl IntoIterator<Item = Span>,
) {
    let map = stage.map;
    let inputs: Vec<Input> = about.into_iter().map(|span| Input::control(span, StepId::PARSED)).collect();
    let step = stage.step(StepKind::BuildMetadata, list.span(), &inputs, StepId::PARSED);
    resource.change(map, |draft| {
        let metadata = draft.map_at(map, "metadata", list.span(), step)?;
        let fields = metadata.map_at(map, field, list.span(), step)?;
        fields.set(map, Draft::word(map, key, step), Draft::text(map.word(value), step)).then_some(())
    });
}

/// Where an object was written, or what generated it.
fn origin(stage: &Stage<'_>, resource: &Resource, from: &Utf8Path) -> String {
    match &resource.generator {
        Some(generator) => configured(stage, generator, from),
        None => format!("path: {}\n", relative(stage, resource.origin, from)),
    }
}

fn configured(stage: &Stage<'_>, plugin: &Plugin, from: &Utf8Path) -> String {
    let path = relative(stage, plugin.configured_in, from);
    let kind = &plugin.kind;
    let mut text = format!("configuredIn: {path}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n");
    for (field, value) in [("name", &plugin.name), ("namespace", &plugin.namespace)] {
        if !value.is_empty() {
            text += &format!("  {field}: {}\n", quoted(value));
        }
    }
    text
}

/// A name as go-yaml writes it: in quotes when it would be read as something else than a string.
fn quoted(name: &str) -> String {
    let is_string = matches!(resolve(name, Schema::GoYamlV3), Typed::Str(_))
        && matches!(resolve(name, Schema::GoYamlV2), Typed::Str(_))
        && Timestamp::parse(name).is_none();
    if is_string { name.to_owned() } else { format!("\"{name}\"") }
}

/// The path of a file as seen from a directory.
fn relative(stage: &Stage<'_>, at: Span, from: &Utf8Path) -> Utf8PathBuf {
    let file = stage.map.in_file(at).unwrap_or(at);
    let path = stage.map.source(file.source).path();
    let shared = from.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    up.chain(path.components().skip(shared).map(|part| part.as_str())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use camino::Utf8Path;

    use crate::config::RenderOptions;
    use crate::host::MemHost;
    use crate::model::Repository;
    use crate::render::{ReadLimits, Renderer};
    use crate::source::SourceMap;
    use crate::yaml::{Cursor, Limits};

    const FILES: [(&str, &str); 7] = [
        (
            "kustomization.yaml",
            "resources: [base]\nbuildMetadata: [originAnnotations, transformerAnnotations]\n",
        ),
        (
            "base/kustomization.yaml",
            "\
resources: [cm.yaml]
generators:
- gen.yaml
- gen
- |-
  apiVersion: builtin
  kind: SecretGenerator
  metadata: {name: '123'}
  name: secret
  options: {disableNameSuffixHash: true}
transformers:
- labels.yaml
- |-
  apiVersion: builtin
  kind: AnnotationsTransformer
  metadata: {name: inline, namespace: n}
  annotations: {x: z}
  fieldSpecs: [{path: metadata/annotations, create: true}]
validators: [labels.yaml]
patchesStrategicMerge:
- '{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {c: d}}'
- '{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {e: f}}'
",
        ),
        ("base/cm.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}}\n"),
        (
            "base/gen.yaml",
            "\
apiVersion: builtin
kind: IAMPolicyGenerator
metadata: {name: iam, namespace: n}
cloud: gke
kubernetesService: {name: account}
serviceAccount: {name: a, projectId: b}
",
        ),
        ("base/gen/kustomization.yaml", "resources: [map.yaml]\nnamePrefix: zz-\n"),
        (
            "base/gen/map.yaml",
            "{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: map}, name: map, literals: [k=v]}\n",
        ),
        (
            "base/labels.yaml",
            "\
apiVersion: builtin
kind: AnnotationsTransformer
metadata: {name: named}
annotations: {x: y}
fieldSpecs: [{path: metadata/annotations, create: true}]
",
        ),
    ];

    /// The annotation of the object of this name that begins so.
    fn annotation(name: &str, key: &str) -> String {
        let (map, repository) = (SourceMap::default(), Repository::default());
        let host = MemHost::new(FILES);
        let limits = ReadLimits { yaml: Limits::default(), file_size: 1 << 20 };
        let options = RenderOptions::default();
        let renderer = Renderer::new(&map, &repository, &host, Utf8Path::new("/"), limits, options);
        let unit = renderer.directory(Utf8Path::new("")).unwrap().unit;
        assert_eq!(unit.events, []);
        let mut objects = unit.objects.iter().map(|object| Cursor::new(&map, &object.tree));
        let object =
            objects.find(|root| root.path(&["metadata", "name"]).unwrap().text().unwrap().starts_with(name));
        let annotations = object.unwrap().path(&["metadata", "annotations"]).unwrap();
        annotations.get(key).unwrap().text().unwrap().into_owned()
    }

    // What is expected here is what `kubectl kustomize` 5.5.0 printed.

    #[test]
    fn what_a_document_generates_names_the_document() {
        let origin = |name| annotation(name, "config.kubernetes.io/origin");
        let by = |file: &str, kind: &str, called: &str| {
            format!(
                "configuredIn: {file}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n  {called}\n"
            )
        };
        assert_eq!(origin("plain"), "path: base/cm.yaml\n");
        let expected = by("base/gen.yaml", "IAMPolicyGenerator", "name: iam\n  namespace: \"n\"");
        assert_eq!(origin("account"), expected);
        assert_eq!(origin("map"), by("base/gen/map.yaml", "ConfigMapGenerator", "name: zz-map"));
        let expected = by("base/kustomization.yaml", "SecretGenerator", "name: \"123\"");
        assert_eq!(origin("secret"), expected);
    }

    #[test]
    fn transformers_stand_once_each_and_inline_ones_first() {
        let expected = "\
- configuredIn: base/kustomization.yaml
  configuredBy:
    apiVersion: builtin
    kind: PatchStrategicMergeTransformer
- configuredIn: base/kustomization.yaml
  configuredBy:
    apiVersion: builtin
    kind: AnnotationsTransformer
    name: inline
    namespace: \"n\"
- configuredIn: base/labels.yaml
  configuredBy:
    apiVersion: builtin
    kind: AnnotationsTransformer
    name: named
";
        assert_eq!(annotation("plain", "alpha.config.kubernetes.io/transformations"), expected);
        assert_eq!(annotation("plain", "x"), "y");
    }
}
