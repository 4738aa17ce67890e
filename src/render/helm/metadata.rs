//! `Chart.yaml` and `requirements.yaml`: what a chart is called, and what it depends on.
//!
//! Owns their fields as Helm reads them, each with its place. Must not know where charts lie.

use crate::source::Span;
use crate::template::{Data, Value};
use crate::yaml::{Cursor, Schema, Typed};

/// A text and where it is written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Field {
    /// The text, as Helm reads it into a string.
    pub text: String,
    /// Where it stands; `None` for what is not there.
    pub span: Option<Span>,
}

/// What `Chart.yaml` says.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// `v1` or `v2`.
    pub api_version: Field,
    /// The name.
    pub name: Field,
    /// The version.
    pub version: Field,
    /// The version of what it installs.
    pub app_version: Field,
    /// A constraint on the version of Kubernetes.
    pub kube_version: Field,
    /// `application`, `library`, or nothing.
    pub kind: Field,
    /// What it is, in a sentence.
    pub description: Field,
    /// A page about it.
    pub home: Field,
    /// A picture.
    pub icon: Field,
    /// Fields of charts of old.
    pub condition: Field,
    /// As [`condition`](Self::condition).
    pub tags: Field,
    /// Nobody should use it any more.
    pub is_deprecated: bool,
    /// Words to find it by.
    pub keywords: Vec<Field>,
    /// Where its sources are.
    pub sources: Vec<Field>,
    /// Name, address and page of each maintainer.
    pub maintainers: Vec<[Field; 3]>,
    /// Notes for other programs.
    pub annotations: Vec<(Field, Field)>,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
    /// Whether `dependencies` is written; an empty list is.
    pub has_dependencies: bool,
}

/// An entry of `dependencies`.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// The entry.
    pub span: Option<Span>,
    /// The name of the chart.
    pub name: Field,
    /// A constraint on its version.
    pub version: Field,
    /// Where it comes from.
    pub repository: Field,
    /// Paths of values that switch it, separated by commas.
    pub condition: Field,
    /// Tags that switch it.
    pub tags: Vec<Field>,
    /// What it is called instead.
    pub alias: Field,
    /// Values of it that become values of this chart.
    pub imports: Vec<Import>,
}

impl Dependency {
    /// Where it is named.
    pub fn place(&self) -> Option<Span> {
        self.name.span.or(self.span)
    }
}

/// An entry of `import-values`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Import {
    /// A key below `exports`.
    Export(String),
    /// The path of a table in the dependency, and the path that it gets here.
    Table {
        /// The path there.
        child: String,
        /// The path here; `.` for the top.
        parent: String,
    },
}

impl Dependency {
    /// What its values and templates go by.
    pub fn called(&self) -> &str {
        if self.alias.text.is_empty() { &self.name.text } else { &self.alias.text }
    }
}

/// Something that keeps a chart from being loaded: where, and what Helm says.
pub(super) type Refusal = (Option<Span>, String);

impl Metadata {
    /// Reads `Chart.yaml`.
    pub fn read(root: Cursor<'_>) -> Result<Self, Refusal> {
        if !root.is_map() {
            return Err((Some(root.span()), "Chart.yaml is no map".to_owned()));
        }
        let text = |name: &str| field(root, name);
        let mut api_version = text("apiVersion")?;
        if api_version.text.is_empty() {
            api_version.text = "v1".to_owned();
        }
        let annotations =
            root.get("annotations").map(|annotations| annotations.entries()).unwrap_or_default();
        let annotation = |entry: &crate::yaml::Entry<'_>| Ok((of(entry.key)?, of(entry.value)?));
        let maintainer =
            |item: Cursor<'_>| Ok([field(item, "name")?, field(item, "email")?, field(item, "url")?]);
        let maintainers = root.get("maintainers").into_iter().flat_map(|list| list.items());
        let mut metadata = Self {
            api_version,
            name: text("name")?,
            version: text("version")?,
            app_version: text("appVersion")?,
            kube_version: text("kubeVersion")?,
            kind: text("type")?,
            description: text("description")?,
            home: text("home")?,
            icon: text("icon")?,
            condition: text("condition")?,
            tags: text("tags")?,
            is_deprecated: root.get("deprecated").and_then(|value| value.bool()).unwrap_or_default(),
            keywords: list(root, "keywords")?,
            sources: list(root, "sources")?,
            maintainers: maintainers.map(maintainer).collect::<Result<_, Refusal>>()?,
            annotations: annotations.iter().map(annotation).collect::<Result<_, Refusal>>()?,
            dependencies: Vec::new(),
            has_dependencies: false,
        };
        metadata.require(root)?;
        Ok(metadata)
    }

