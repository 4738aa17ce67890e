//! `cloudbuild.yaml` of Google Cloud Build: images that run, each with its arguments.

use crate::shell::Expressions;
use crate::yaml::Cursor;

use super::read::{argv, container, is_for_shell, known, one_or_more, script, text, variables};
use super::{Dialect, Job, Step};

/// Images of builders whose entrypoint is a program that rules know.
const PROGRAMS: &[&str] =
    &["kubectl", "helm", "gcloud", "docker", "skaffold", "kustomize", "helmfile", "gke-deploy"];

/// The one job of a file.
pub(super) fn build(root: Cursor<'_>) -> Vec<Job> {
    let Some(steps) = root.get("steps").filter(Cursor::is_seq) else { return Vec::new() };
    let env = root.path(&["options", "env"]);
    let variables = variables(root.get("substitutions")).into_iter().chain(variables(env)).collect();
    let name = steps.key().map_or(steps.span().part(0, 1), |key| key.span());
    let steps = steps.items().map(step).collect();
    vec![Job { variables, steps, ..Job::named(Dialect::CloudBuild, "build".to_owned(), name) }]
}

fn step(value: Cursor<'_>) -> Step {
    let variables = variables(value.get("env"));
    let mut seen = known(variables.iter());
    let written = value.get("script").filter(|script| script.text().is_some_and(|text| is_for_shell(&text)));
    let image = value.get("name").and_then(text);
    let scripts = match (written, value.get("entrypoint"), &image) {
        (Some(text), _, _) => script(text, Expressions::NONE, &mut seen),
        (None, Some(entrypoint), _) => {
            container(Some(entrypoint), value.get("args"), Expressions::NONE, &mut seen)
        }
        (None, None, Some(image)) => program(&image.text).and_then(|program| {
            argv(&one_or_more(value.get("args")), Some(program), Expressions::NONE, &mut seen)
        }),
        (None, None, None) => None,
    };
    Step {
        name: value.get("id").and_then(text).map(|id| id.text),
        uses: image,
        variables,
        scripts: scripts.into_iter().collect(),
        ..Step::at(value.span().part(0, 1))
    }
}

/// The program that an image starts.
fn program(image: &str) -> Option<&'static str> {
    let name = image.rsplit('/').next()?;
    let name = name.split([':', '@']).next()?;
    PROGRAMS.iter().find(|program| **program == name).copied()
}
