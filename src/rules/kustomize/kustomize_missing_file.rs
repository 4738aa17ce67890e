//! `kustomize-missing-file`

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::{Check, Cx, World, rule};
use crate::finding::Level;
use crate::model::{DocumentKind, File, KUSTOMIZATION_NAMES, normalise};
use crate::render::{Event, EventKind};
use crate::yaml::Cursor;

use super::event;
use super::ignored::is_ignored;

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
    /// - files that are called secrets are a warning: they may be kept elsewhere
    /// - `flux-system` and the files that `flux bootstrap` writes are a note: the cluster is still to come
    /// - files that git ignores, where no controller builds the kustomization: whoever works with it has them, so this is
    ///   a note
    /// - what `make manifests` writes in a project of Kubebuilder, and what a template beside it becomes
    ///   (`kustomization.yaml.in`), or a script names: a note as well
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

/// What `flux bootstrap` writes into the directory of a cluster.
const BOOTSTRAPPED: [&str; 3] = ["flux-system", "gotk-components.yaml", "gotk-sync.yaml"];

fn check(event: &Event, cx: &mut Cx<'_>) {
    let units = event::units(event, cx.world());
    let why = match event::names(&units) {
        Some(names) => format!("the build fails, so no change of {names} reaches the cluster"),
        None => "the build fails, so no change reaches the cluster".to_owned(),
    };
    let help = nearest(event, cx.world()).unwrap_or_else(|| {
        "commit the file, or take the entry out; git may ignore it: `git check-ignore -v`".into()
    });
    let is_elsewhere = nothing_is_here(event, cx.world());
    let wanted = wanted(event, cx.world());
    let is_applied = is_applied(event, cx.world());
    let is_made_by_plugin = is_written_by_plugin(&wanted, cx.world());
    let is_secret = wanted.file_name().is_some_and(|name| name.to_ascii_lowercase().contains("secret"));
    let is_of_bootstrap = wanted.file_name().is_some_and(|name| BOOTSTRAPPED.contains(&name));
    let is_local = !is_applied && is_ignored(&wanted, cx.world());
    let is_generated = !is_applied && is_of_controller_gen(&wanted, cx.world());
    let is_filled_in = !is_applied && has_template(&wanted, cx.world());
    let is_written = !is_applied && names_in_scripts(cx.world(), &[wanted.as_str()]);
    let finding = event::failure(event, why, help, cx);
    if is_made_by_plugin {
        finding.level = Level::Note;
        finding.why =
            "a plugin of Argo CD writes a file of this name before it builds; nothing else can build this"
                .into();
    } else if is_local {
        finding.level = Level::Note;
        finding.why = "git ignores it, so only whoever has it on their disk can build this".into();
    } else if is_generated {
        finding.level = Level::Note;
        finding.why = "`make manifests` of a project of Kubebuilder writes it".into();
    } else if is_written {
        finding.level = Level::Note;
        finding.why = "a script or a Makefile here names it, and may write it before it builds".into();
    } else if is_filled_in {
        finding.level = Level::Note;
        finding.why =
            "a template of it is beside it, and something makes it from that before it builds".into();
    } else if is_of_bootstrap {
        finding.level = Level::Note;
        finding.why = "`flux bootstrap` writes it; until then nothing of this cluster is applied".into();
    } else if is_secret {
        finding.level = finding.level.min(Level::Warning);
        finding.why = "nothing is built without it; what is secret may be kept elsewhere on purpose".into();
    } else if is_elsewhere {
        finding.level = Level::Note;
        finding.why = "none of its files is here, so it seems to be copied to where they are".into();
    }
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

/// Whether a kustomization lists some files, and not one of them exists, and nobody builds it from here.
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
    (written.len() > 1 || is_in_a_script(directory, world))
        && !written.iter().any(|written| exists(written))
        && !is_applied(event, world)
}

/// Whether a script or a Makefile names a directory, or the one above with what a variable completes, as one that copies
/// files to it does.
fn is_in_a_script(directory: &Utf8Path, world: &World) -> bool {
    let Some(parent) = directory.parent().filter(|parent| parent.components().count() > 1) else {
        return false;
    };
    names_in_scripts(world, &[directory.as_str(), &format!("{parent}/$")])
}

