//! `kustomize-build-error`

use crate::engine::{Check, Cx, World, rule};
use crate::finding::Level;
use crate::model::{FileView, KindName};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A kustomization that does not build.
    ///
    /// ## Why
    ///
    /// Kustomize stops at the first error and prints nothing. The controller keeps what it applied last and writes an
    /// error into a status that nobody may be looking at; no later change of the overlay arrives either, however
    /// unrelated. And what does not build cannot be checked: other rules see nothing of this overlay.
    ///
    /// A file that is named and not there is `kustomize-missing-file`.
    ///
    /// A file outside of the kustomization's own directory is refused by Kustomize itself, but not by Flux, which
    /// reads all files of its source, nor by an Argo CD that was told so in `kustomize.buildOptions`. Where that is
    /// the case, say so in `plimsoll.yaml`:
    ///
    /// ```text
    /// kustomize:
    ///   load-restrictor: none
    /// ```
    ///
    /// ## What passes
    ///
    /// - files outside of the directory, with the setting above; without it they are a warning only when the
    ///   repository has Kustomizations of Flux, and no finding where one of them names the directory
    /// - what is not rendered here because it is far away or would have to be executed: that is no error
    /// - templates, which are filled in before they are built: a note
    /// - files that are no YAML, or have a key twice: `yaml-syntax` and `yaml-duplicate-key` report them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resource:
    ///   - deployment.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// # file: deployment.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#kustomize-build-optionsparameters>
    pub static RULE = "kustomize-build-error" {
        level: Error,
        precision: VeryHigh,
        tags: ["kustomize", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::BuildError, EventKind::Restricted], check)],
    }
}

const FLUX: KindName = KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" };

fn check(event: &Event, cx: &mut Cx<'_>) {
    if is_reported_as_yaml(event, cx.world) || event::is_repeated(event, cx.world) {
        return;
    }
    let units = event::units(event, cx.world);
    let why = match event::names(&units) {
        Some(names) => format!("no change of {names} reaches the cluster, and none of it is checked here"),
        None => "nothing of it reaches the cluster, and none of it is checked here".to_owned(),
    };
    if event.kind == EventKind::Restricted {
        let help = "put the file below the kustomization, or make its directory a base; if the controller lifts the \
                    restriction, as Flux does, set `kustomize: {load-restrictor: none}` in plimsoll.yaml";
        let by_flux = has_flux(cx.world);
        let finding = event::failure(event, why, help, cx);
        if by_flux && finding.level == Level::Error {
            finding.level = finding.level.min(Level::Warning);
            finding.why =
                "Flux reads it all the same, Kustomize on a laptop does not; nothing of it is checked here \
                           without the setting"
                    .into();
        }
        return;
    }
    let directory = match event::directory(event, cx.world).as_str() {
        "" => ".",
        directory => directory,
    };
    // The old field took paths, the new one does not.
    let path = event::item(event, &["patches"], cx.world).and_then(|item| item.text());
    let help = match path {
        Some(path) if !path.contains('\n') => format!("`patches` takes mappings: write `path: {path}`"),
        _ => format!("correct this place; `kubectl kustomize {directory}` says when it builds"),
    };
    event::failure(event, why, help, cx);
}

/// Whether the file is one that rules about YAML report at this very place.
fn is_reported_as_yaml(event: &Event, world: &World) -> bool {
    let file = world.repository.files.get(event.span.source.0 as usize);
    file.is_some_and(|file| file.parsed.problems.iter().any(|problem| problem.span == event.span))
}

/// Whether Flux applies something of the repository.
fn has_flux(world: &World) -> bool {
    world
        .repository
        .files
        .iter()
        .any(|file| FileView { map: &world.map, file }.objects().any(|object| object.is(FLUX)))
}
