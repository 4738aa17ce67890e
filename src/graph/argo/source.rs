//! One source of an Application: the override files beside its manifests, the tool it is built with, what comes of it.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/>.

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::context::source_path;
use crate::graph::owner::{Content, Destination, Planned};
use crate::graph::{Context, Status, Tool, Whose};
use crate::model::ObjectView;
use crate::render::{Built, Event, EventKind, Gap};
use crate::source::SourceMap;
use crate::yaml::{Cursor, Draft, Kind, Tree, inflate};

use super::chart::Install;
use super::environment::Environment;
use super::values::{self, Base};
use super::{directory, kustomize};

/// Fields of a source that an override file cannot change.
const FIXED: [&str; 4] = ["repoURL", "targetRevision", "path", "chart"];

/// A source with what it belongs to.
pub struct Source<'a, 'w> {
    /// The files.
    pub context: &'a Context<'w>,
    /// Whose source it is.
    pub application: &'a ObjectView<'a>,
    /// `spec` of the Application.
    pub spec: Cursor<'a>,
    /// The source as it is written.
    pub written: Cursor<'a>,
}

impl Source<'_, '_> {
    /// What the controller makes of it. Destination and namespace are left to the caller.
    pub fn plan(&self) -> Planned {
        let context = self.context;
        let text = |name: &str| {
            self.written.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty())
        };
        let at = ["path", "chart"].iter().find_map(|name| self.written.get(name)).unwrap_or(self.written);
        let mut planned = Planned {
            at: context.map.editable(at.span(), at.step()).unwrap_or(at.span()),
            directory: None,
            tool: Tool::Unknown,
            status: Status::External,
            content: Content::Nothing,
            destination: Destination::Own,
            namespace: None,
            values: Vec::new(),
        };
        let whose = context.whose(&text("repoURL").unwrap_or_default());
        if text("chart").is_some() {
            planned.tool = Tool::Helm;
            planned.values = self.values(self.written, &Base::Elsewhere);
            return planned;
        }
        let path = match text("path") {
            _ if whose == Whose::Foreign => None,
            Some(path) if !context.is_at_hand(text("targetRevision").as_deref()) => {
                planned.status = Status::Unverifiable("it is read at another revision".into());
                planned.directory = source_path(&path).filter(|_| !is_templated(&path));
                None
            }
            path => path,
        };
        let Some(path) = path else {
            planned.values = self.values(self.written, &Base::Elsewhere);
            return planned;
        };
        let missing = |why: String| match whose {
            Whose::This => Status::Missing(why),
            Whose::Foreign | Whose::Unknown => {
                Status::Unverifiable("the repository may be another one".into())
            }
        };
        let directory = match source_path(&path) {
            _ if is_templated(&path) => {
                planned.status = Status::Unverifiable("a template fills in the path".into());
                return planned;
            }
            _ if path.starts_with('/') => {
                planned.status =
                    missing(format!("`{path}` begins with a slash; Argo CD wants a relative path"));
                return planned;
            }
            None => {
                planned.status = missing(format!("`{path}` leads out of the repository"));
                return planned;
            }
            Some(directory) => directory,
        };
        let is_file = context.renderer.has_file(&directory);
        if is_file || (!context.is_directory(&directory) && !context.renderer.has_directory(&directory)) {
            let why = if is_file { "is a file, not a directory" } else { "does not exist" };
            planned.status = missing(format!("`{path}` {why}"));
            return planned;
        }
        planned.status = Status::Resolved;
        planned.directory = Some(directory.clone());
        let Some(effective) = inflate(context.map, &self.written.tree()) else { return planned };
        let effective = overridden(context, &directory, &self.application.name(), effective);
        self.build(&directory, Cursor::new(context.map, &effective), &mut planned);
        planned
    }

    /// Chooses the tool for a directory and builds what there is.
    fn build(&self, directory: &Utf8Path, source: Cursor<'_>, planned: &mut Planned) {
        let context = self.context;
        planned.tool = tool(context, directory, source);
        match planned.tool {
            Tool::Helm => {
                planned.values = self.values(source, &Base::Directory(directory));
                let environment = Environment::new(self.application, self.spec, self.written);
                let install = Install {
                    context,
                    application: self.application,
                    spec: self.spec,
                    helm: source.get("helm"),
                    files: &planned.values,
                    environment: &environment,
                };
                planned.content = Content::Own(Box::new(install.build(directory)));
            }
            Tool::Plugin => {
                let name = source.path(&["plugin", "name"]).and_then(|name| name.text()).unwrap_or_default();
                let plugin = match name.is_empty() {
                    true => "a config management plugin is not run".to_owned(),
                    false => format!("the config management plugin `{name}` is not run"),
                };
                planned.content = self.gap(directory, Gap::Plugin, plugin, planned);
            }
            Tool::Kustomize => {
                let environment = Environment::new(self.application, self.spec, self.written);
                let edited = source
                    .get("kustomize")
                    .and_then(|options| kustomize::build(context, directory, options, &environment));
                planned.content = match edited {
                    Some(built) => Content::Own(Box::new(built)),
                    None => Content::Kustomization { directory: directory.to_owned(), unrestricted: false },
                };
            }
            Tool::Directory | Tool::Generator | Tool::Unknown => {
                let options = source.get("directory");
                let files = directory::files(context, directory, options);
                let mut events = Vec::new();
                if options
                    .is_some_and(|options| options.get("jsonnet").is_some_and(|jsonnet| !is_zero(jsonnet)))
                {
                    let message = "the Jsonnet of this directory is not evaluated";
                    events.push(Event::new(EventKind::NotRendered(Gap::Jsonnet), planned.at, message));
                }
                if !files.is_empty() || !events.is_empty() {
                    let source = files.first().map_or(planned.at.source, |file| file.source);
                    let built = Built::plain(directory, source, Context::objects(&files), events);
                    planned.content = Content::Own(Box::new(built));
                }
            }
        }
    }

    fn gap(&self, directory: &Utf8Path, gap: Gap, message: String, planned: &Planned) -> Content {
        let event = Event::new(EventKind::NotRendered(gap), planned.at, message);
        Content::Own(Box::new(Built::plain(directory, planned.at.source, Vec::new(), vec![event])))
    }

    fn values(&self, source: Cursor<'_>, base: &Base<'_>) -> Vec<values::ValueFile> {
        let environment = Environment::new(self.application, self.spec, self.written);
        let helm = source.get("helm");
        helm.map(|helm| values::files(self.context, self.spec, helm, base, &environment)).unwrap_or_default()
    }
}

