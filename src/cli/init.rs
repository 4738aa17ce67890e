//! `init`: a configuration that fits what is there.

use std::fmt::Write as _;

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::config::Tier;
use crate::discover::FileKind;
use crate::engine::World;
use crate::model::{DocumentKind, ENVIRONMENT_NAMES, EnvironmentName};

/// What a repository has, as far as it decides what its configuration should say.
#[derive(Default)]
struct Detected {
    argo_cd: usize,
    flux: usize,
    kustomizations: usize,
    charts: usize,
    pipelines: usize,
    objects: usize,
    /// Those that are directories of their own, from development to production.
    environments: Vec<&'static EnvironmentName>,
}

/// The text of a `plimsoll.yaml` for this repository.
pub(super) fn configuration(world: &World) -> String {
    let found = detect(world);
    let mut text = String::from(
        "# yaml-language-server: $schema=https://raw.githubusercontent.com/plimsoll-dev/plimsoll/main/schemas/plimsoll-config.schema.json\n#\n",
    );
    let _ = writeln!(
        text,
        "# Found: {} Kubernetes objects, {} kustomizations, {} charts, {} Argo CD and {} Flux objects, {} pipelines.",
        found.objects, found.kustomizations, found.charts, found.argo_cd, found.flux, found.pipelines
    );
    text.push_str(
        "\n# default: precise rules. pedantic: also contested ones. all: everything. pss-baseline, pss-restricted, nsa-cisa,\n# cis: what a standard asks for.\nprofile: default\n",
    );
    text.push_str("\n# Lowest level that fails a check: error, warning, note, never.\nfail-on: error\n");
    if !found.environments.is_empty() {
        text.push_str("\n# Seen in directory names.\nenvironments:\n");
        for EnvironmentName { name, tier, .. } in &found.environments {
            let Some(tier) = tier.map(Tier::name) else { continue };
            let _ = writeln!(
                text,
                "  - name: {name}\n    tier: {tier}\n    match:\n      paths: [\"**/{name}/**\"]"
            );
        }
    }
    text.push_str(
        "\n# What is known and accepted, with a reason and an end:\n# ignores:\n#   - rule: image-latest-tag\n\
         #     paths: [apps/demo/**]\n#     reason: rebuilt every night\n#     until: 2027-01-31\n",
    );
    text
}

fn detect(world: &World) -> Detected {
    let mut found = Detected::default();
    let mut environments = FxHashSet::default();
    for (source, file) in world.map.files().zip(&world.repository.files) {
        for document in &file.documents {
            match document.kind {
                DocumentKind::Kustomization | DocumentKind::Component => found.kustomizations += 1,
                DocumentKind::Chart => found.charts += 1,
                DocumentKind::Pipeline(_) => found.pipelines += 1,
                _ => {}
            }
        }
        found.pipelines += usize::from(file.kind == FileKind::Jenkinsfile);
        found.objects += file.objects.len();
        for object in (crate::model::FileView { map: &world.map, file }).objects() {
            let group = object.group();
            found.argo_cd += usize::from(group == "argoproj.io");
            found.flux += usize::from(group.ends_with("toolkit.fluxcd.io"));
        }
        let directories = source.path().parent().map(Utf8Path::components);
        for part in directories.into_iter().flatten() {
            let name = plain_names().find(|name| name.name == part.as_str());
            environments.extend(name.map(|name| name.name));
        }
    }
    found.environments = plain_names().filter(|name| environments.contains(name.name)).collect();
    found
}

/// Names of directories that are environments whatever lies around them.
fn plain_names() -> impl Iterator<Item = &'static EnvironmentName> {
    ENVIRONMENT_NAMES.iter().filter(|name| name.is_plain)
}
