//! What the files of a repository are: Kubernetes objects, kustomizations, values files, pipelines …
//!
//! Types a document first by how it is referenced, then by what it says and where it lies. Must not render
//! anything and must not judge anything.

mod aside;
mod classify;
pub mod codeowners;
mod environment;
mod image;
mod object;
mod pod;
mod pod_kinds;
mod reference;
mod searched;
pub mod secret;
pub mod terraform;
mod values;
mod view;

pub(crate) use aside::{entry as commented_entry, is_for_people, is_put_off, says_put_off};
pub use classify::KUSTOMIZATION_NAMES;
pub use environment::{ENVIRONMENT_NAMES, EnvironmentName, environments, is_choice, is_in_place, is_place};
pub use image::{ImageProblem, ImageProblemKind, ImageReference};
pub use object::{Object, Removal};
pub use pod::{Container, ContainerList, PodSpec};
pub(crate) use reference::normalise;
pub use values::{ImageForm, ValuesImage, values_images, whole_name};
pub use view::{DocumentView, FileView, KindName, KustomizationView, ObjectView};

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::source::{Source, SourceId, SourceMap};
use crate::yaml::{self, Cursor, Limits, Parsed, Problem, ProblemKind, Tree};

use secret::format::Forms;

/// What a document is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DocumentKind {
    /// Nothing but comments.
    Empty,
    /// One Kubernetes object, or a `*List` of them.
    Object,
    /// `kustomization.yaml`
    Kustomization,
    /// A Kustomize component.
    Component,
    /// A patch, because a kustomization names it as one.
    Patch,
    /// An input of a generator, a transformer configuration, an OpenAPI schema: data that is not applied itself.
    KustomizeInput,
    /// `Chart.yaml`
    Chart,
    /// Values of a Helm chart.
    Values,
    /// `.sops.yaml`
    SopsConfig,
    /// A CI pipeline.
    Pipeline(Pipeline),
    /// A Taskfile: commands by name.
    Taskfile,
    /// `package.json`, which may have scripts.
    Package,
    /// Something else.
    Unknown,
}

/// The dialects of CI pipelines. Those of Tekton and Argo Workflows are Kubernetes objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pipeline {
    /// `.github/workflows/*`, and those of Gitea and Forgejo
    GitHubWorkflow,
    /// `action.yml`
    GitHubAction,
    /// `.gitlab-ci.yml`
    GitLab,
    /// `azure-pipelines.yml`
    Azure,
    /// `.circleci/config.yml`
    CircleCi,
    /// `bitbucket-pipelines.yml`
    Bitbucket,
    /// `.drone.yml`
    Drone,
    /// `.woodpecker.yml`, `.woodpecker/*`
    Woodpecker,
    /// `.travis.yml`
    Travis,
    /// `buildspec.yml` of AWS CodeBuild
    CodeBuild,
    /// `cloudbuild.yaml` of Google Cloud Build
    CloudBuild,
}

/// Whether an object is applied as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Usage {
    /// Applied as it stands: no kustomization that plimsoll knows of names it.
    Deployed,
    /// Part of a kustomization: what is rendered from it is applied.
    Rendered,
    /// A patch or another input of a kustomization.
    Input,
    /// Taken out of use: an entry that is commented out, a patch that nothing names, a case of a policy
    /// test, what people start by hand.
    SetAside,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its nodes.
    pub tree: Tree,
    /// What it is for.
    pub kind: DocumentKind,
    /// What it is for, as far as its own content says.
    by_content: DocumentKind,
}

/// One analysed file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its text.
    pub source: SourceId,
    /// What it is.
    pub kind: FileKind,
    /// What it is by its name.
    by_name: FileKind,
    /// Documents, comments and problems; nothing but problems of a template that is no YAML, empty for other text.
    pub parsed: Arc<Parsed>,
    /// The documents in order.
    pub documents: Vec<Document>,
    /// The Kubernetes objects of all documents, items of lists included.
    pub objects: Vec<Object>,
    /// Whether its objects are applied as they stand.
    pub usage: Usage,
    /// Which kinds of credentials its text holds, once somebody has asked.
    forms: OnceLock<Forms>,
}