fn is_templated(path: &str) -> bool {
    path.contains("{{") || path.contains("${")
}

/// A section that says something wins. Without one, Argo CD goes through the names of the files in their order, and the
/// last one that means something counts: a kustomization comes after `Chart.yaml`.
fn tool(context: &Context<'_>, directory: &Utf8Path, source: Cursor<'_>) -> Tool {
    let sections = [
        ("kustomize", Tool::Kustomize),
        ("helm", Tool::Helm),
        ("directory", Tool::Directory),
        ("plugin", Tool::Plugin),
    ];
    let explicit = sections.iter().find(|(name, tool)| {
        // A plugin is also asked for by an empty section.
        source.get(name).is_some_and(|section| *tool == Tool::Plugin || !is_zero(section))
    });
    match explicit {
        Some((_, tool)) => *tool,
        None if context.renderer.has_kustomization(directory) => Tool::Kustomize,
        None if context.renderer.has_file(&directory.join("Chart.yaml")) => Tool::Helm,
        None => Tool::Directory,
    }
}

/// What Go calls the zero value: a section of only these is as good as absent.
fn is_zero(value: Cursor<'_>) -> bool {
    if value.is_map() {
        return value.entries().iter().all(|entry| is_zero(entry.value));
    }
    if value.is_seq() {
        return value.items().next().is_none();
    }
    value.is_null() || value.bool() == Some(false) || value.text().is_some_and(|text| text.is_empty())
}

/// The source with what the override files beside the manifests change in it: a merge of JSON, the file that names the
/// Application last.
fn overridden(context: &Context<'_>, directory: &Utf8Path, application: &str, source: Tree) -> Tree {
    override_files(directory, application).iter().fold(source, |source, path| {
        let file = context.repository.file(path);
        let Some(document) = file.and_then(|file| file.documents.first()) else { return source };
        let Some(patch) = inflate(context.map, &document.tree) else { return source };
        let mut draft = Draft::new(&source);
        merge(context.map, &mut draft, Cursor::new(context.map, &patch), &FIXED);
        draft.freeze()
    })
}

/// The override files of a directory for an Application, in the order in which they are merged.
fn override_files(directory: &Utf8Path, application: &str) -> [Utf8PathBuf; 2] {
    [directory.join(".argocd-source.yaml"), directory.join(format!(".argocd-source-{application}.yaml"))]
}

fn merge(map: &SourceMap, draft: &mut Draft, patch: Cursor<'_>, fixed: &[&str]) {
    for entry in patch.entries() {
        let name = entry.key.text().unwrap_or_default();
        if fixed.contains(&name.as_ref()) {
            continue;
        }
        if entry.value.is_null() {
            draft.remove(map, &name);
            continue;
        }
        match draft.get_mut(map, &name).filter(|known| entry.value.is_map() && known.kind() == Kind::Map) {
            Some(known) => merge(map, known, entry.value, &[]),
            None => drop(draft.set(map, Draft::from(entry.key), Draft::from(entry.value))),
        }
    }
}
