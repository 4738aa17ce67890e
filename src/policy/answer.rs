//! Answers of policies as verdicts: conftest's results, those of trivy-checks, and the keys of our own convention.
//!
//! One reader for all: the keys do not overlap, and people mix them. Must not know what was asked.

use crate::finding::Level;
use crate::rego::Value;

use super::{Key, Place, Verdict};

/// Nobody reads more about one input; a policy that says more has gone wrong.
const MOST: usize = 1_000;

/// Keys that hold a piece of the input, in the order in which they are trusted.
const PIECES: [&str; 5] = ["obj", "object", "resource", "details", "container"];

/// The verdicts of an answer. What is neither a set nor a list says nothing, as for conftest.
///
/// # Errors
/// A result that is an object without the text `msg`, and more results than anybody reads.
pub fn verdicts(answer: &Value) -> Result<Vec<Verdict>, String> {
    let items: Vec<&Value> = match answer {
        Value::Set(items) => items.iter_sorted().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => return Ok(Vec::new()),
    };
    bounded(items.len())?;
    items.into_iter().filter_map(verdict).collect()
}

/// Whether somebody would read so many results about one input.
///
/// # Errors
/// How many there are, and how many there may be.
pub fn bounded(results: usize) -> Result<(), String> {
    match results > MOST {
        true => Err(format!("{results} results about one input; {MOST} are the most")),
        false => Ok(()),
    }
}

fn verdict(item: &Value) -> Option<Result<Verdict, String>> {
    match item {
        Value::String(message) => Some(Ok(Verdict { message: message.to_string(), ..Verdict::default() })),
        Value::Object(_) => Some(result(item)),
        _ => None,
    }
}

fn result(item: &Value) -> Result<Verdict, String> {
    let message = text(item, "msg").ok_or("a result is an object without the text `msg`")?;
    let mut places = Vec::new();
    places.extend(field(item, "_loc").and_then(|at| file(at, "file", "line", "column")));
    places.extend(field(item, "path").and_then(path));
    places.extend(field(item, "field").and_then(path));
    places.extend(PIECES.iter().filter_map(|name| field(item, name)).flat_map(piece));
    places.extend(file(item, "filepath", "startline", "startcolumn"));
    let related = field(item, "related").and_then(|value| value.as_array().ok());
    let related = related.map(|items| items.iter().filter_map(path).collect());
    Ok(Verdict {
        message,
        level: text(item, "severity").and_then(|word| level(&word)),
        why: text(item, "why"),
        help: text(item, "help"),
        places,
        related: related.unwrap_or_default(),
        fix: field(item, "fix").cloned(),
    })
}

/// The level that a word of any of the dialects means.
pub fn level(word: &str) -> Option<Level> {
    Some(match word.to_ascii_lowercase().as_str() {
        "critical" | "high" | "error" | "deny" => Level::Error,
        "medium" | "warning" | "warn" => Level::Warning,
        "low" | "unknown" | "note" | "info" => Level::Note,
        _ => return None,
    })
}

/// A field of an object.
pub fn field<'v>(item: &'v Value, name: &str) -> Option<&'v Value> {
    item.as_object().ok()?.get(&Value::from(name))
}

/// A field of an object that is a text.
pub fn text(item: &Value, name: &str) -> Option<String> {
    Some(field(item, name)?.as_string().ok()?.to_string())
}

fn number(item: &Value, name: &str) -> u32 {
    let value = field(item, name);
    let written = value.and_then(|value| value.as_string().ok()).and_then(|text| text.parse().ok());
    value.and_then(|value| value.as_u32().ok()).or(written).unwrap_or_default()
}

/// A line of a file; without one it is no place.
fn file(item: &Value, name: &str, line: &str, column: &str) -> Option<Place> {
    let (line, column) = (number(item, line), number(item, column));
    let name = text(item, name).unwrap_or_default();
    (line > 0 || !name.is_empty()).then_some(Place::File(name, line, column))
}

