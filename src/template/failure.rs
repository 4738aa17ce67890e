//! Why a template gives no text, and how Helm says it.

use crate::source::Span;

/// What a map gives for a key that it does not have: the option `missingkey`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum MissingKey {
    /// `default`, `invalid`: nothing, printed as `<no value>`.
    #[default]
    Invalid,
    /// `zero`: nil, which has no fields.
    Zero,
    /// `error`: the template fails.
    Error,
}

impl MissingKey {
    /// The value of an option as `Template.Option` takes it: `missingkey=error`. `None` for any other text, on which
    /// Go panics.
    pub fn option(text: &str) -> Option<Self> {
        match text.strip_prefix("missingkey=")? {
            "default" | "invalid" => Some(MissingKey::Invalid),
            "zero" => Some(MissingKey::Zero),
            "error" => Some(MissingKey::Error),
            _ => None,
        }
    }
}

/// Why a template gives no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// It does not parse.
    Syntax,
    /// A key is not there, and [`MissingKey::Error`] asks for it. Says which, and which keys there are.
    MissingKey {
        /// The key.
        key: String,
        /// The keys of the map, sorted.
        known: Vec<String>,
    },
    /// Go stops with an error too.
    Wrong,
    /// The template asks for it, with `fail` or `required`.
    Asked,
    /// It depends on something that is only known when it runs for real.
    Opaque,
    /// It is too large or takes too long.
    Limit,
}

/// A template that gives no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Why, as a kind.
    pub kind: FailureKind,
    /// The part of the template that it is about.
    pub at: Option<Span>,
    /// Why, in words.
    pub message: String,
    /// The whole message of Go, with file, line and column, and the calls that led there; for an ApplicationSet only why.
    pub full: String,
}

impl Failure {
    /// The message that Helm prints for a failure of a file that it renders.
    pub fn helm(&self) -> String {
        let Some(rest) = self.full.strip_prefix("template: ") else { return self.full.clone() };
        let location = rest.split(": ").next().unwrap_or_default();
        let is_executed = rest.contains(": executing ");
        match self.kind {
            FailureKind::Syntax if !is_executed => {
                let reason = rest.rsplit(": ").next().unwrap_or_default();
                format!("parse error at ({location}): {reason}")
            }
            FailureKind::Asked => format!("execution error at ({location}): {}", self.message),
            _ => self.in_lines(rest).unwrap_or_else(|| self.full.clone()),
        }
    }

    /// The calls of a failure, a group of lines for each; `None` when the last one says something else than Go.
    fn in_lines(&self, rest: &str) -> Option<String> {
        let mut lines = String::new();
        let mut rest = Some(rest);
        while let Some(one) = rest {
            if one.starts_with("no template ") {
                lines.push_str(&format!("template: {one}\n"));
                break;
            }
            let (one, inner) = match one.split_once(": template: ") {
                Some((one, inner)) => (one, Some(inner)),
                None => (one, None),
            };
            let (location, executing) = one.split_once(": executing ")?;
            let (executing, message) = executing.split_once(">: ")?;
            let called = message.strip_prefix("error calling ");
            if called.is_some_and(|called| inner.is_none() || called.contains(' ')) {
                return None;
            }
            let colon = if inner.is_some() { ":" } else { "" };
            lines.push_str(&format!("{location}\n  executing {executing}>:\n    {message}{colon}\n"));
            rest = inner;
        }
        Some(lines.trim_end().to_owned())
    }
}