    /// Takes the dependencies of `requirements.yaml`, or of `Chart.yaml` itself. They replace what was known.
    pub fn require(&mut self, root: Cursor<'_>) -> Result<(), Refusal> {
        let Some(list) = root.get("dependencies").filter(|list| !list.is_null()) else { return Ok(()) };
        if !list.is_seq() {
            return Err((Some(list.span()), "`dependencies` is no list".to_owned()));
        }
        self.has_dependencies = true;
        self.dependencies = list.items().map(dependency).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// What Helm refuses in what was read.
    pub fn validate(&self) -> Result<(), Refusal> {
        let refuse = |field: &Field, message: String| Err((field.span, message));
        let (name, kind) = (self.name.text.as_str(), self.kind.text.as_str());
        if name.is_empty() {
            return refuse(&self.name, "chart.metadata.name is required".to_owned());
        }
        if name == "." || name == ".." || name.contains('/') {
            return refuse(&self.name, format!("chart.metadata.name {name:?} is invalid"));
        }
        if self.version.text.is_empty() {
            return refuse(&self.version, "chart.metadata.version is required".to_owned());
        }
        if !crate::template::is_version(&self.version.text) {
            let message = format!("chart.metadata.version {:?} is invalid", self.version.text);
            return refuse(&self.version, message);
        }
        if !matches!(kind, "" | "application" | "library") {
            return refuse(&self.kind, "chart.metadata.type must be application or library".to_owned());
        }
        let mut called = rustc_hash::FxHashSet::default();
        for dependency in &self.dependencies {
            let name = &dependency.name.text;
            let plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-';
            if !dependency.alias.text.chars().all(plain) {
                let message = format!("dependency {name:?} has disallowed characters in the alias");
                return refuse(&dependency.alias, message);
            }
            if !called.insert(dependency.called()) {
                let message =
                    format!("more than one dependency with name or alias {:?}", dependency.called());
                return Err((dependency.span, message));
            }
        }
        Ok(())
    }

    /// Whether only the helpers of its templates are used.
    pub fn is_library(&self) -> bool {
        self.kind.text.eq_ignore_ascii_case("library")
    }
}

fn dependency(item: Cursor<'_>) -> Result<Dependency, Refusal> {
    if !item.is_map() {
        let message = "dependencies must not contain empty or null nodes".to_owned();
        return Err((Some(item.span()), message));
    }
    let imports = item.get("import-values").into_iter().flat_map(|list| list.items());
    let path = |import: Cursor<'_>, name: &str| {
        // Go prints what is not there.
        import.get(name).and_then(|path| path.text()).map_or("<nil>".to_owned(), |path| path.into_owned())
    };
    let import = |import: Cursor<'_>| match import.is_map() {
        true => Some(Import::Table { child: path(import, "child"), parent: path(import, "parent") }),
        false => import.string().map(|name| Import::Export(name.into_owned())),
    };
    Ok(Dependency {
        span: Some(item.span()),
        name: field(item, "name")?,
        version: field(item, "version")?,
        repository: field(item, "repository")?,
        condition: field(item, "condition")?,
        tags: list(item, "tags")?,
        alias: field(item, "alias")?,
        imports: imports.filter_map(import).collect(),
    })
}

fn list(map: Cursor<'_>, name: &str) -> Result<Vec<Field>, Refusal> {
    map.get(name).into_iter().flat_map(|list| list.items()).map(of).collect()
}

fn field(map: Cursor<'_>, name: &str) -> Result<Field, Refusal> {
    map.get(name).map_or_else(|| Ok(Field::default()), of)
}

/// A scalar as `sigs.k8s.io/yaml` reads it into a string: numbers and booleans are printed.
fn of(value: Cursor<'_>) -> Result<Field, Refusal> {
    let text = value.typed_as(Schema::GoYamlV2, |typed| match typed {
        Typed::Null => String::new(),
        Typed::Bool(value) => value.to_string(),
        Typed::Int(value) => value.to_string(),
        Typed::Uint(value) => value.to_string(),
        Typed::Float(value) => Value::from(Data::Float(value)).printed("<nil>").as_str().to_owned(),
        Typed::Str(text) => text.to_owned(),
    });
    match text {
        Some(text) => Ok(Field { text: sanitized(&text), span: Some(value.span()) }),
        None => Err((Some(value.span()), "a text is expected here".to_owned())),
    }
}

/// White space is a blank, and what cannot be printed is nothing.
fn sanitized(text: &str) -> String {
    let sign =
        |sign: char| if sign.is_whitespace() { Some(' ') } else { (!sign.is_control()).then_some(sign) };
    text.chars().filter_map(sign).collect()
}