/// A piece of the input; and where it says its own line, as instructions of Dockerfiles and trivy's metadata do, that.
fn piece(value: &Value) -> Vec<Place> {
    let own = file(value, "Path", "StartLine", "").filter(|_| number(value, "StartLine") > 0);
    let metadata = field(value, "__defsec_metadata").and_then(|at| file(at, "filepath", "startline", ""));
    own.into_iter().chain(metadata).chain([Place::Piece(value.clone())]).collect()
}

/// `["a", 0, "b"]`, `/a/0/b` or `a[0].b`.
fn path(value: &Value) -> Option<Place> {
    let keys = match value {
        Value::Array(keys) => keys.iter().map(key).collect::<Option<Vec<_>>>()?,
        Value::String(text) => match text.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(pointed).collect(),
            None => dotted(text)?,
        },
        _ => return None,
    };
    (!keys.is_empty()).then_some(Place::Path(keys))
}

fn key(value: &Value) -> Option<Key> {
    match value {
        Value::String(name) => Some(Key::Name(name.to_string())),
        Value::Number(_) => Some(Key::Index(value.as_u32().ok()? as usize)),
        _ => None,
    }
}

/// A token of a JSON pointer. What looks like a number is an index where the value turns out to be a list.
fn pointed(token: &str) -> Key {
    let token = token.replace("~1", "/").replace("~0", "~");
    token.parse().map_or(Key::Name(token), Key::Index)
}

/// The keys of `a.b[0]["c.d"]`; none for a text that is no path.
pub fn dotted(text: &str) -> Option<Vec<Key>> {
    let mut keys = Vec::new();
    let mut rest = text.trim_start_matches('.');
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
            let (inside, after) = match quote {
                Some(quote) => inner.get(1..)?.split_once(&format!("{quote}]"))?,
                None => inner.split_once(']')?,
            };
            let index = inside.parse().ok().filter(|_| quote.is_none());
            keys.push(index.map_or_else(|| Key::Name(inside.to_owned()), Key::Index));
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        keys.push(Key::Name(name.to_owned()));
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    Some(keys)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<Verdict>, String> {
        verdicts(&Value::from_json_str(json).unwrap())
    }

    fn name(text: &str) -> Key {
        Key::Name(text.to_owned())
    }

    #[test]
    fn results_of_all_dialects() {
        let said = read(
            r#"["plain", 3, {"msg": "m", "severity": "MEDIUM", "why": "w", "help": "h", "fix": {"op": "remove"},
              "_loc": {"file": "f", "line": "3"}, "path": "/a~1b/0", "field": "x.y[1][\"p.q\"]",
              "related": [["k", 2], "z"]}]"#,
        );
        let [plain, full] = said.unwrap().try_into().unwrap();
        assert_eq!(plain, Verdict { message: "plain".into(), ..Verdict::default() });
        assert_eq!((full.level, full.why.as_deref()), (Some(Level::Warning), Some("w")));
        assert_eq!(
            full.places,
            [
                Place::File("f".into(), 3, 0),
                Place::Path(vec![name("a/b"), Key::Index(0)]),
                Place::Path(vec![name("x"), name("y"), Key::Index(1), name("p.q")]),
            ]
        );
        assert_eq!(full.related, [Place::Path(vec![name("k"), Key::Index(2)]), Place::Path(vec![name("z")])]);
        assert!(full.fix.is_some() && full.help.is_some());
    }

    #[test]
    fn pieces_say_their_lines() {
        let said = read(r#"[{"msg": "m", "obj": {"Cmd": "run", "Path": "Dockerfile", "StartLine": 4}}]"#);
        let places = said.unwrap().remove(0).places;
        assert_eq!(places[0], Place::File("Dockerfile".into(), 4, 0));
        assert!(matches!(places[1], Place::Piece(_)));
    }

    #[test]
    fn what_is_no_result() {
        assert_eq!(read("true").unwrap(), []);
        assert_eq!(read(r#"{"msg": "x"}"#).unwrap(), []);
        assert!(read(r#"[{"msg": 1}]"#).is_err());
        assert!(verdicts(&vec![Value::from("x"); 1_001].into()).is_err());
    }
}
