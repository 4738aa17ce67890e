//! Why a file that a kustomization names may well not be here: who makes it, who has it, and when it comes.
//!
//! Must not report anything, nor know what the kustomization wants the file for.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::finding::Level;
use crate::model::{DocumentKind, File, KUSTOMIZATION_NAMES, normalise};
use crate::render::Event;
use crate::rules::support::scripts::Scripts;
use crate::yaml::Cursor;

use super::event;
use super::ignored::is_ignored;

/// What `flux bootstrap` writes into the directory of a cluster.
const BOOTSTRAPPED: [&str; 3] = ["flux-system", "gotk-components.yaml", SYNC];
/// What names the directory to the controller, written last.
const SYNC: &str = "gotk-sync.yaml";

/// How bad it is at most that a path is not there, and why; `None` when nothing speaks for it.
pub fn excuse(event: &Event, wanted: &Utf8Path, world: &World) -> Option<(Level, &'static str)> {
    if Written::of(world).0.contains(wanted.file_name().unwrap_or_default()) {
        let why =
            "a plugin of Argo CD writes a file of this name before it builds; nothing else can build this";
        return Some((Level::Note, why));
    }
    let is_applied = is_applied(event, world);
    if !is_applied && let Some(why) = comes_later(wanted, world) {
        return Some((Level::Note, why));
    }
    if is_secret(wanted) {
        let why = "nothing is built without it; what is secret may be kept elsewhere on purpose";
        return Some((Level::Warning, why));
    }
    let is_elsewhere = !is_applied && nothing_is_here(event, world);
    is_elsewhere
        .then_some((Level::Note, "none of its files is here, so it seems to be copied to where they are"))
}

/// Who will have made a file by the time when somebody builds the kustomization, which no controller does.
fn comes_later(wanted: &Utf8Path, world: &World) -> Option<&'static str> {
    if is_ignored(wanted, world) {
        return Some("git ignores it, so only whoever has it on their disk can build this");
    }
    if is_of_controller_gen(wanted, world) {
        return Some("`make manifests` of a project of Kubebuilder writes it");
    }
    if Scripts::of(world).name(wanted) {
        return Some("a script or a Makefile here names it, and may write it before it builds");
    }
    if has_template(wanted, world) {
        return Some("a template of it is beside it, and something makes it from that before it builds");
    }
    awaits_bootstrap(wanted, world)
        .then_some("`flux bootstrap` writes it; until then nothing of this cluster is applied")
}

/// Whether `flux bootstrap` writes a path, and has not run yet.
fn awaits_bootstrap(wanted: &Utf8Path, world: &World) -> bool {
    let is_there = |directory: &Utf8Path| world.repository.file(&directory.join(SYNC)).is_some();
    wanted.file_name().is_some_and(|name| BOOTSTRAPPED.contains(&name))
        && !is_there(wanted)
        && !wanted.parent().is_some_and(is_there)
}

/// Whether a file is called a secret. What makes secrets of something, or says where they are, is none.
fn is_secret(wanted: &Utf8Path) -> bool {
    let name = wanted.file_name().unwrap_or_default().to_ascii_lowercase();
    let has = |names: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| names.contains(&word));
    wanted.extension().is_some() && has(&["secret", "secrets"]) && !has(&["external", "store", "stores"])
}

/// Whether a path is one that controller-gen writes in a project of Kubebuilder, which has a file `PROJECT`.
fn is_of_controller_gen(wanted: &Utf8Path, world: &World) -> bool {
    const WRITTEN: [(&str, &str); 2] = [("webhook", "manifests.yaml"), ("rbac", "role.yaml")];
    let directory = wanted.parent().and_then(Utf8Path::file_name).unwrap_or_default();
    let is_written =
        directory == "bases" || WRITTEN.contains(&(directory, wanted.file_name().unwrap_or_default()));
    is_written
        && wanted.ancestors().skip(1).any(|above| world.repository.unread.contains(&above.join("PROJECT")))
}

