//! TOML: dates are texts, as they are for conftest once they went through JSON.

use toml::{Table, Value as Toml};

use crate::rego::Value;

use super::object;

pub(super) fn read(text: &str) -> Result<Value, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    Ok(value(&Toml::Table(table)))
}

/// The reader of the crate bounds how deep this goes.
fn value(toml: &Toml) -> Value {
    match toml {
        Toml::String(text) => text.as_str().into(),
        Toml::Integer(number) => (*number).into(),
        Toml::Float(number) => (*number).into(),
        Toml::Boolean(bool) => (*bool).into(),
        Toml::Datetime(date) => date.to_string().into(),
        Toml::Array(items) => items.iter().map(value).collect::<Vec<Value>>().into(),
        Toml::Table(table) => object(table.iter().map(|(name, item)| (name.as_str(), value(item)))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, tests::reads};

    #[test]
    fn tables_and_their_values() {
        let text = "a = 1\nwhen = 2020-01-02T03:04:05Z\n[t.u]\nx = [1.5, \"y\"]\n";
        reads(
            Format::Toml,
            text,
            r#"{"a": 1, "when": "2020-01-02T03:04:05Z", "t": {"u": {"x": [1.5, "y"]}}}"#,
        );
        assert!(Format::Toml.read("a = [").is_err());
    }
}
