//! The two languages of ApplicationSets: Go templates, and the old `{{name}}`.
//!
//! Owns what becomes of one text. Source: `applicationset/utils/utils.go`, `Render.Replace`.

use std::rc::Rc;

use crate::template::{Data, Dialect, Failure, FailureKind, MissingKey, Rendered, Text, Value, render};
use crate::yaml::Cursor;

use super::element::Params;

/// The language of one ApplicationSet.
#[derive(Clone, Copy)]
pub struct Language {
    /// `goTemplate: true`
    pub is_go: bool,
    missing: MissingKey,
}

/// A text with its parameters filled in.
#[derive(Debug, Default)]
pub struct Filled {
    /// The text.
    pub text: Text,
    /// Parameters that there are not, as they are written: what is left as it stands, or printed as `<no value>`.
    pub absent: Vec<String>,
    /// In the old language: why some parameters are not known, which are left as they stand too.
    pub opaque: Option<Rc<str>>,
}

impl Language {
    /// The language that a `spec` asks for.
    pub fn new(spec: Cursor<'_>) -> Self {
        let options = spec.get("goTemplateOptions").into_iter().flat_map(|options| options.items());
        // The last one wins; what is no option makes the controller panic, and is a finding of its own.
        let missing = options.filter_map(|option| MissingKey::option(&option.text()?)).last();
        let is_go = spec.get("goTemplate").is_some_and(|go| go.bool() == Some(true));
        Self { is_go, missing: missing.unwrap_or_default() }
    }

    /// Fills in parameters.
    pub fn fill(&self, template: &Text, params: &Params) -> Result<Filled, Failure> {
        if !template.as_str().contains("{{") {
            return Ok(Filled { text: template.clone(), ..Filled::default() });
        }
        if !self.is_go {
            return flat(template, params);
        }
        let Rendered { text, holes } = render(Dialect::ApplicationSet, template, &params.map, self.missing)?;
        let absent = holes.into_iter().map(|hole| hole.expression).collect();
        Ok(Filled { text, absent, opaque: None })
    }

    /// Fills in parameters all of which must be known; `Err` says why the text is not.
    pub fn known(&self, template: &Text, params: &Params) -> Result<Text, Rc<str>> {
        match self.fill(template, params) {
            Ok(Filled { opaque: Some(why), .. }) => Err(why),
            Ok(filled) => Ok(filled.text),
            Err(failure) => Err(failure.message.as_str().into()),
        }
    }

    /// Fills in parameters in all strings of a value.
    pub fn fill_value(&self, value: &Value, params: &Params) -> Value {
        match &value.data {
            Data::Text(text) => match self.known(text, params) {
                Ok(text) => text.into(),
                Err(why) => Value::opaque(&why),
            },
            Data::List(items) => {
                items.iter().map(|item| self.fill_value(item, params)).collect::<Vec<_>>().into()
            }
            Data::Map(map) => {
                let filled = crate::template::Map::default();
                let entries = map.entries().into_iter();
                entries.for_each(|(key, value)| filled.set(key, self.fill_value(&value, params)));
                filled.into()
            }
            _ => value.clone(),
        }
    }
}

/// The old language: names between braces that no parameter has stay as they are.
fn flat(template: &Text, params: &Params) -> Result<Filled, Failure> {
    let text = template.as_str();
    let mut filled = Filled::default();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|open| at + open) {
        let Some(close) = text[open + 2..].find("}}").map(|close| open + 2 + close) else {
            // Go's fasttemplate refuses a tag without an end.
            let message = "a `{{` without `}}`".to_owned();
            let at = template.slice(open..open + 2).origin().map(|origin| origin.span);
            let full = message.clone();
            return Err(Failure { kind: FailureKind::Syntax, at, message, full });
        };
        filled.text.push(&template.slice(at..open));
        let name = text[open + 2..close].trim();
        match params.flat(name).filter(|_| !name.is_empty()) {
            Some(Value { data: Data::Opaque(why), .. }) => {
                filled.text.push(&template.slice(open..close + 2));
                filled.opaque = Some(why);
            }
            Some(value) => filled.text.push(&value.printed("")),
            None => {
                filled.text.push(&template.slice(open..close + 2));
                filled.absent.push(name.to_owned());
            }
        }
        at = close + 2;
    }
    filled.text.push(&template.slice(at..text.len()));
    Ok(filled)
}
