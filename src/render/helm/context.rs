//! What templates see: `.Values`, `.Release`, `.Chart`, `.Capabilities`, `.Files`, `.Subcharts`.
//!
//! Owns their shape in Helm 3 and 4. Source: `recAllTpls` of `pkg/engine/engine.go`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::render::kustomize::Files;
use crate::source::{SourceId, Span, StepId};
use crate::template::{self, ChartFile, Data, Map, Object, Origin, StructField, Text, Value};

use super::chart::{Chart, OtherContent};
use super::metadata::{Dependency, Field, Metadata};
use super::part::Part;
use super::release::ReleaseOptions;

/// What is the same for all charts of a release.
pub(super) struct Context<'c, 'w> {
    files: &'c Files<'w>,
    helm3: bool,
    release: Map,
    capabilities: Value,
    /// Whether any template may ask for files; reading them all is most of the work for some charts.
    wants_files: bool,
}

/// A template of a release.
pub(super) struct Task {
    /// Its name, the path of its chart in front: `app/charts/db/templates/a.yaml`.
    pub name: String,
    /// Its text.
    pub source: SourceId,
    /// The directory of the templates of its chart.
    pub base: Rc<str>,
    /// What it sees; all templates of a chart share it.
    pub root: Map,
}

impl<'c, 'w> Context<'c, 'w> {
    pub fn new(files: &'c Files<'w>, options: &ReleaseOptions, wants_files: bool) -> Self {
        let release = Map::default();
        release.set("Name", field(&options.name));
        release.set("Namespace", field(&options.namespace));
        release.set("IsUpgrade", Data::Bool(false).into());
        release.set("IsInstall", Data::Bool(true).into());
        release.set("Revision", Data::Int(1).into());
        release.set("Service", Value::made("Helm"));
        let versions = options.all_api_versions();
        let helm = if options.helm3 { "v3.17.3" } else { "v4.3.1" };
        let version = options.kube_version();
        let capabilities = Object::capabilities(&version, &versions, helm, options.helm3);
        Self { files, helm3: options.helm3, release, capabilities, wants_files }
    }

    /// The templates of a chart and those in it. `values` are its own.
    pub fn tasks(&self, part: &Part, values: Map) -> Vec<Task> {
        let mut tasks = BTreeMap::new();
        self.collect(part, values, &part.name, true, &mut tasks);
        tasks.into_values().collect()
    }

    fn collect(
        &self,
        part: &Part,
        values: Map,
        path: &str,
        is_root: bool,
        tasks: &mut BTreeMap<String, Task>,
    ) -> Map {
        let root = Map::default();
        let inner = Map::default();
        root.set("Chart", self.chart(part, is_root));
        root.set("Files", Object::files(self.files_of(&part.chart)));
        root.set("Release", self.release.clone().into());
        root.set("Capabilities", self.capabilities.clone());
        root.set("Values", values.clone().into());
        root.set("Subcharts", inner.clone().into());
        for part in &part.parts {
            let own = match values.get(&part.name).map(|own| own.data) {
                Some(Data::Map(own)) => own,
                _ => Map::default(),
            };
            let path = format!("{path}/charts/{}", part.name);
            inner.set(part.name.as_str(), self.collect(part, own, &path, false, tasks).into());
        }
        let is_library = part.chart.metadata.is_library();
        let base: Rc<str> = format!("{path}/templates").into();
        for template in &part.chart.templates {
            let file = template.name.rsplit('/').next().unwrap_or_default();
            if !is_library || file.starts_with('_') {
                let name = format!("{path}/{}", template.name);
                let task = Task {
                    name: name.clone(),
                    source: template.source,
                    base: base.clone(),
                    root: root.clone(),
                };
                tasks.insert(name, task);
            }
        }
        root
    }

    fn files_of(&self, chart: &Chart) -> template::Files {
        if !self.wants_files {
            return template::Files::new(BTreeMap::new());
        }
        let map = self.files.map;
        let text = |source: SourceId| ChartFile {
            content: Arc::from(map.source(source).text().trim_start_matches('\u{feff}').as_bytes()),
            source: Some(source),
        };
        let files = chart.files.iter().filter_map(|file| {
            let content = match &file.content {
                OtherContent::Bytes(bytes) => ChartFile { content: Arc::clone(bytes), source: None },
                OtherContent::Text(source) => text(*source),
                OtherContent::File(path) => {
                    let read = self.files.content(path, Span::new(chart.source, 0, 0)).ok()?;
                    match read.bytes {
                        Some(bytes) => ChartFile { content: bytes, source: None },
                        None => text(read.source),
                    }
                }
            };
            Some((Rc::from(file.name.as_str()), content))
        });
        template::Files::new(files.collect())
    }

