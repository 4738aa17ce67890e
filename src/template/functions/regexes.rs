//! Regular expressions.

use std::cell::RefCell;

use regex::bytes::{NoExpand, Regex};
use rustc_hash::FxHashMap;

use super::super::bytes;
use super::super::go_regex;
use super::super::text::Text;
use super::super::value::Value;
use super::cost::Cost::Regex as Compiled;
use super::logic::truth;
use super::strings::{REPLACED, REPLACEMENTS};
use super::{Answer, Arguments, Function, TOO_LARGE, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    // Only this one hides that an expression is wrong.
    plain("regexMatch", "ss", Compiled, |arguments| {
        let regex = compile(arguments);
        Ok(truth(regex.is_ok_and(|regex| regex.is_match(arguments.str(1).unwrap_or_default().as_bytes()))))
    }),
    plain("mustRegexMatch", "ss", Compiled, |arguments| {
        Ok(truth(compile(arguments)?.is_match(arguments.str(1)?.as_bytes())))
    }),
    plain("regexFind", "ss", Compiled, |arguments| {
        let (regex, text) = (compile(arguments)?, arguments.text(1)?);
        let found = regex.find(text.as_str().as_bytes()).map_or(0..0, |found| found.range());
        Ok(text.slice(found).into())
    }),
    plain("regexFindAll", "ssi", Compiled, |arguments| {
        let (regex, text) = (compile(arguments)?, arguments.text(1)?);
        let most = usize::try_from(arguments.int(2)?).unwrap_or(usize::MAX);
        let found = regex.find_iter(text.as_str().as_bytes()).take(most);
        Ok(found.map(|found| Value::from(text.slice(found.range()))).collect::<Vec<_>>().into())
    }),
    plain("regexReplaceAll", "sss", Compiled, |arguments| replaced(arguments, Expand::Groups)),
    plain("regexReplaceAllLiteral", "sss", Compiled, |arguments| replaced(arguments, Expand::Nothing)),
    plain("regexSplit", "ssi", Compiled, split),
    plain("regexQuoteMeta", "s", Compiled, |arguments| {
        let text = arguments.text(0)?;
        let special = |sign: char| r"\.+*?()|[]{}^$".contains(sign);
        let quoted =
            text.as_str().chars().flat_map(|sign| special(sign).then_some('\\').into_iter().chain([sign]));
        Ok(text.became(quoted.collect()).into())
    }),
];

thread_local! {
    /// Expressions that were compiled; charts ask for few of them often.
    static COMPILED: RefCell<FxHashMap<String, Regex>> = RefCell::default();
}

/// Expressions that are kept.
const KEPT: usize = 64;

/// The expression of the first argument; what is wrong with it as Go says it.
fn compile(arguments: Arguments<'_>) -> Result<Regex, String> {
    let pattern = arguments.str(0)?;
    if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
        return Ok(known);
    }
    let regex = go_regex::compile_text(pattern).map_err(|error| {
        let error = match error.as_str() {
            "unclosed group" => "missing closing )",
            "unopened group" => "unexpected )",
            "unclosed character class" => "missing closing ]",
            "repetition operator missing expression" => "missing argument to repetition operator",
            error => error,
        };
        format!("{}error parsing regexp: {error}: `{pattern}`", panics(pattern))
    })?;
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

/// What Go says first when it is not asked to check an expression.
fn panics(pattern: &str) -> String {
    format!("regexp: Compile(`{pattern}`): ")
}

/// The message of a function that checks the expression.
pub(super) fn checked(message: &str) -> String {
    let at = message.find("error parsing regexp").filter(|_| message.starts_with("regexp: Compile"));
    message[at.unwrap_or(0)..].to_owned()
}

/// What becomes of `$1` in a replacement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expand {
    Groups,
    Nothing,
}

/// The text with all that matches replaced; what does not match keeps its origins.
fn replaced(arguments: Arguments<'_>, expand: Expand) -> Answer {
    let (regex, text, with) = (compile(arguments)?, arguments.text(1)?, arguments.text(2)?);
    let groups = match expand {
        Expand::Groups => with.as_str().matches('$').count(),
        Expand::Nothing => 0,
    };
    let plain = groups == 0;
    let mut made = Text::default();
    let (mut end, mut put) = (0, 0_usize);
    for (count, found) in regex.captures_iter(text.as_str().as_bytes()).enumerate() {
        let Some(whole) = found.get(0) else { continue };
        put = put.saturating_add(with.len()).saturating_add(groups.saturating_mul(whole.len()));
        if put > REPLACED || count > REPLACEMENTS {
            return Err(TOO_LARGE.to_owned());
        }
        if !text.as_str().is_char_boundary(whole.start()) || !text.as_str().is_char_boundary(whole.end()) {
            // A byte of a character was matched: so many there may be.
            let each = groups.saturating_mul(text.len()).saturating_add(with.len());
            if each.saturating_mul(text.len()) > REPLACED {
                return Err(TOO_LARGE.to_owned());
            }
            return Ok(text.became(bytewise(&regex, text, with.as_str(), plain)).into());
        }
        made.push_slice(text, end..whole.start());
        if plain {
            made.push(with);
        } else {
            let mut expanded = Vec::new();
            found.expand(with.as_str().as_bytes(), &mut expanded);
            made.push_from(&bytes::text(&expanded), text.slice(whole.range()).origin().or(text.origin()));
        }
        end = whole.end();
    }
    made.push_slice(text, end..text.len());
    Ok(made.into())
}

fn bytewise(regex: &Regex, text: &Text, with: &str, plain: bool) -> String {
    let haystack = text.as_str().as_bytes();
    bytes::text(&match plain {
        true => regex.replace_all(haystack, NoExpand(with.as_bytes())),
        false => regex.replace_all(haystack, with.as_bytes()),
    })
}

/// The parts between what matches; source: Go's `Regexp.Split`.
fn split(arguments: Arguments<'_>) -> Answer {
    let (regex, text, most) = (compile(arguments)?, arguments.text(1)?, arguments.int(2)?);
    let string = text.as_str();
    if most == 0 {
        return Ok(Vec::new().into());
    }
    if !arguments.str(0)?.is_empty() && string.is_empty() {
        return Ok(vec![Value::made("")].into());
    }
    let (mut start, mut end) = (0, 0);
    let mut parts: Vec<Value> = Vec::new();
    for found in regex.find_iter(string.as_bytes()) {
        if most > 0 && parts.len() as i64 == most - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(text.slice(start..end).into());
        }
        start = found.end();
    }
    if end != string.len() {
        parts.push(text.slice(start..string.len()).into());
    }
    Ok(parts.into())
}
