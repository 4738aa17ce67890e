//! The built-in `IAMPolicyGenerator`: a service account bound to one of Google Cloud.

use crate::source::{Input, SourceMap, Step, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

use super::error::{BuildError, Result};
use super::resource::Resource;

/// Makes the object that a generator's document asks for.
pub(super) fn generate(map: &SourceMap, plugin: Cursor<'_>) -> Result<Resource> {
    let text = |path: &[&str]| -> Result<Cursor<'_>> {
        let value = plugin.path(path).filter(|value| value.string().is_some_and(|text| !text.is_empty()));
        value.ok_or_else(|| BuildError::new(plugin.span(), format!("`{}` is needed", path.join("."))))
    };
    let cloud = text(&["cloud"])?;
    if cloud.text().is_none_or(|cloud| cloud != "gke") {
        return Err(BuildError::new(cloud.span(), "the only cloud that is known is `gke`"));
    }
    let (account, project) = (text(&["serviceAccount", "name"])?, text(&["serviceAccount", "projectId"])?);
    let name = text(&["kubernetesService", "name"])?;
    let entry = plugin.span();
    let record = |inputs: &[Cursor<'_>]| {
        let inputs = inputs.iter().map(|input| Input::value(input.span(), input.step())).collect();
        map.record(Step { what: StepKind::Generator, entry, inputs, previous: StepId::PARSED })
    };
    let step = record(&[]);
    let copy = |value: Cursor<'_>| Draft::put(&value.tree(), record(&[value]));
    let piece = |value: Cursor<'_>| Some((value.span(), value.step()));
    let member = map.compose(&[
        (&account.text().unwrap_or_default(), piece(account)),
        ("@", None),
        (&project.text().unwrap_or_default(), piece(project)),
        (".iam.gserviceaccount.com", None),
    ]);
    let word = |word: &str| Draft::word(map, word, step);
    let text_of = |word: &str| Draft::text(map.word(word), step);
    let mut annotations = Draft::map(entry, step);
    annotations.set(
        map,
        word("iam.gke.io/gcp-service-account"),
        Draft::text(member, record(&[account, project])),
    );
    let mut metadata = Draft::map(entry, step);
    metadata.set(map, word("annotations"), annotations);
    metadata.set(map, word("name"), copy(name));
    if let Ok(namespace) = text(&["kubernetesService", "namespace"]) {
        metadata.set(map, word("namespace"), copy(namespace));
    }
    let mut root = Draft::map(entry, step);
    root.set(map, word("apiVersion"), text_of("v1"));
    root.set(map, word("kind"), text_of("ServiceAccount"));
    root.set(map, word("metadata"), metadata);
    Ok(Resource::new(map, root.freeze(), entry))
}
