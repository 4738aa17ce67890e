//! What conftest knows and OPA does not: which rules are asked, exceptions, namespaces, and its three functions.

use std::sync::Arc;

use globset::GlobBuilder;
use rustc_hash::FxHashMap;

use crate::finding::Level;
use crate::rego::{Function, PolicyError, Value};

use super::input::{Format, documents, object};
use super::prepare::Text;

/// The level of a rule that conftest asks, by its name: `deny`, `violation` and `warn`, with any `_suffix`.
pub fn level(rule: &str) -> Option<Level> {
    let mut words = rule.split('_');
    let level = match words.next()? {
        "deny" | "violation" => Level::Error,
        "warn" => Level::Warning,
        _ => return None,
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    words.all(is_word).then_some(level)
}

/// What exceptions call a rule: what stands behind `deny_`.
pub fn exception_name(rule: &str) -> &str {
    rule.split_once('_').map_or("", |(_, name)| name)
}

/// How many exceptions name a rule: `exception[_][_] == name`.
pub fn exceptions(value: &Value, name: &str) -> usize {
    let name = Value::from(name);
    members(value).into_iter().flat_map(members).filter(|member| **member == name).count()
}

fn members(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// Which packages are asked: names, or globs where they have `*`, `?` or `[`; all without any.
pub fn is_chosen(namespace: &str, patterns: &[String]) -> bool {
    let matches = |pattern: &String| {
        let is_glob = pattern.contains(['*', '?', '[']);
        let glob = || GlobBuilder::new(pattern).literal_separator(false).build().ok();
        pattern == namespace
            || (is_glob && glob().is_some_and(|glob| glob.compile_matcher().is_match(namespace)))
    };
    patterns.is_empty() || patterns.iter().any(matches)
}

/// Input of `--combine`: the documents of all files as one list of `{path, contents}`, in the order of their paths.
pub fn combined(files: impl IntoIterator<Item = (String, Value)>) -> Value {
    let mut files: Vec<(String, Value)> = files.into_iter().collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    let entries = files.into_iter().flat_map(|(path, value)| {
        let entry = move |value| object([("path", Value::from(path.as_str())), ("contents", value)]);
        documents(value).into_iter().map(entry)
    });
    entries.collect::<Vec<Value>>().into()
}

/// `data` with `data.conftest.file` of an input.
pub fn with_file(data: &Value, path: &str) -> Value {
    let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
    let file = object([("name", name.into()), ("dir", directory.into())]);
    let mut data = data.clone();
    if let Ok(fields) = data.as_object_mut() {
        fields.insert("conftest".into(), object([("file", file)]));
    }
    data
}

/// `parse_config`, `parse_config_file` and `parse_combined_config_files`. Files are those that were given; a path is taken
/// from the directory of each policy that calls, and must mean one file: functions are not told who calls them.
pub fn functions(callers: &[&str], files: &[Text]) -> Vec<Function> {
    let files = Arc::new(Files::new(callers, files));
    let combining = Arc::clone(&files);
    vec![
        Function::new("parse_config", 2, |arguments| {
            let [name, text] = arguments else { return Err("two arguments".to_owned()) };
            let format = name.as_string().ok().and_then(|name| Format::named(name));
            let text = text.as_string().map_err(|error| error.to_string())?;
            format.ok_or_else(|| format!("no reader for {name}"))?.read(text)
        }),
        Function::new("parse_config_file", 1, move |arguments| match arguments {
            [path] => files.read(path).map(|(_, value)| value),
            _ => Err("one argument".to_owned()),
        }),
        Function::new("parse_combined_config_files", 1, move |arguments| {
            let paths = arguments.first().and_then(|paths| paths.as_array().ok());
            let paths = paths.ok_or("a list of paths")?;
            Ok(combined(paths.iter().map(|path| combining.read(path)).collect::<Result<Vec<_>, _>>()?))
        }),
    ]
}

struct Files {
    directories: Vec<String>,
    texts: FxHashMap<String, String>,
}

/// Calls for files that cannot be read, where the path is written in the policy: they are undefined, and a rule that needs
/// one says nothing.
pub fn missing(policies: &[Text], files: &[Text]) -> Vec<PolicyError> {
    let calls = |text: &&Text| text.text.contains("parse_co");
    let callers: Vec<&str> = policies.iter().filter(calls).map(|text| text.path.as_str()).collect();
    if callers.is_empty() {
        return Vec::new();
    }
    let files = Files::new(&callers, files);
    let mut missing = Vec::new();
    for (policy, text) in policies.iter().enumerate().filter(|(_, text)| !super::prepare::is_test(&text.path))
    {
        for (number, line) in (1_u32..).zip(text.text.lines()) {
            let code = line.split('#').next().unwrap_or_default();
            for name in ["parse_config_file(", "parse_combined_config_files("] {
                let Some(start) = code.find(name) else { continue };
                let arguments = code.get(start + name.len()..).unwrap_or_default();
                let arguments = arguments.split(')').next().unwrap_or_default();
                for path in arguments.split('"').skip(1).step_by(2) {
                    let Err(cause) = files.read(&path.into()) else { continue };
                    let column = code.get(..start).map_or(0, |before| before.chars().count()) as u32 + 1;
                    let message = format!("`{}` has no value: {cause}", name.trim_end_matches('('));
                    missing.push(PolicyError { policy, line: number, column, message });
                }
            }
        }
    }
    missing
}

impl Files {
    fn new(callers: &[&str], files: &[Text]) -> Self {
        let directory =
            |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
        let mut directories: Vec<String> = callers.iter().map(|path| directory(path)).collect();
        directories.sort_unstable();
        directories.dedup();
        let texts = files.iter().map(|file| (file.path.clone(), file.text.clone()));
        Self { directories, texts: texts.collect() }
    }

    fn read(&self, path: &Value) -> Result<(String, Value), String> {
        let path = path.as_string().map_err(|error| error.to_string())?;
        let candidates = self.directories.iter().filter_map(|directory| joined(directory, path));
        let mut found: Vec<(String, &String)> =
            candidates.filter_map(|path| self.texts.get(&path).map(|text| (path, text))).collect();
        found.dedup();
        match found.as_slice() {
            [(path, text)] => {
                let format = Format::of(path).ok_or_else(|| format!("no reader for {path}"))?;
                Ok((path.clone(), format.read(text)?))
            }
            [] => Err(format!("there is no file {path} beside the policy")),
            [(one, _), (other, _), ..] => Err(format!("{path} is {one} or {other}")),
        }
    }
}

/// A path from a directory, without `.` and `..`; none where it leads out of the root.
fn joined(directory: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in directory.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(if directory.starts_with('/') { format!("/{}", names.join("/")) } else { names.join("/") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rules() {
        for (rule, expected) in [
            ("deny", Some(Level::Error)),
            ("violation_a_b2", Some(Level::Error)),
            ("warn_x", Some(Level::Warning)),
            ("warning", None),
            ("deny_", None),
            ("deny_a-b", None),
            ("denylist", None),
        ] {
            assert_eq!(level(rule), expected, "{rule}");
        }
        assert_eq!([exception_name("deny_a_b"), exception_name("warn")], ["a_b", ""]);
    }

    #[test]
    fn namespaces_are_names_or_globs() {
        let chosen = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            ["main", "main.gke", "commands"].map(|namespace| is_chosen(namespace, &patterns))
        };
        assert_eq!(chosen(&["main"]), [true, false, false]);
        assert_eq!(chosen(&["ma*"]), [true, true, false]);
        assert_eq!(chosen(&["c?mmands", "main"]), [true, false, true]);
        assert_eq!(chosen(&[]), [true, true, true]);
    }

    #[test]
    fn paths_stay_below_the_root() {
        assert_eq!(joined("a/b", "../c.yaml").as_deref(), Some("a/c.yaml"));
        assert_eq!(joined("", "./c.yaml").as_deref(), Some("c.yaml"));
        assert_eq!(joined("a", "../../c.yaml"), None);
    }
}
