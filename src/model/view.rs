//! What rules hold in their hands: an object, a document or a file together with the sources it came from.

use std::borrow::Cow;

use camino::Utf8Path;

use crate::config::PodSpecKind;
use crate::finding::ObjectName;
use crate::source::{Source, SourceMap, StepKind};
use crate::yaml::Cursor;

use super::object::Metadata;
use super::{Document, DocumentKind, File, Object, PodSpec, Repository};

/// API group and kind that a rule asks for, in any version. The core group is the empty string.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KindName {
    /// `apps`, `argoproj.io`, … or `""`.
    pub group: &'static str,
    /// `Deployment`
    pub kind: &'static str,
}

/// A Kubernetes object and where it came from.
#[derive(Clone, Copy)]
pub struct ObjectView<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The object.
    pub object: &'w Object,
    /// Its root.
    pub root: Cursor<'w>,
    record: Record<'w>,
}

/// How the file of record is found. Few rules want it, and looking it up costs more than most of what they do.
#[derive(Clone, Copy)]
enum Record<'w> {
    File(&'w File),
    Of(&'w Repository),
    Nothing,
}

impl<'w> ObjectView<'w> {
    /// The view of an object.
    pub fn new(map: &'w SourceMap, file: Option<&'w File>, object: &'w Object) -> Self {
        let record = file.map_or(Record::Nothing, Record::File);
        Self { map, object, root: Cursor::new(map, &object.tree), record }
    }

    /// The view of an object that a render step made.
    pub fn rendered(map: &'w SourceMap, repository: &'w Repository, object: &'w Object) -> Self {
        Self { record: Record::Of(repository), ..Self::new(map, None, object) }
    }

    /// The file of record; `None` for one that the walk left out.
    pub fn file(&self) -> Option<&'w File> {
        match self.record {
            Record::File(file) => Some(file),
            Record::Of(repository) => repository.of(self.object.source),
            Record::Nothing => None,
        }
    }

    /// `kind`; empty when absent.
    pub fn kind(&self) -> &'w str {
        self.object.kind()
    }

    /// `apiVersion`; empty when absent.
    pub fn api_version(&self) -> &'w str {
        self.object.api_version()
    }

    /// API group: the part of `apiVersion` before the slash, `""` for the core group.
    pub fn group(&self) -> &'w str {
        self.api_version().rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Whether the object is of this group and kind, in any version.
    pub fn is(&self, name: KindName) -> bool {
        self.kind() == name.kind && self.group() == name.group
    }

    /// `metadata.name`, or `metadata.generateName`; empty when absent.
    pub fn name(&self) -> Cow<'w, str> {
        let name = self.metadata(Metadata::Name).and_then(|name| name.text()).unwrap_or_default();
        match name.is_empty() {
            true => {
                let prefix = self.root.path(&["metadata", "generateName"]);
                prefix.and_then(|prefix| prefix.text()).unwrap_or_default()
            }
            false => name,
        }
    }

    /// `metadata.namespace`, when written.
    pub fn namespace(&self) -> Option<Cow<'w, str>> {
        self.metadata(Metadata::Namespace)?.text()
    }

    /// The name under which reports speak of the object.
    pub fn object_name(&self) -> ObjectName {
        ObjectName {
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(Cow::into_owned),
            name: self.written_name().into_owned(),
        }
    }

    /// [`name`](Self::name) without the hash of the content that ends it: a person wrote it so, it stays the same when
    /// the content changes, and tells nothing of a Secret's.
    pub fn written_name(&self) -> Cow<'w, str> {
        let name = self.name();
        let node = self.metadata(Metadata::Name);
        let step = node.and_then(|node| self.map.step(node.step()));
        match (step, name.rsplit_once('-')) {
            (Some(step), Some((written, _))) if step.what == StepKind::Hash => written.to_owned().into(),
            _ => name,
        }
    }

    /// The value of an annotation.
    pub fn annotation(&self, name: &str) -> Option<Cow<'w, str>> {
        self.annotations()?.get(name)?.text()
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<Cow<'w, str>> {
        self.metadata(Metadata::Labels)?.get(name)?.text()
    }

    /// `metadata.annotations`.
    pub fn annotations(&self) -> Option<Cursor<'w>> {
        self.metadata(Metadata::Annotations)
    }

    /// The pod specs the object carries, in whatever known kind.
    pub fn pod_specs(&self) -> Vec<PodSpec<'w>> {
        self.pod_specs_with(&[])
    }

    /// The same with kinds that the configuration names.
    pub fn pod_specs_with(&self, more: &[PodSpecKind]) -> Vec<PodSpec<'w>> {
        super::pod::pod_specs(self, more)
    }

    fn metadata(&self, field: Metadata) -> Option<Cursor<'w>> {
        self.object.metadata(self.map, field)
    }
}

/// A file as rules see it.
#[derive(Clone, Copy)]
pub struct FileView<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The file.
    pub file: &'w File,
}

impl<'w> FileView<'w> {
    /// Its text and path.
    pub fn source(&self) -> &'w Source {
        self.map.source(self.file.source)
    }

    /// Path relative to the repository root.
    pub fn path(&self) -> &'w Utf8Path {
        self.source().path()
    }

    /// Its documents.
    pub fn documents(&self) -> impl Iterator<Item = DocumentView<'w>> + use<'w> {
        let Self { map, file } = *self;
        file.documents.iter().map(move |document| DocumentView {
            map,
            file,
            document,
            root: Cursor::new(map, &document.tree),
        })
    }

    /// The Kubernetes objects of all its documents.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'w>> + use<'w> {
        let Self { map, file } = *self;
        file.objects.iter().map(move |object| ObjectView::new(map, Some(file), object))
    }
}

/// A document as rules see it.
#[derive(Clone, Copy)]
pub struct DocumentView<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The file it stands in.
    pub file: &'w File,
    /// The document.
    pub document: &'w Document,
    /// Its root.
    pub root: Cursor<'w>,
}

impl<'w> DocumentView<'w> {
    /// Path of its file, relative to the repository root.
    pub fn path(&self) -> &'w Utf8Path {
        self.map.source(self.file.source).path()
    }

    /// The Kubernetes objects it holds: itself, or the items of a list. A patch is an object too.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'w>> + use<'w> {
        let Self { map, file, document, .. } = *self;
        let start = document.tree.root();
        let end = start + document.tree.nodes().len() as u32;
        let objects = file.objects.iter().filter(move |object| (start..end).contains(&object.tree.root()));
        objects.map(move |object| ObjectView::new(map, Some(file), object))
    }

    /// What it is for.
    pub fn kind(&self) -> DocumentKind {
        self.document.kind
    }

    /// What it says about the fields of a kind, if it is a CustomResourceDefinition, which describes objects and configures
    /// nothing.
    pub fn definition(&self) -> Option<Cursor<'w>> {
        let text = |field: &str| self.root.get(field).and_then(|value| value.text());
        let is_definition = self.kind() == DocumentKind::Object
            && text("kind").is_some_and(|kind| kind == "CustomResourceDefinition")
            && text("apiVersion").is_some_and(|version| version.starts_with("apiextensions.k8s.io/"));
        is_definition.then(|| self.root.get("spec"))?
    }
}

/// A `kustomization.yaml` or a component.
#[derive(Clone, Copy)]
pub struct KustomizationView<'w> {
    /// The document.
    pub document: DocumentView<'w>,
}
