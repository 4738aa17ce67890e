//! `kustomize-missing-file`

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::engine::{Check, Cx, World, rule};
use crate::model::normalise;
use crate::render::{Event, EventKind};
use crate::source::SourceId;

use super::event;
use super::excuse::excuse;

rule! {
    /// A kustomization that names a file or directory that is not there.
    ///
    /// ## Why
    ///
    /// Kustomize refuses the whole kustomization and everything that includes it: the controller keeps what it
    /// applied last, and no further change arrives. A typing error does it, a file that was moved, one that exists on
    /// the author's machine alone because git ignores it, and a name in other capitals, which opens on a laptop and
    /// not in the cluster. So does a directory without a kustomization.
    ///
    /// ## What passes
    ///
    /// - URLs: what is far away is not looked for
    /// - files of other kinds than YAML, as long as they exist
    /// - templates, which are filled in before they are built, and lists of which no file is there, which are copied
    ///   to where the files are: a note
    /// - files that a plugin of Argo CD in the repository writes before it builds: a note
    /// - files that are called secrets (`db-secret.yaml`, `secrets.env`) are a warning: they may be kept elsewhere
    /// - `flux-system` and the files that `flux bootstrap` writes are a note where no controller builds the kustomization
    ///   and `gotk-sync.yaml` is not there either: the cluster is still to come
    /// - files that git ignores, where no controller builds the kustomization: whoever works with it has them, so this is
    ///   a note
    /// - what `make manifests` writes in a project of Kubebuilder, and what a template beside it becomes
    ///   (`kustomization.yaml.in`), or a script names: a note as well where no controller builds the kustomization
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployement.yaml
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
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/>
    pub static RULE = "kustomize-missing-file" {
        level: Error,
        precision: VeryHigh,
        tags: ["kustomize", "validity"],
        aliases: [],
        checks: [Check::Event(&[EventKind::MissingFile], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    let world = cx.world();
    let why = match event::names(&event::units(event, world)) {
        Some(names) => format!("the build fails, so no change of {names} reaches the cluster"),
        None => "the build fails, so no change reaches the cluster".to_owned(),
    };
    let wanted = wanted(event, world);
    let help = nearest(event, &wanted, world).unwrap_or_else(|| {
        "commit the file, or take the entry out; git may ignore it: `git check-ignore -v`".into()
    });
    let finding = event::failure(event, why, help, cx);
    if let Some((level, why)) = excuse(event, &wanted, world) {
        finding.level = finding.level.min(level);
        finding.why = why.into();
    }
}

/// The path that is written, from the root.
fn wanted(event: &Event, world: &World) -> Utf8PathBuf {
    let written = world.map.slice(event.span).trim_matches(['"', '\'']);
    // `key=path` of a generator.
    let written = written.split_once('=').map_or(written, |(_, path)| path);
    normalise(&event::directory(event, world).join(written))
}

/// What was probably meant: the same name in other capitals, a similar one, or one in another directory.
fn nearest(event: &Event, wanted: &Utf8Path, world: &World) -> Option<String> {
    let directory = event::directory(event, world);
    let name = wanted.file_name()?;
    let parent = wanted.parent().unwrap_or(Utf8Path::new(""));

    // Files beside the one that is named, and the directories with files there.
    let below =
        world.map.below(parent).filter_map(|id| world.map.source(id).path().strip_prefix(parent).ok());
    let mut beside: Vec<&str> = below.filter_map(|below| Some(below.components().next()?.as_str())).collect();
    beside.dedup();
    if beside.contains(&name) {
        let is_directory = world.map.below(wanted).next().is_some();
        return is_directory
            .then(|| format!("write a kustomization.yaml in `{wanted}`, or name its files one by one"));
    }
    if let Some(other) = beside.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return Some(format!("the file is called `{other}`: capitals count where Kustomize runs"));
    }
    if let Some(suggestion) = event::similar(name, beside.iter().copied()) {
        return Some(suggestion);
    }
    let path = world.map.source(*OnlyOnes::of(world).0.get(name)?.as_ref()?).path();
    Some(format!("did you mean `{}`?", relative(directory, path)))
}

/// The files by their names. A name that is in several places, such as `deployment.yaml`, says nothing.
struct OnlyOnes(FxHashMap<Box<str>, Option<SourceId>>);

impl OnlyOnes {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let mut names: FxHashMap<Box<str>, Option<SourceId>> = FxHashMap::default();
            for id in world.map.below(Utf8Path::new("")) {
                let Some(name) = world.map.source(id).path().file_name() else { continue };
                match names.get_mut(name) {
                    Some(known) => *known = None,
                    None => drop(names.insert(name.into(), Some(id))),
                }
            }
            Self(names)
        })
    }
}

/// The way from a directory to a file.
fn relative(from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    up.chain(to.components().skip(shared).map(|part| part.as_str())).collect()
}
