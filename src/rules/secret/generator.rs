//! What generators of Kustomize take from the repository.
//!
//! Must not judge any of it.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::model::secret::{docker, format, kubeconfig, sops};
use crate::model::{DocumentKind, File, normalise};
use crate::source::{Source, SourceKind, SourceMap, StepKind};
use crate::yaml::Cursor;

/// The entries of a list of a generator.
pub fn items<'w>(generator: Cursor<'w>, name: &str) -> impl Iterator<Item = Cursor<'w>> {
    generator.get(name).into_iter().flat_map(|list| list.items())
}

/// The key that an entry of `files` makes, and the file that it names.
pub fn key_and_path(entry: &str) -> (&str, &str) {
    let name = || Utf8Path::new(entry).file_name().unwrap_or_default();
    entry.split_once('=').unwrap_or_else(|| (name(), entry))
}

/// The files that generators of the repository name as env files.
pub struct EnvFiles(pub FxHashSet<Utf8PathBuf>);

impl EnvFiles {
    /// Of all kustomizations.
    pub fn of(world: &World) -> Self {
        let mut named = FxHashSet::default();
        for file in &world.repository.files {
            let path = world.map.source(file.source).path();
            let directory = path.parent().unwrap_or(Utf8Path::new(""));
            let is_kustomization =
                |kind| matches!(kind, DocumentKind::Kustomization | DocumentKind::Component);
            for document in file.documents.iter().filter(|document| is_kustomization(document.kind)) {
                let root = Cursor::new(&world.map, &document.tree);
                let generators = ["secretGenerator", "configMapGenerator"].into_iter();
                for generator in generators.flat_map(|name| items(root, name)) {
                    let paths = items(generator, "envs").chain(generator.get("env"));
                    named.extend(paths.filter_map(|path| Some(normalise(&directory.join(&*path.text()?)))));
                }
            }
        }
        Self(named)
    }
}

/// The files that a kustomization may name.
pub struct Files<'w> {
    /// The kustomization.
    pub kustomization: &'w Utf8Path,
    /// Everything else.
    pub world: &'w World,
}

/// A text that a generator reads.
pub struct Input<'w> {
    /// Its path in the repository.
    pub path: Utf8PathBuf,
    /// The text.
    pub text: &'w str,
    /// `None` for one that only rendering has read.
    pub file: Option<&'w File>,
}

impl<'w> Files<'w> {
    /// A file of the repository, unless it is encrypted. What is no text is not looked at: git-crypt makes such files.
    pub fn get(&self, path: &str) -> Option<Input<'w>> {
        let directory = self.kustomization.parent().unwrap_or(Utf8Path::new(""));
        let path = normalise(&directory.join(path));
        let repository = &self.world.repository;
        let file = repository.file(&path);
        let text = match file {
            Some(file) => self.world.map.source(file.source).text(),
            None if repository.unread.contains(&path) => self.rendered(&path)?,
            None => return None,
        };
        Some(Input { path, text, file }).filter(|input| !input.is_encrypted(&self.world.map))
    }

    /// The text of a file that was read to generate a Secret.
    fn rendered(&self, path: &Utf8Path) -> Option<&'w str> {
        let map = &self.world.map;
        let generated = self.world.rendering.units.iter().flat_map(|unit| &unit.objects);
        let generated = generated.filter(|object| map.source(object.source).path() == self.kustomization);
        generated.into_iter().find_map(|object| {
            let data = Cursor::new(map, &object.tree).get("data")?;
            let mut steps = data.scalars().filter_map(|value| map.step(value.step()));
            let inputs = steps.by_ref().filter(|step| step.what == StepKind::Generator);
            let mut sources =
                inputs.flat_map(|step| step.inputs.iter()).map(|input| map.source(input.span.source));
            sources
                .find(|source| matches!(source.kind(), SourceKind::File) && source.path() == path)
                .map(Source::text)
        })
    }
}

impl Input<'_> {
    fn roots<'a>(&'a self, map: &'a SourceMap) -> impl Iterator<Item = Cursor<'a>> {
        let documents = self.file.into_iter().flat_map(|file| &file.documents);
        documents.map(|document| Cursor::new(map, &document.tree))
    }

    /// Whether sops, which leaves keys readable, has been over it. The forms that hide all of a text are known to the
    /// judgement of values.
    fn is_encrypted(&self, map: &SourceMap) -> bool {
        let text = self.text;
        self.roots(map).any(sops::is_sops)
            || sops::is_sops_text(text)
            || (text.contains("\"sops\"") && text.contains("\"mac\""))
    }

    /// Whether another rule reports the file where it lies. Those only see what was read.
    pub fn has_own_rule(&self, map: &SourceMap) -> bool {
        self.file.is_some()
            && (format::matches(self.text).any(|found| found.format.is_private_key())
                || docker::logins(self.text) != docker::Logins::None
                || self.roots(map).any(kubeconfig::is_kubeconfig))
    }
}
