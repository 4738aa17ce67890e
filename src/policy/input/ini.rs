//! INI as go-ini reads it: sections of keys, numbers and booleans told apart, keys before the first section left out.

use std::collections::BTreeMap;

use crate::rego::Value;

pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut sections: BTreeMap<Value, BTreeMap<Value, Value>> = BTreeMap::new();
    let mut section: Option<&str> = None;
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            let Some((name, _)) = rest.rsplit_once(']') else {
                return Err(format!("line {}: the section is not closed", number + 1));
            };
            section = Some(name.trim()).filter(|name| *name != "DEFAULT");
            if let Some(name) = section {
                sections.entry(name.into()).or_default();
            }
            continue;
        }
        let Some(at) = line.find(['=', ':']) else {
            return Err(format!("line {}: neither a section nor a key with a value", number + 1));
        };
        let (name, rest) = (line[..at].trim(), line[at + 1..].trim());
        let mut value = match bare(rest) {
            Some(text) => text,
            None => quoted(rest, &mut lines)
                .ok_or_else(|| format!("line {}: the quote is not closed", number + 1))?,
        };
        while let Some(start) = value.strip_suffix('\\').map(str::to_owned) {
            let next = lines.next().map(|(_, line)| line.trim()).unwrap_or_default();
            value = start + bare(next).as_deref().unwrap_or(next);
        }
        if let Some(section) = section.and_then(|name| sections.get_mut(&Value::from(name))) {
            section.insert(name.trim_matches(['"', '`']).into(), typed(&value));
        }
    }
    Ok(sections.into_iter().map(|(name, keys)| (name, keys.into())).collect::<BTreeMap<_, _>>().into())
}

/// A value without quotes of several lines; without a comment behind it, and without quotes around it.
fn bare(text: &str) -> Option<String> {
    if text.starts_with("\"\"\"") || text.starts_with('`') {
        return None;
    }
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some((inside, _)) = text[1..].split_once(quote)
    {
        return Some(inside.to_owned());
    }
    let comment = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| text.find(mark)).min();
    let text = if text.starts_with(['#', ';']) { "" } else { &text[..comment.unwrap_or(text.len())] };
    Some(text.trim_end().to_owned())
}

/// A value in three quotes or in backquotes, which may go over several lines.
fn quoted<'t>(text: &'t str, lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Option<String> {
    let quote = if text.starts_with('`') { "`" } else { "\"\"\"" };
    let mut value = String::new();
    let mut rest = &text[quote.len()..];
    loop {
        if let Some((inside, _)) = rest.split_once(quote) {
            return Some(value + inside);
        }
        value.push_str(rest);
        value.push('\n');
        rest = lines.next()?.1;
    }
}

/// Numbers before booleans: `1` is a number, as for conftest.
fn typed(text: &str) -> Value {
    let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if let Some(number) = text.parse::<f64>().ok().filter(|number| looks_like_number && number.is_finite()) {
        return text.parse::<i64>().map_or_else(|_| number.into(), Value::from);
    }
    match text {
        "t" | "T" | "TRUE" | "true" | "True" => true.into(),
        "f" | "F" | "FALSE" | "false" | "False" => false.into(),
        text => text.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Format, tests::reads};

    #[test]
    fn sections_types_and_quotes() {
        let text = "x = lost\n[a]\nn = 3000 ; comment\nb = true\n;c = 1\ns = 'q # r'\nu: http://x/#y\n[a.b]\nm = `1\n2`\n\
            [DEFAULT]\nz = 1\n[empty]\n";
        reads(
            Format::Ini,
            text,
            r#"{"a": {"n": 3000, "b": true, "s": "q # r", "u": "http://x/#y"}, "a.b": {"m": "1\n2"}, "empty": {}}"#,
        );
        assert!(Format::Ini.read("[a]\nnothing\n").unwrap_err().starts_with("line 2"));
        assert!(Format::Ini.read("[a\n").is_err());
    }
}
