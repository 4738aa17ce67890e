//! Documents: YAML, JSON, TOML.
//!
//! Owns what a text that is no document gives: something opaque for an ApplicationSet, a map with the mistake for Helm.

use super::super::text::Text;
use super::super::value::{Data, Map, Value};
use super::cost::Cost::Deep;
use super::json::{self, Style};
use super::{Answer, Arguments, Function, Scope, plain, scoped, toml, yaml_read, yaml_write};
use crate::template::Dialect;

pub(super) const FUNCTIONS: &[Function] = &[
    scoped("toYaml", "a", Deep, |scope, arguments| {
        let style = match scope.dialect {
            Dialect::ApplicationSet => yaml_write::UNFOLDED,
            Dialect::Helm(_) => yaml_write::HELM,
        };
        Ok(yaml_write::write(arguments.value(0)?, style).unwrap_or_default().into())
    }),
    plain("toYamlPretty", "a", Deep, |arguments| {
        Ok(yaml_write::write(arguments.value(0)?, yaml_write::PRETTY).unwrap_or_default().into())
    })
    .helm(),
    plain("toJson", "a", Deep, |arguments| written(arguments, Style { html: true, pretty: false })),
    plain("toPrettyJson", "a", Deep, |arguments| written(arguments, Style { html: true, pretty: true }))
        .helm(),
    plain("toRawJson", "a", Deep, |arguments| written(arguments, Style { html: false, pretty: false }))
        .helm(),
    plain("toToml", "a", Deep, |arguments| Ok(toml::write(arguments.value(0)?).into())).helm(),
    scoped("fromYaml", "s", Deep, |scope, arguments| read(scope, arguments.text(0)?, Wanted::Map)),
    scoped("fromYamlArray", "s", Deep, |scope, arguments| read(scope, arguments.text(0)?, Wanted::List)),
    scoped("fromJson", "s", Deep, |scope, arguments| match scope.dialect {
        Dialect::ApplicationSet => read(scope, arguments.text(0)?, Wanted::Map),
        Dialect::Helm(_) => Ok(fitting(json::read(arguments.text(0)?), Wanted::Map, "")),
    }),
    plain("fromJsonArray", "s", Deep, |arguments| {
        Ok(fitting(json::read(arguments.text(0)?), Wanted::List, ""))
    })
    .helm(),
    scoped("mustFromJson", "s", Deep, |scope, arguments| match scope.dialect {
        Dialect::ApplicationSet => read(scope, arguments.text(0)?, Wanted::Map),
        Dialect::Helm(_) => json::read(arguments.text(0)?),
    }),
    plain("fromToml", "s", Deep, |arguments| {
        Ok(toml::read(arguments.text(0)?).unwrap_or_else(yaml_read::mistake))
    })
    .helm(),
];

fn written(arguments: Arguments<'_>, style: Style) -> Answer {
    Ok(json::write(arguments.value(0)?, style).into())
}

/// What a document has to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Map,
    List,
}

fn read(scope: &Scope, text: &Text, wanted: Wanted) -> Answer {
    if scope.dialect == Dialect::ApplicationSet {
        return Ok(yaml_read::read(text).unwrap_or_else(|_| Value::opaque("it is no YAML")));
    }
    let value = yaml_read::read(text).map_err(|message| format!("error converting YAML to JSON: {message}"));
    Ok(fitting(value, wanted, "error unmarshaling JSON: while decoding JSON: "))
}

/// A document of the kind that is wanted, or the mistake: in a map under `Error`, or as the item of a list.
fn fitting(value: Result<Value, String>, wanted: Wanted, context: &str) -> Value {
    let mistake = |message: String| match wanted {
        Wanted::Map => yaml_read::mistake(message),
        Wanted::List => vec![Value::made(message)].into(),
    };
    let value = match value {
        Ok(value) => value,
        Err(message) => return mistake(message),
    };
    let found = match (&value.data, wanted) {
        (Data::Map(_), Wanted::Map) | (Data::List(_), Wanted::List) => return value,
        (Data::Nil | Data::Missing, Wanted::Map) => return Map::default().into(),
        (Data::Nil | Data::Missing, Wanted::List) => return Vec::new().into(),
        (Data::Map(_), _) => "object",
        (Data::List(_), _) => "array",
        (Data::Text(_), _) => "string",
        (Data::Bool(_), _) => "bool",
        _ => "number",
    };
    let into = match wanted {
        Wanted::Map => "map[string]interface {}",
        Wanted::List => "[]interface {}",
    };
    mistake(format!("{context}json: cannot unmarshal {found} into Go value of type {into}"))
}
