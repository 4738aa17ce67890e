//! Values that Go has as structs or as types with methods.
//!
//! Owns their fields, methods and how they print. Must not know templates.

use std::rc::Rc;

use super::files::Files;
use super::functions::semver::Version;
use super::functions::time::Time;
use super::text::Text;
use super::value::{Data, Value};

/// What a method gives, or why Go stops.
type Answer = Result<Value, String>;

/// A value with methods.
#[derive(Clone, Debug)]
pub enum Object {
    /// A struct.
    Struct(Struct),
    /// `.Files`, or what its `Glob` gives.
    Files(Files),
    /// A list of strings with `Has`: `.Capabilities.APIVersions`.
    Versions(Rc<[Value]>),
    /// A semantic version.
    Version(Version),
    /// A moment.
    Time(Time),
    /// Bytes.
    Bytes(Text),
}

/// A struct of Go.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The name of its type.
    pub name: &'static str,
    /// Its fields.
    pub fields: Vec<StructField>,
    /// What printing it gives when it has a method for that.
    pub string: Option<Text>,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct StructField {
    /// Go's name.
    pub name: &'static str,
    /// The name in JSON; empty for a method, which is neither printed nor converted.
    pub key: &'static str,
    /// Whether JSON leaves it out when it is empty.
    pub omits: bool,
    /// The value.
    pub value: Value,
}

impl StructField {
    /// A field that JSON always has.
    pub fn new(name: &'static str, key: &'static str, value: Value) -> Self {
        Self { name, key, omits: false, value }
    }

    /// A field that JSON leaves out when it is empty.
    pub fn optional(name: &'static str, key: &'static str, value: Value) -> Self {
        Self { name, key, omits: true, value }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Data::Object(Rc::new(object)).into()
    }
}

impl Object {
    /// A struct without a text of its own.
    pub fn structure(name: &'static str, fields: Vec<StructField>) -> Value {
        Object::Struct(Struct { name, fields, string: None }).into()
    }

    /// `.Capabilities`: `version` is `v1.34.0`; `is_helm_3` says which Helm prints it.
    pub fn capabilities(version: &str, api_versions: &[String], helm: &str, is_helm_3: bool) -> Value {
        let parsed = Version::parse(version);
        let (major, minor) = parsed.map_or((1, 0), |version| (version.major, version.minor));
        let text = |text: &str| Value::made(text);
        let mut fields = vec![StructField::new("Version", "Version", text(version))];
        if !is_helm_3 {
            fields.push(StructField::new("normalizedVersion", "", text(version)));
        }
        fields.push(StructField::new("Major", "Major", text(&major.to_string())));
        fields.push(StructField::new("Minor", "Minor", text(&minor.to_string())));
        fields.push(StructField::new("GitVersion", "", text(version)));
        let string = Some(Text::made(version));
        let kube = Object::Struct(Struct { name: "common.KubeVersion", fields, string });
        let versions: Vec<Value> = api_versions.iter().map(|version| text(version)).collect();
        let helm_version = Self::structure(
            "version.BuildInfo",
            vec![
                StructField::optional("Version", "version", text(helm)),
                StructField::optional("GitCommit", "git_commit", text("")),
                StructField::optional("GitTreeState", "git_tree_state", text("clean")),
                StructField::optional("GoVersion", "go_version", text("")),
            ],
        );
        Self::structure(
            "*common.Capabilities",
            vec![
                StructField::new("KubeVersion", "KubeVersion", kube.into()),
                StructField::new("APIVersions", "APIVersions", Object::Versions(versions.into()).into()),
                StructField::new("HelmVersion", "HelmVersion", helm_version),
            ],
        )
    }

    /// `.Files`.
    pub fn files(files: Files) -> Value {
        Object::Files(files).into()
    }

    /// Whether Go's templates take it for false.
    pub fn is_empty(&self) -> bool {
        match self {
            Object::Struct(_) | Object::Version(_) | Object::Time(_) => false,
            Object::Files(files) => files.is_empty(),
            Object::Versions(list) => list.is_empty(),
            Object::Bytes(text) => text.is_empty(),
        }
    }