/// Whether a shell script or a Makefile has one of these texts.
fn names_in_scripts(world: &World, texts: &[&str]) -> bool {
    let mut scripts = world.map.files().filter(|source| {
        let path = source.path();
        path.file_name() == Some("Makefile") || matches!(path.extension(), Some("sh" | "mk"))
    });
    scripts.any(|script| texts.iter().any(|text| script.text().contains(text)))
}

/// Whether a plugin of Argo CD that the repository configures writes a file of this name before it builds:
/// `helm template . > manifest.yaml && kustomize build`.
fn is_written_by_plugin(path: &Utf8Path, world: &World) -> bool {
    let Some(name) = path.file_name() else { return false };
    let writes = |text: &str| {
        let mut places = text.match_indices(name).map(|(at, _)| text[..at].trim_end());
        places.any(|before| before.ends_with('>') || before.ends_with("tee"))
    };
    // A plugin, the configuration of Argo CD, or values for its chart. Text is searched only where one of these may be.
    let may_configure = |file: &&File| {
        let is_values = file.documents.iter().any(|document| document.kind == DocumentKind::Values);
        let kinds = ["ConfigManagementPlugin", "ConfigMap"];
        is_values || file.objects.iter().any(|object| kinds.contains(&object.kind()))
    };
    let files = world.repository.files.iter().filter(may_configure);
    files.map(|file| world.map.source(file.source).text()).any(|text| {
        let has = |sign: &str| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some();
        (has("ConfigManagementPlugin") || has("configManagementPlugins")) && writes(text)
    })
}

/// Whether a controller builds the kustomization, or one that includes it.
fn is_applied(event: &Event, world: &World) -> bool {
    let graph = world.graph();
    let mut applied = graph.owners().flat_map(|owner| owner.deliveries().filter_map(|(_, unit)| unit));
    let (builds, directory) = (event::units(event, world), event::directory(event, world));
    applied.any(|unit| {
        unit.directory == directory || builds.iter().any(|built| built.directory == unit.directory)
    })
}

/// The path that is written, from the root.
fn wanted(event: &Event, world: &World) -> Utf8PathBuf {
    let written = world.map.slice(event.span).trim_matches(['"', '\'']);
    // `key=path` of a generator.
    let written = written.split_once('=').map_or(written, |(_, path)| path);
    normalise(&event::directory(event, world).join(written))
}

/// What was probably meant: the same name in other capitals, a similar one, or one in another directory.
fn nearest(event: &Event, world: &World) -> Option<String> {
    let (wanted, directory) = (wanted(event, world), event::directory(event, world));
    let name = wanted.file_name()?;
    let parent = wanted.parent().unwrap_or(Utf8Path::new(""));
    let paths = || world.map.files().map(|source| source.path());

    // Files beside the one that is named, and the directories with files there.
    let beside: Vec<&str> = paths()
        .filter_map(|path| path.strip_prefix(parent).ok())
        .filter_map(|below| below.components().next())
        .map(|first| first.as_str())
        .collect();
    if beside.contains(&name) {
        return paths()
            .any(|path| path.starts_with(&wanted))
            .then(|| format!("write a kustomization.yaml in `{wanted}`, or name its files one by one"));
    }
    if let Some(other) = beside.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        return Some(format!("the file is called `{other}`: capitals count where Kustomize runs"));
    }
    if let Some(suggestion) = event::similar(name, beside.iter().copied()) {
        return Some(suggestion);
    }
    let mut same: Vec<&Utf8Path> = paths().filter(|path| path.file_name() == Some(name)).collect();
    // A name that is everywhere, such as `deployment.yaml`, says nothing.
    (same.len() == 1)
        .then(|| same.pop())
        .flatten()
        .map(|path| format!("did you mean `{}`?", relative(directory, path)))
}

/// The way from a directory to a file.
fn relative(from: &Utf8Path, to: &Utf8Path) -> Utf8PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..");
    up.chain(to.components().skip(shared).map(|part| part.as_str())).collect()
}
