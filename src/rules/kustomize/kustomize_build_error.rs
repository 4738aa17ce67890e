//! `kustomize-build-error`

use crate::engine::{Check, Cx, World, rule};
use crate::finding::{Level, Related};
use crate::graph::{OwnerKind, OwnerView};
use crate::model::{FileView, KindName};
use crate::render::{Event, EventKind, Unit};

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
    /// - files outside of the directory, with the setting above; without it they are an error where an Application of
    ///   Argo CD names the directory, nothing where a Kustomization of Flux does, and for all others together one warning
    /// - what is not rendered here because it is far away or would have to be executed: that is no error
    /// - templates, which are filled in before they are built: a note
    /// - files that are no YAML, or have a key twice: `yaml-syntax` and `yaml-duplicate-key` report them
    /// - one in which everything is a comment is a note as long as nothing builds it
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
        checks: [Check::Event(KINDS, check)],
    }
}

const KINDS: &[EventKind] = &[EventKind::BuildError, EventKind::EmptyKustomization, EventKind::Restricted];

const FLUX: KindName = KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" };

fn check(event: &Event, cx: &mut Cx<'_>) {
    if is_reported_as_yaml(event, cx.world()) || event::is_repeated(event, cx.world()) {
        return;
    }
    let units = event::units(event, cx.world());
    let why = match event::names(&units) {
        Some(names) => format!("no change of {names} reaches the cluster, and none of it is checked here"),
        None => "nothing of it reaches the cluster, and none of it is checked here".to_owned(),
    };
    if event.kind == EventKind::Restricted {
        return restricted(event, why, cx);
    }
    let directory = match event::directory(event, cx.world()).as_str() {
        "" => ".",
        directory => directory,
    };
    // The old field took paths, the new one does not.
    let path = event::item(event, &["patches"], cx.world()).and_then(|item| item.text());
    let help = match path {
        Some(path) if !path.contains('\n') => format!("`patches` takes mappings: write `path: {path}`"),
        _ => format!("correct this place; `kubectl kustomize {directory}` says when it builds"),
    };
    let is_waiting = event.kind == EventKind::EmptyKustomization && is_unused(&units, event, cx.world());
    let finding = event::failure(event, why, help, cx);
    if is_waiting {
        finding.level = Level::Note;
        finding.why = "it does not build, and nothing here builds it yet".into();
    }
}

/// Reports a file that only the load restrictor keeps out. Argo CD keeps it unless it was told otherwise. What nothing
/// here applies is built by somebody who may well pass the option, and then passes it everywhere: one finding says so.
fn restricted(event: &Event, why: String, cx: &mut Cx<'_>) {
    const SHOWN: usize = 10;
    let world = cx.world();
    let help = "put the file below the kustomization, or make its directory a base; if it is built without the \
                restriction, as Flux does, set `kustomize: {load-restrictor: none}` in plimsoll.yaml";
    if event::is_template(event, world) || is_applied_by_argo(event, world) {
        event::failure(event, why, help, cx);
        return;
    }
    let is_alike = |other: &&Event| {
        other.kind == EventKind::Restricted
            && !event::is_repeated(other, world)
            && !event::is_template(other, world)
            && !is_applied_by_argo(other, world)
    };
    let mut alike = world.rendering.events.iter().filter(is_alike);
    if alike.next().is_some_and(|first| first != event) {
        return;
    }
    let others: Vec<&Event> = alike.collect();
    let why = match has_flux(world) {
        true => {
            "Flux reads it all the same, Kustomize on a laptop does not; nothing of it is checked here without the setting"
        }
        false => {
            "without that option nothing of it is built, and without the setting nothing of it is checked here"
        }
    };
    let finding = event::report(event, why, help, cx);
    finding.level = finding.level.min(Level::Warning);
    match others.len() {
        0 => {}
        1 => finding.message += "; another kustomization is like it",
        more => finding.message += &format!("; {more} more kustomizations are like it"),
    }
    let others = others.iter().filter_map(|other| world.map.in_file(other.span));
    finding.related.extend(others.take(SHOWN).map(|span| Related { span, message: "this one too".into() }));
}

/// Whether the repository tells Argo CD to build without the restriction: `kustomize.buildOptions` of its ConfigMap, of a
/// patch or of the values of its chart, `kustomizeBuildOptions` of the operator.
fn is_told_otherwise(world: &World) -> bool {
    struct Told(bool);
    let told = world.memo.get(|| {
        Told(world.map.files().map(|file| file.text()).any(|text| {
            text.contains("LoadRestrictionsNone")
                && (text.contains("kustomize.buildOptions") || text.contains("kustomizeBuildOptions"))
        }))
    });
    told.0
}

/// Whether an Application of Argo CD applies what an event happened in, with the restriction.
fn is_applied_by_argo(event: &Event, world: &World) -> bool {
    if is_told_otherwise(world) {
        return false;
    }
    let units = event::units(event, world);
    let view = world.graph();
    let mut applications = view.owners().filter(|owner| owner.owner.kind == OwnerKind::Application);
    applications.any(|application| {
        let mut applied = application.deliveries().filter_map(|(_, unit)| unit);
        applied.any(|applied| units.iter().any(|unit| std::ptr::eq(*unit, applied)))
    })
}

/// Whether neither another kustomization nor an owner takes in the one that an event is about.
fn is_unused(units: &[&Unit], event: &Event, world: &World) -> bool {
    let [unit] = units else { return false };
    let applies =
        |owner: OwnerView<'_>| owner.deliveries().any(|(_, it)| it.is_some_and(|it| std::ptr::eq(*unit, it)));
    unit.directory == event::directory(event, world) && !world.graph().owners().any(applies)
}

/// Whether the file is one that rules about YAML report at this very place.
fn is_reported_as_yaml(event: &Event, world: &World) -> bool {
    let file = world.repository.of(event.span.source);
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