    /// What sprig's `kindOf` says.
    pub fn kind(&self) -> &'static str {
        match self {
            Object::Struct(value) if value.name.starts_with('*') => "ptr",
            Object::Struct(_) | Object::Time(_) => "struct",
            Object::Version(_) => "ptr",
            Object::Files(_) => "map",
            Object::Versions(_) | Object::Bytes(_) => "slice",
        }
    }

    /// What Go's `%T` says.
    pub fn type_name(&self) -> &'static str {
        match self {
            Object::Struct(value) => value.name,
            Object::Time(_) => "time.Time",
            Object::Version(_) => "*semver.Version",
            Object::Files(_) => "engine.files",
            Object::Versions(_) => "common.VersionSet",
            Object::Bytes(_) => "[]uint8",
        }
    }

    /// The items, for what is gone through as a list.
    pub fn list(&self) -> Option<&[Value]> {
        match self {
            Object::Versions(list) => Some(list),
            _ => None,
        }
    }

    /// Keys and values, for what is gone through.
    pub fn entries(&self) -> Option<Vec<(Value, Value)>> {
        match self {
            Object::Versions(list) => Some(
                (0..).zip(list.iter()).map(|(index, item)| (Data::Int(index).into(), item.clone())).collect(),
            ),
            Object::Files(files) => Some(files.entries()),
            _ => None,
        }
    }

    /// The text as an action prints it.
    pub fn shown(&self) -> Text {
        let mut shown = Text::default();
        match self {
            Object::Struct(Struct { string: Some(string), .. }) => shown.push(string),
            _ => self.print(&mut shown),
        }
        shown
    }

    /// Appends the text that `%v` gives.
    pub fn print(&self, to: &mut Text) {
        match self {
            Object::Struct(value) => {
                to.push_str(if value.name.starts_with('*') { "&{" } else { "{" });
                let shown = value.fields.iter().filter(|field| !matches!(field.name, "GitVersion"));
                for (index, field) in shown.enumerate() {
                    to.push_str(if index > 0 { " " } else { "" });
                    to.push(&field.value.printed("<nil>"));
                }
                to.push_str("}");
            }
            Object::Files(files) => to.push_str(&files.printed()),
            Object::Versions(list) => to.push(&Value::from(list.to_vec()).printed("<nil>")),
            Object::Version(version) => to.push_str(&version.to_string()),
            Object::Time(time) => to.push_str(&time.printed()),
            Object::Bytes(text) => {
                let bytes = super::bytes::of(text.as_str());
                let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
                to.push_from(&format!("[{}]", numbers.join(" ")), text.origin());
            }
        }
    }

    /// The value of a field; `None` when there is none.
    pub fn field(&self, name: &str) -> Option<Value> {
        match self {
            Object::Struct(value) => {
                value.fields.iter().find(|field| field.name == name).map(|field| field.value.clone())
            }
            Object::Files(files) => files.bytes(name).map(|bytes| Object::Bytes(bytes).into()),
            _ => None,
        }
    }

    /// What a method gives; `None` when there is none.
    pub fn method(&self, name: &str, arguments: &[Value]) -> Option<Answer> {
        match self {
            Object::Files(files) => files.method(name, arguments),
            Object::Versions(list) if name == "Has" => {
                let wanted = arguments.first().and_then(Value::text).map_or("", |text| text.as_str());
                let has =
                    list.iter().any(|version| version.text().is_some_and(|text| text.as_str() == wanted));
                Some(Ok(Data::Bool(has).into()))
            }
            Object::Version(version) => version.method(name, arguments),
            Object::Time(time) => time.method(name, arguments),
            Object::Struct(Struct { string: Some(string), .. }) if name == "String" => {
                Some(Ok(string.clone().into()))
            }
            _ => None,
        }
    }

    /// The object as JSON and YAML have it.
    pub fn plain(&self) -> Value {
        match self {
            Object::Struct(value) => {
                let fields = value.fields.iter().filter(|field| !field.key.is_empty());
                let kept = fields.filter(|field| !(field.omits && field.value.is_empty()));
                let slot = |field: &StructField| {
                    (field.key.into(), super::value::Slot { key: None, value: field.value.clone() })
                };
                Value::from(kept.map(slot).collect::<super::value::Map>())
            }
            Object::Files(files) => files.plain(),
            Object::Versions(list) => list.to_vec().into(),
            Object::Version(version) => Value::made(version.to_string()),
            Object::Time(time) => Value::made(time.json()),
            Object::Bytes(text) => {
                let bytes = super::bytes::of(text.as_str());
                text.derived(data_encoding::BASE64.encode(&bytes)).into()
            }
        }
    }
}