/// All analysed files, sorted by path, and how they refer to each other.
#[derive(Debug, Default)]
pub struct Repository {
    /// The files, in the order of the map's.
    pub files: Vec<File>,
    /// Files that the repository holds as well and that were not read, since by their names they are no configuration.
    /// Rendering reads those that a kustomization names. What git ignores, or what is excluded, is not among them.
    pub unread: FxHashSet<Utf8PathBuf>,
    /// Files that it holds and that were left out for another reason: links, and what is too large or no text.
    pub left_out: FxHashSet<Utf8PathBuf>,
    by_path: FxHashMap<Utf8PathBuf, usize>,
    /// Those whose number is not that of their source, as in a second revision.
    by_source: FxHashMap<SourceId, usize>,
    by_directory: FxHashMap<Utf8PathBuf, Vec<usize>>,
    /// The file of each object, by the object's name, and its place there.
    by_name: FxHashMap<String, Vec<(usize, usize)>>,
}

impl Repository {
    /// Reads and types every file of `map`. `kinds` says what they are by name, in the same order.
    pub fn build(map: &SourceMap, kinds: &[FileKind], limits: Limits) -> Self {
        Self::default().beside(map, kinds, limits)
    }

    /// The same for the map of another revision. What this one has read is not read again.
    pub fn beside(&self, map: &SourceMap, kinds: &[FileKind], limits: Limits) -> Self {
        let one = |(&id, &kind): (&SourceId, &FileKind)| match self.of(id).filter(|it| it.by_name == kind) {
            Some(known) => known.as_read(),
            None => read(map, map.source(id), id, kind, limits),
        };
        let mut files: Vec<File> = map.ids().par_iter().zip(kinds).map(one).collect();
        let index: FxHashMap<&Utf8Path, usize> =
            map.files().enumerate().map(|(index, source)| (source.path(), index)).collect();
        reference::apply(map, &index, &mut files);
        aside::apply(map, &index, &mut files);
        let moved = files.iter().enumerate().filter(|(index, file)| file.source.0 as usize != *index);
        let by_source = moved.map(|(index, file)| (file.source, index)).collect();
        let ((by_path, by_directory), by_name) = rayon::join(
            || {
                let by_path = index.into_iter().map(|(path, index)| (path.to_owned(), index)).collect();
                (by_path, by_directory(map))
            },
            || by_name(map, &files),
        );
        let (unread, left_out) = Default::default();
        Self { files, unread, left_out, by_path, by_source, by_directory, by_name }
    }

    /// The objects of a name, as they stand in their files, sorted by path.
    pub fn named(&self, name: &str) -> impl Iterator<Item = (&File, &Object)> {
        let places = self.by_name.get(name).into_iter().flatten();
        places.filter_map(|&(file, object)| {
            let file = self.files.get(file)?;
            Some((file, file.objects.get(object)?))
        })
    }

    /// The file that a source is; `None` for a derived one.
    pub fn of(&self, source: SourceId) -> Option<&File> {
        let is_it = |file: &&File| file.source == source;
        let moved = || self.files.get(*self.by_source.get(&source)?);
        self.files.get(source.0 as usize).filter(is_it).or_else(moved)
    }

    /// The file at a path relative to the root.
    pub fn file(&self, path: &Utf8Path) -> Option<&File> {
        self.by_path.get(path).and_then(|&index| self.files.get(index))
    }

    /// The files that lie in a directory itself, sorted by path.
    pub fn directory(&self, path: &Utf8Path) -> impl Iterator<Item = &File> {
        self.by_directory.get(path).into_iter().flatten().filter_map(|&index| self.files.get(index))
    }

    /// The files as rules see them.
    pub fn views<'w>(&'w self, map: &'w SourceMap) -> impl IndexedParallelIterator<Item = FileView<'w>> {
        self.files.par_iter().map(move |file| FileView { map, file })
    }
}

