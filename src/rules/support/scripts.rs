//! What scripts, Makefiles and tasks of the repository name: files and directories, and the ConfigMaps that they make.
//!
//! Words are compared, not texts: `yamllint myapp.yaml` says nothing of `app.yaml`. Must not know what the scripts do.

use std::sync::Arc;

use camino::{Utf8Component, Utf8Path};
use rustc_hash::FxHashSet;

use crate::engine::World;

/// The words of all scripts, without comments.
pub struct Scripts {
    /// Paths and names, without what leads to the root of the repository (`./`, `../`, `$ROOT/`), in order.
    words: Vec<Box<str>>,
    /// Directories in front of a variable: `config` of `config/$MODE/`.
    opened: FxHashSet<Box<str>>,
    /// Names that stand where ConfigMaps are made.
    config_maps: FxHashSet<Box<str>>,
}

impl Scripts {
    /// Those of a world, read once.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let scripts = world.map.files().filter(|source| is_script(source.path()));
            Self::read(scripts.map(|source| source.text()))
        })
    }

    /// Whether a script names a path.
    pub fn name(&self, path: &Utf8Path) -> bool {
        self.words.binary_search_by(|word| (**word).cmp(path.as_str())).is_ok()
    }

    /// Whether a script names a directory, something in it, or the directory above with what a variable completes.
    pub fn lead_into(&self, directory: &Utf8Path) -> bool {
        let below = format!("{directory}/");
        let next = self.words.partition_point(|word| **word < *below);
        let is_opened = |parent: &Utf8Path| self.opened.contains(parent.as_str());
        self.name(directory)
            || self.words.get(next).is_some_and(|word| word.starts_with(&below))
            || directory.parent().is_some_and(is_opened)
    }

    /// Whether a script makes a ConfigMap of a name, by a command or in a manifest that it holds.
    pub fn make_config_map(&self, name: &str) -> bool {
        self.config_maps.contains(name)
    }

    fn read<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let (mut words, mut opened) = (FxHashSet::default(), FxHashSet::default());
        let mut config_maps = FxHashSet::default();
        for text in texts {
            let mut is_continued = false;
            let mut makes = false;
            let mut kind = "";
            for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
                if line == "---" {
                    kind = "";
                }
                kind = line.strip_prefix("kind:").map_or(kind, str::trim);
                makes = is_continued && makes || makes_config_map(line);
                is_continued = line.ends_with('\\');
                for word in Word::all(line) {
                    if word.is_opened {
                        opened.insert(word.path);
                    }
                    if makes || kind == "ConfigMap" && line.starts_with("name:") {
                        // `configmap/name`
                        config_maps.extend(word.path.rsplit('/').next());
                    }
                    words.insert(word.path);
                }
            }
        }
        let mut words: Vec<Box<str>> = words.into_iter().map(Box::from).collect();
        words.sort_unstable();
        let owned = |set: FxHashSet<&str>| set.into_iter().map(Box::from).collect();
        Self { words, opened: owned(opened), config_maps: owned(config_maps) }
    }
}

/// Whether a file says what is run: a script, a Makefile, a Taskfile, tasks and playbooks of Ansible.
fn is_script(path: &Utf8Path) -> bool {
    let is_yaml = || matches!(path.extension(), Some("yml" | "yaml"));
    let is_of_ansible = |name: &str| matches!(name, "tasks" | "handlers" | "playbooks");
    match path.file_name() {
        Some("Makefile" | "justfile" | "Taskfile.yml" | "Taskfile.yaml") => true,
        _ if matches!(path.extension(), Some("sh" | "mk")) => true,
        _ => is_yaml() && path.parent().and_then(Utf8Path::file_name).is_some_and(is_of_ansible),
    }
}

/// Whether a line speaks of ConfigMaps: `kubectl create configmap`, `create cm`, a function that is called so.
fn makes_config_map(line: &str) -> bool {
    const OTHERS: [&str; 8] = ["annotate", "delete", "describe", "edit", "get", "label", "patch", "wait"];
    let mut before = "";
    Word::all(line).any(|word| {
        let is_kind = word.path == "cm" || word.path.to_ascii_lowercase().contains("configmap");
        let is_made = is_kind && !OTHERS.contains(&before);
        before = word.path;
        is_made
    })
}

/// A run of characters of names and paths.
struct Word<'t> {
    path: &'t str,
    /// A variable goes on where it ends.
    is_opened: bool,
}

impl<'t> Word<'t> {
    fn all(line: &'t str) -> impl Iterator<Item = Self> {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        let mut rest = line;
        std::iter::from_fn(move || {
            let (before, found) = rest.split_at(rest.find(is_part)?);
            let (run, behind) = found.split_at(found.find(|c| !is_part(c)).unwrap_or(found.len()));
            rest = behind;
            // The first segment of `$ROOT/config` is the name of a variable; that of `${ROOT}/config` is empty.
            let known = if before.ends_with('$') { run.split_once('/').map_or("", |it| it.1) } else { run };
            let path = below_root(known.trim_end_matches('.'));
            let is_opened = run.ends_with('/') && behind.starts_with('$');
            Some(Self { path: path.trim_end_matches('/'), is_opened })
        })
    }
}

/// A path without the segments that lead to where it begins.
fn below_root(path: &str) -> &str {
    let mut components = Utf8Path::new(path).components();
    loop {
        let rest = components.as_path().as_str();
        match components.next() {
            Some(Utf8Component::Normal(_)) | None => return rest,
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_paths_begin_at_the_root() {
        let scripts = Scripts::read(
            [
                "lint:\n\tyamllint myapp.yaml\n# app.yaml\n",
                "sed x > \"$ROOT/config/a.yaml\"\ncp y ${DIR}/../config/b.yaml ./config/d/c.yaml.",
                "cp z config/manager/$MODE/",
            ]
            .into_iter(),
        );
        let names = |path: &str| scripts.name(Utf8Path::new(path));
        assert!(["myapp.yaml", "config/a.yaml", "config/b.yaml", "config/d/c.yaml"].into_iter().all(names));
        assert!(!["app.yaml", "a.yaml", "config/d"].into_iter().any(names));
        let leads = |path: &str| scripts.lead_into(Utf8Path::new(path));
        assert!(["config/d", "config/manager", "config/manager/cluster"].into_iter().all(leads));
        assert!(!["config/e", "manager", "config/man"].into_iter().any(leads));
    }

    #[test]
    fn config_maps_are_made_by_commands_and_in_manifests() {
        let scripts = Scripts::read(
            [
                "echo pass some values\nkubectl create configmap \\\n  settings -n web\nkubectl create cm facts",
                "kubectl get configmap/others\nkubectl apply -f - <<E\nkind: ConfigMap\nmetadata:\n  name: vars\n---\nkind: Secret\nmetadata:\n  name: keys\nE",
            ]
            .into_iter(),
        );
        let makes = |name: &str| scripts.make_config_map(name);
        assert!(["settings", "facts", "vars"].into_iter().all(makes));
        assert!(!["values", "others", "keys"].into_iter().any(makes));
    }
}
