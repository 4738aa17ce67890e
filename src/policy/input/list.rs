//! Formats that are one entry a line: ignore files and the properties of Java.

use crate::rego::Value;

use super::object;

/// A list in a list, so that the file is one document: what each line of an ignore file is.
pub(super) fn ignore(text: &str) -> Value {
    let lines: Vec<&str> = text.lines().collect();
    let entry = |line: &&str| {
        let (kind, value) = match *line {
            line if line.trim().is_empty() => ("Empty", line),
            line if line.starts_with('#') => ("Comment", line.trim_start_matches('#').trim()),
            line => match line.strip_prefix('!') {
                Some(path) => ("NegatedPath", path),
                None => ("Path", line),
            },
        };
        object([("Kind", kind.into()), ("Value", value.into()), ("Original", Value::from(*line))])
    };
    vec![lines.iter().map(entry).collect::<Vec<Value>>().into()].into()
}

/// `name=value`, `name: value` or `name value`; a backslash at the end joins the next line. Every value is a text.
pub(super) fn properties(text: &str) -> Result<Value, String> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    let mut logical = String::new();
    for line in text.lines().chain(std::iter::once("")) {
        let line = line.trim_start();
        if logical.is_empty() && line.starts_with(['#', '!']) {
            continue;
        }
        let slashes = line.len() - line.trim_end_matches('\\').len();
        if slashes % 2 == 1 {
            logical.push_str(&line[..line.len() - 1]);
            continue;
        }
        logical.push_str(line);
        if !logical.trim().is_empty() {
            let (name, value) = property(&logical)?;
            fields.push((name, value.into()));
        }
        logical.clear();
    }
    Ok(object(fields.iter().map(|(name, value)| (name.as_str(), value.clone()))))
}

fn property(line: &str) -> Result<(String, String), String> {
    let mut end = line.len();
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if !escaped && (matches!(c, '=' | ':') || c.is_whitespace()) {
            end = at;
            break;
        }
        escaped = c == '\\' && !escaped;
    }
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
    Ok((unescaped(name)?, unescaped(rest)?))
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| format!("`\\u{digits}` is no character"))?);
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, tests::reads};

    #[test]
    fn lines_of_both() {
        reads(
            Format::Ignore,
            "# c\n\n!a\nb",
            r##"[[{"Kind": "Comment", "Value": "c", "Original": "# c"},
                {"Kind": "Empty", "Value": "", "Original": ""},
                {"Kind": "NegatedPath", "Value": "a", "Original": "!a"},
                {"Kind": "Path", "Value": "b", "Original": "b"}]]"##,
        );
        reads(
            Format::Properties,
            "# c\na=1\nb : x \\\n  y\nc\\=d e\nu=\\u0041\n",
            r#"{"a": "1", "b": "x y", "c=d": "e", "u": "A"}"#,
        );
        assert!(Format::Properties.read("a=\\uZZ").is_err());
    }
}
