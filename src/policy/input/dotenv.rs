//! `.env` files as gotenv reads them: every value is a text.

use std::collections::BTreeMap;

use crate::rego::Value;

pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let named = line.find(['=', ':']).map(|at| (line[..at].trim(), line[at + 1..].trim()));
        let Some((name, rest)) = named.filter(|(name, _)| is_name(name)) else {
            return Err(format!("line {}: no name with a value", number + 1));
        };
        let value = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                // A quoted value may go over several lines.
                let mut inside = rest[1..].to_owned();
                let end = loop {
                    if let Some(end) = closing(&inside, quote) {
                        break end;
                    }
                    let Some((_, next)) = lines.next() else {
                        return Err(format!("line {}: the quote is not closed", number + 1));
                    };
                    inside.push('\n');
                    inside.push_str(next);
                };
                let inside = &inside[..end];
                if quote == '"' { expanded(&unescaped(inside), &values) } else { inside.to_owned() }
            }
            _ => expanded(rest.split(" #").next().unwrap_or_default().trim_end(), &values),
        };
        values.insert(name.to_owned(), value);
    }
    Ok(values
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect::<BTreeMap<Value, Value>>()
        .into())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && quote == '"' && !escaped;
        closes.then_some(at)
    })
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\r", "\r").replace("\\\"", "\"")
}

/// `$NAME` and `${NAME}` of names that were set above; others are empty, since the environment is nobody's business.
fn expanded(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        if rest[..at].ends_with('\\') {
            out.push_str(&rest[..at - 1]);
            out.push('$');
            rest = &rest[at + 1..];
            continue;
        }
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, end) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        if end == 0 {
            out.push('$');
        }
        out.push_str(values.get(name).map_or("", String::as_str));
        rest = &after[end..];
    }
    out + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Format, tests::reads};

    #[test]
    fn names_quotes_and_references() {
        let text = "# c\nexport A=1\nB: two # c\nC='$A'\nD=\"${A}\\n$B\"\nE=\"x\ny\"\nF=\\$A\nG=$\n";
        reads(
            Format::Dotenv,
            text,
            r#"{"A": "1", "B": "two", "C": "$A", "D": "1\ntwo", "E": "x\ny", "F": "$A", "G": "$"}"#,
        );
        assert!(Format::Dotenv.read("A=1\nnothing\n").unwrap_err().starts_with("line 2"));
    }
}
