//! Files as conftest gives them to policies: one format a file of this directory.
//!
//! Must not know policies. What cannot be read is an error that says where; nothing here opens a file.

mod dockerfile;
mod dotenv;
mod hcl;
mod ini;
mod line;
mod list;
mod toml;

use crate::rego::{Builder, Value};
use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Cursor};

pub use dockerfile::{Instruction, instructions};
pub use line::line;

/// Formats that can be read. conftest has more: CUE, CycloneDX, EDN, Groovy, HCL 1, HOCON, Jsonnet, nginx, SPDX, text
/// protocol buffers, VCL and XML; nobody keeps such files beside what a cluster runs, and most have no maintained reader.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// Dockerfile
    Dockerfile,
    /// `.env`
    Dotenv,
    /// HCL 2: Terraform
    Hcl,
    /// `.gitignore`, `.dockerignore`
    Ignore,
    /// INI
    Ini,
    /// JSON
    Json,
    /// `.properties` of Java
    Properties,
    /// TOML
    Toml,
    /// YAML, of any number of documents
    Yaml,
}

impl Format {
    /// The format that `parse_config` and `--parser` call so.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "dockerfile" => Format::Dockerfile,
            "dotenv" => Format::Dotenv,
            "hcl2" => Format::Hcl,
            "ignore" => Format::Ignore,
            "ini" => Format::Ini,
            "json" => Format::Json,
            "properties" => Format::Properties,
            "toml" => Format::Toml,
            "yaml" => Format::Yaml,
            _ => return None,
        })
    }

    /// The format of a file, by its name.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        if name == "dockerfile" || name.starts_with("dockerfile.") {
            return Some(Format::Dockerfile);
        }
        if name.starts_with(".env.") {
            return Some(Format::Dotenv);
        }
        Some(match extension? {
            "yml" | "yaml" => Format::Yaml,
            "hcl" | "tf" | "tfvars" => Format::Hcl,
            "gitignore" | "dockerignore" => Format::Ignore,
            "env" => Format::Dotenv,
            extension => Self::named(extension)?,
        })
    }

    /// What a text says. Several documents of YAML are a list.
    ///
    /// # Errors
    /// A text that is not of this format: what is wrong, with the line where that is known.
    pub fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Format::Dockerfile => dockerfile::read(text),
            Format::Dotenv => dotenv::read(text),
            Format::Hcl => hcl::read(text),
            Format::Ignore => Ok(list::ignore(text)),
            Format::Ini => ini::read(text),
            Format::Json => json(text),
            Format::Properties => list::properties(text),
            Format::Toml => toml::read(text),
            Format::Yaml => from_yaml(text),
        }
    }
}

/// What policies are asked about one after the other: the items of a list, or the value.
pub fn documents(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.iter().cloned().collect(),
        value => vec![value],
    }
}

/// An object from names and values.
pub(super) fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
    fields.collect::<std::collections::BTreeMap<_, _>>().into()
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str::<serde_json::Value>(text).map(Value::from).map_err(|error| error.to_string())
}

fn from_yaml(text: &str) -> Result<Value, String> {
    let map = SourceMap::new(vec![Source::new("", SourceKind::File, text.to_owned())]);
    let id = SourceId(0);
    let parsed = yaml::parse(map.source(id), id, yaml::Limits::default());
    if let Some(problem) = parsed.problems.iter().find(|problem| problem.kind.loses_document()) {
        let line = map.source(id).position(problem.span.start).line;
        return Err(format!("line {line}: {}", problem.message));
    }
    let mut builder = Builder::default();
    let mut values: Vec<Value> = parsed.trees().map(|tree| builder.value(Cursor::new(&map, &tree))).collect();
    Ok(match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => values.into(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
pub(super) mod tests {
    use super::*;

    /// Reads a text and compares it with JSON.
    pub fn reads(format: Format, text: &str, expected: &str) {
        let expected = Value::from_json_str(expected).unwrap();
        assert_eq!(format.read(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn files_are_told_by_their_names() {
        for (path, format) in [
            ("a/Dockerfile", Some(Format::Dockerfile)),
            ("dev.Dockerfile", Some(Format::Dockerfile)),
            ("Dockerfile.debug", Some(Format::Dockerfile)),
            ("a.YML", Some(Format::Yaml)),
            (".env", Some(Format::Dotenv)),
            (".env.prod", Some(Format::Dotenv)),
            ("main.tf", Some(Format::Hcl)),
            (".dockerignore", Some(Format::Ignore)),
            ("README", None),
            ("a.vcl", None),
        ] {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn yaml_has_documents_and_tags_of_its_own() {
        reads(Format::Yaml, "a: !Ref Name\nb: !Sub [x, 1]\n", r#"{"a": "Name", "b": ["x", 1]}"#);
        reads(Format::Yaml, "a: 1\n---\nb: yes\n", r#"[{"a": 1}, {"b": true}]"#);
        assert_eq!(documents(Format::Yaml.read("a: 1\n---\nb: 2\n").unwrap()).len(), 2);
        assert!(Format::Yaml.read("a: 1\nb: [\n").unwrap_err().starts_with("line "));
    }
}