/// The files of each directory.
fn by_directory(map: &SourceMap) -> FxHashMap<Utf8PathBuf, Vec<usize>> {
    let mut by_directory: FxHashMap<Utf8PathBuf, Vec<usize>> = FxHashMap::default();
    for (index, source) in map.files().enumerate() {
        let directory = source.path().parent().unwrap_or(Utf8Path::new(""));
        match by_directory.get_mut(directory) {
            Some(files) => files.push(index),
            None => drop(by_directory.insert(directory.to_owned(), vec![index])),
        }
    }
    by_directory
}

/// The objects of each name: files, and places in them.
fn by_name(map: &SourceMap, files: &[File]) -> FxHashMap<String, Vec<(usize, usize)>> {
    let mut by_name: FxHashMap<String, Vec<(usize, usize)>> = FxHashMap::default();
    for (index, file) in files.iter().enumerate() {
        for (place, object) in file.objects.iter().enumerate() {
            let name =
                Cursor::new(map, &object.tree).path(&["metadata", "name"]).and_then(|name| name.text());
            if let Some(name) = name {
                by_name.entry(name.into_owned()).or_default().push((index, place));
            }
        }
    }
    by_name
}

impl File {
    /// A file without documents.
    fn text(source: SourceId, kind: FileKind) -> Self {
        Self {
            source,
            kind,
            by_name: kind,
            parsed: Arc::default(),
            documents: Vec::new(),
            objects: Vec::new(),
            usage: Usage::Deployed,
            forms: OnceLock::new(),
        }
    }

    /// The same before other files said what it is for.
    fn as_read(&self) -> Self {
        let mut file = self.clone();
        file.usage = Usage::Deployed;
        file.documents.iter_mut().for_each(|document| document.kind = document.by_content);
        file
    }
}

fn read(map: &SourceMap, source: &Source, id: SourceId, kind: FileKind, limits: Limits) -> File {
    let parsed = match kind {
        FileKind::Yaml | FileKind::Json => yaml::parse(source, id, limits),
        _ => return File::text(id, kind),
    };
    // Jinja, Go and cookiecutter templates are often called `.yaml`; that they do not parse is not an error. A file
    // of which any document could be read is no template, whatever stands in the others.
    if parsed.documents.is_empty() && looks_like_template(source, &parsed.problems) {
        // Who reads it as it is finds the same problems.
        let parsed = Arc::new(Parsed { problems: parsed.problems, ..Parsed::default() });
        return File { by_name: kind, parsed, ..File::text(id, FileKind::Template) };
    }
    let documents: Vec<Document> = parsed
        .trees()
        .map(|tree| {
            let kind = classify::by_content(map, source.path(), &tree);
            Document { tree, kind, by_content: kind }
        })
        .collect();
    let objects = documents
        .iter()
        .filter(|document| document.kind == DocumentKind::Object)
        .flat_map(|document| object::objects_of(map, &document.tree))
        .collect();
    let (parsed, usage, forms) = (Arc::new(parsed), Usage::Deployed, OnceLock::new());
    File { source: id, kind, by_name: kind, parsed, documents, objects, usage, forms }
}

/// Whether a text that is no YAML is one because of a template engine: a line begins with an action, or the line
/// where reading failed has one. `${{ }}` is an expression of GitHub Actions inside of YAML.
fn looks_like_template(source: &Source, problems: &[Problem]) -> bool {
    let starts = |line: &str| line.starts_with("{{") || line.starts_with("{%");
    let failed_on_one =
        problems.iter().filter(|problem| problem.kind == ProblemKind::Syntax).any(|problem| {
            let line = source.line_range(source.position(problem.span.start).line);
            let line = source.text().get(line).unwrap_or_default().replace("${{", "");
            line.contains("{{") || line.contains("{%")
        });
    let broken = problems.iter().any(|problem| problem.kind == ProblemKind::Syntax);
    failed_on_one || (broken && source.text().lines().any(|line| starts(line.trim_start())))
}
