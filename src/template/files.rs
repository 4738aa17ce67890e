//! `.Files` of a chart.
//!
//! Owns its methods. Which files there are, the caller knows: nothing is read here.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::source::{SourceId, Span, StepId};

use super::bytes;
use super::go_regex;
use super::object::Object;
use super::text::{Origin, Text};
use super::value::{Map, Slot, Value};

/// A file that templates may read.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// Its content.
    pub content: Arc<[u8]>,
    /// The source that has the same content, if there is one.
    pub source: Option<SourceId>,
}

/// The files of a chart by their paths, relative to it.
#[derive(Clone, Default, Debug)]
pub struct Files(Rc<BTreeMap<Rc<str>, ChartFile>>);

impl Files {
    /// These files.
    pub fn new(files: BTreeMap<Rc<str>, ChartFile>) -> Self {
        Self(Rc::new(files))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content of a file, with its place.
    pub(super) fn bytes(&self, path: &str) -> Option<Text> {
        let file = self.0.get(path)?;
        let text = bytes::text(&file.content);
        let whole = |source| Origin::value(Span::new(source, 0, text.len() as u32), StepId::PARSED);
        let origin = file.source.map(whole);
        Some(Text::with(text, origin))
    }

    pub(super) fn entries(&self) -> Vec<(Value, Value)> {
        let entry = |path: &Rc<str>| {
            let content = self.bytes(path).unwrap_or_default();
            (Value::made(path.to_string()), Object::Bytes(content).into())
        };
        self.0.keys().map(entry).collect()
    }

    pub(super) fn printed(&self) -> String {
        let all = Value::from(self.each(|_, content| Some((None, Object::Bytes(content).into()))));
        all.printed("<nil>").as_str().to_owned()
    }

    pub(super) fn plain(&self) -> Value {
        self.each(|_, content| Some((None, Object::Bytes(content).plain()))).into()
    }

    /// A map of what becomes of each file, under its path or another name.
    fn each(&self, make: impl Fn(&str, Text) -> Option<(Option<Rc<str>>, Value)>) -> Map {
        let slots = self.0.keys().filter_map(|path| {
            let (name, value) = make(path, self.bytes(path).unwrap_or_default())?;
            Some((name.unwrap_or_else(|| Rc::clone(path)), Slot { key: None, value }))
        });
        slots.collect()
    }

    pub(super) fn method(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let text = || arguments.first().and_then(Value::text).map_or("", |text| text.as_str());
        let base = |path: &str| path.rsplit('/').next().map(Rc::from);
        Some(Ok(match name {
            "Get" => self.bytes(text()).unwrap_or_default().into(),
            "GetBytes" => Object::Bytes(self.bytes(text()).unwrap_or_default()).into(),
            "Glob" => match self.glob(text()) {
                Ok(files) => Object::Files(files).into(),
                Err(error) => return Some(Err(error)),
            },
            "AsConfig" if self.is_empty() => Value::made(""),
            "AsConfig" => super::functions::to_yaml(
                &self.each(|path, content| Some((base(path), content.into()))).into(),
            )
            .into(),
            "AsSecrets" if self.is_empty() => Value::made(""),
            "AsSecrets" => {
                let secret = |path: &str, content: Text| Some((base(path), Object::Bytes(content).plain()));
                super::functions::to_yaml(&self.each(secret).into()).into()
            }
            "Lines" => self.lines(text()),
            _ => return None,
        }))
    }

    fn lines(&self, path: &str) -> Value {
        let Some(content) = self.bytes(path) else { return Vec::new().into() };
        let end = content.len() - usize::from(content.as_str().ends_with('\n'));
        let mut start = 0;
        let line = |line: &str| {
            let range = start..start + line.len();
            start = range.end + 1;
            Value::from(content.slice(range))
        };
        content.as_str()[..end].split('\n').map(line).collect::<Vec<_>>().into()
    }

    /// The files that a pattern of gobwas/glob matches.
    fn glob(&self, pattern: &str) -> Result<Files, String> {
        let regex = go_regex::compile(&translated(pattern))?;
        let matching = self.0.iter().filter(|(path, _)| regex.is_match(path.as_bytes()));
        Ok(Files::new(matching.map(|(path, file)| (Rc::clone(path), file.clone())).collect()))
    }
}

/// A pattern as a regular expression: `*` matches within a directory, `**` across.
fn translated(pattern: &str) -> String {
    let mut regex = "(?s)^".to_owned();
    let mut depth = 0_u32;
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '*' if signs.peek() == Some(&'*') => {
                signs.next();
                regex.push_str(".*");
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            '[' => {
                regex.push('[');
                if signs.next_if_eq(&'!').is_some() {
                    regex.push('^');
                }
                for sign in signs.by_ref() {
                    regex.push(sign);
                    if sign == ']' {
                        break;
                    }
                }
            }
            '\\' => {
                if let Some(sign) = signs.next() {
                    regex.push_str(&regex::escape(sign.encode_utf8(&mut [0; 4])));
                }
            }
            sign => regex.push_str(&regex::escape(sign.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    regex
}