/// Whether a template of a file, or of the kustomization of a directory, lies where it is wanted.
fn has_template(wanted: &Utf8Path, world: &World) -> bool {
    const ENDS: [&str; 6] = [".in", ".tmpl", ".tpl", ".template", ".j2", ".envsubst"];
    let names = KUSTOMIZATION_NAMES.iter().map(|name| wanted.join(name));
    let paths: Vec<Utf8PathBuf> = std::iter::once(wanted.to_owned()).chain(names).collect();
    let exists = |path: &Utf8PathBuf| {
        ENDS.iter().any(|end| {
            let template = Utf8PathBuf::from(format!("{path}{end}"));
            world.repository.unread.contains(&template) || world.repository.file(&template).is_some()
        })
    };
    paths.iter().any(exists)
}

/// Whether a kustomization lists some files, and not one of them exists.
fn nothing_is_here(event: &Event, world: &World) -> bool {
    let directory = event::directory(event, world);
    let mut files =
        KUSTOMIZATION_NAMES.iter().filter_map(|name| world.repository.file(&directory.join(name)));
    let roots = files.next().into_iter().flat_map(|file| &file.documents);
    let roots = roots.map(|document| Cursor::new(&world.map, &document.tree));
    let resources = roots.filter_map(|root| root.get("resources")).flat_map(|list| list.items());
    let written: Vec<_> = resources.filter_map(|item| item.text()).collect();
    let exists = |written: &str| {
        let path = normalise(&directory.join(written));
        written.contains("://") || world.map.below(&path).next().is_some()
    };
    (written.len() > 1 || is_copied_to(directory, world)) && !written.iter().any(|written| exists(written))
}

/// Whether a script names a directory, as one that copies files to it does. What lies at the root has no name of its own.
fn is_copied_to(directory: &Utf8Path, world: &World) -> bool {
    directory.components().count() > 2 && Scripts::of(world).lead_into(directory)
}

/// Names of files that plugins of Argo CD, which the repository configures, write before they build:
/// `helm template . > manifest.yaml && kustomize build`.
struct Written(FxHashSet<Box<str>>);

impl Written {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            // A plugin, the configuration of Argo CD, or values for its chart. Text is searched only where one of these
            // may be.
            let may_configure = |file: &&File| {
                let is_values = file.documents.iter().any(|document| document.kind == DocumentKind::Values);
                let kinds = ["ConfigManagementPlugin", "ConfigMap"];
                is_values || file.objects.iter().any(|object| kinds.contains(&object.kind()))
            };
            let files = world.repository.files.iter().filter(may_configure);
            let texts = files.map(|file| world.map.source(file.source).text()).filter(|text| {
                let has = |sign: &str| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some();
                has("ConfigManagementPlugin") || has("configManagementPlugins")
            });
            Self(texts.flat_map(written).map(Box::from).collect())
        })
    }
}

/// The names of the files that commands of a text write: what stands behind `>` and `tee`.
fn written(text: &str) -> impl Iterator<Item = &str> {
    let places = text.match_indices('>').chain(text.match_indices("tee ")).map(|(at, sign)| at + sign.len());
    places.filter_map(|at| {
        let path = text[at..].trim_start_matches([' ', '"', '\'']);
        let end = path.find(|c: char| c.is_whitespace() || "\"';|&<>()".contains(c)).unwrap_or(path.len());
        path[..end].rsplit('/').next().filter(|name| !name.is_empty())
    })
}

/// The directories that controllers build.
struct Applied(FxHashSet<Utf8PathBuf>);

/// Whether a controller builds the kustomization, or one that includes it.
fn is_applied(event: &Event, world: &World) -> bool {
    let applied = world.memo.get(|| {
        let units = world.graph().owners().flat_map(|owner| owner.deliveries().filter_map(|(_, unit)| unit));
        Applied(units.map(|unit| unit.directory.clone()).collect())
    });
    let builds = event::units(event, world);
    applied.0.contains(event::directory(event, world))
        || builds.iter().any(|built| applied.0.contains(&built.directory))
}
