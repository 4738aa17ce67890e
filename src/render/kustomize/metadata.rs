//! `buildMetadata`: labels and annotations that say how an object was built.

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::{Input, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

use super::error::{BuildError, Result};
use super::finish::has_word;
use super::kustomization::Kustomization;
use super::resource::Resource;
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
            let entries = resource.transformers.iter().map(|ran| {
                format!("- {}", configured(stage, ran.configured_in, &ran.kind, from).replace('\n', "\n  "))
            });
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
    let is_generated = resource
        .root(stage.map)
        .get("kind")
        .is_some_and(|kind| stage.map.step(kind.step()).is_some_and(|step| step.what == StepKind::Generator));
    if is_generated {
        return configured(stage, resource.origin, &format!("{}Generator", resource.id.gvk.kind), from);
    }
    format!("path: {}\n", relative(stage, resource.origin, from))
}

fn configured(stage: &Stage<'_>, at: Span, kind: &str, from: &Utf8Path) -> String {
    let path = relative(stage, at, from);
    format!("configuredIn: {path}\nconfiguredBy:\n  apiVersion: builtin\n  kind: {kind}\n")
}

/// The path of a file as seen from a directory.
fn relative(stage: &Stage<'_>, at: Span, from: &Utf8Path) -> Utf8PathBuf {
    let file = stage.map.in_file(at).unwrap_or(at);
    let path = stage.map.source(file.source).path();
    let shared = from.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    up.chain(path.components().skip(shared).map(|part| part.as_str())).collect()
}