    fn chart(&self, part: &Part, is_root: bool) -> Value {
        let metadata = &part.chart.metadata;
        let mut fields = self.metadata(metadata, part);
        fields.push(StructField::new("IsRoot", "IsRoot", Data::Bool(is_root).into()));
        self.structure("chart.Metadata", fields)
    }

    /// A struct for Helm 3; a map with Go's names for Helm 4.
    fn structure(&self, name: &'static str, fields: Vec<StructField>) -> Value {
        if self.helm3 {
            return Object::structure(name, fields);
        }
        let map = Map::default();
        for field in fields {
            map.set(field.name, field.value);
        }
        map.into()
    }

    fn metadata(&self, metadata: &Metadata, part: &Part) -> Vec<StructField> {
        let list = |fields: &[Field]| Value::from(fields.iter().map(field).collect::<Vec<_>>());
        let maintainer = |[name, email, url]: &[Field; 3]| {
            self.structure(
                "*chart.Maintainer",
                vec![
                    StructField::optional("Name", "name", field(name)),
                    StructField::optional("Email", "email", field(email)),
                    StructField::optional("URL", "url", field(url)),
                ],
            )
        };
        let annotations = match metadata.annotations.is_empty() {
            true => Data::Nil.into(),
            false => {
                let map = Map::default();
                for (key, value) in &metadata.annotations {
                    map.set(key.text.as_str(), field(value));
                }
                map.into()
            }
        };
        let wanted = part.wanted.iter().filter_map(|wanted| {
            let dependency = wanted.of(part)?;
            Some(self.dependency(dependency, &wanted.name))
        });
        let name = Field { text: part.name.clone(), ..metadata.name.clone() };
        vec![
            StructField::optional("Name", "name", field(&name)),
            StructField::optional("Home", "home", field(&metadata.home)),
            StructField::optional("Sources", "sources", list(&metadata.sources)),
            StructField::optional("Version", "version", field(&metadata.version)),
            StructField::optional("Description", "description", field(&metadata.description)),
            StructField::optional("Keywords", "keywords", list(&metadata.keywords)),
            StructField::optional(
                "Maintainers",
                "maintainers",
                metadata.maintainers.iter().map(maintainer).collect::<Vec<_>>().into(),
            ),
            StructField::optional("Icon", "icon", field(&metadata.icon)),
            StructField::optional("APIVersion", "apiVersion", field(&metadata.api_version)),
            StructField::optional("Condition", "condition", field(&metadata.condition)),
            StructField::optional("Tags", "tags", field(&metadata.tags)),
            StructField::optional("AppVersion", "appVersion", field(&metadata.app_version)),
            StructField::optional("Deprecated", "deprecated", Data::Bool(metadata.is_deprecated).into()),
            StructField::optional("Annotations", "annotations", annotations),
            StructField::optional("KubeVersion", "kubeVersion", field(&metadata.kube_version)),
            StructField::optional("Dependencies", "dependencies", wanted.collect::<Vec<_>>().into()),
            StructField::optional("Type", "type", field(&metadata.kind)),
        ]
    }

    fn dependency(&self, dependency: &Dependency, name: &str) -> Value {
        let name = Field { text: name.to_owned(), ..dependency.name.clone() };
        let tags: Vec<Value> = dependency.tags.iter().map(field).collect();
        self.structure(
            "*chart.Dependency",
            vec![
                StructField::new("Name", "name", field(&name)),
                StructField::optional("Version", "version", field(&dependency.version)),
                StructField::new("Repository", "repository", field(&dependency.repository)),
                StructField::optional("Condition", "condition", field(&dependency.condition)),
                StructField::optional("Tags", "tags", tags.into()),
                StructField::optional("Enabled", "enabled", Data::Bool(true).into()),
                StructField::optional("ImportValues", "import-values", Vec::new().into()),
                StructField::optional("Alias", "alias", field(&dependency.alias)),
            ],
        )
    }
}

/// A field as text with its place.
fn field(field: &Field) -> Value {
    let mut text = Text::default();
    let origin = field.span.map(|span| Origin::value(span, StepId::PARSED));
    text.push_from(&field.text, origin);
    Value { origin, ..text.into() }
}
