//! The language of label selectors: `app in (a, b), !old, tier != front`.
//!
//! Owns its grammar and meaning, as apimachinery 0.19 has them. Must not know whose labels are asked for.

use std::collections::BTreeSet;

/// What a set of labels must fulfil: all requirements.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct Labels(Vec<Requirement>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    key: String,
    operator: Operator,
    values: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Exists,
    Absent,
    /// `in`, `=` and `==`
    In,
    /// `notin` and `!=`
    NotIn,
    Greater,
    Less,
}

impl Labels {
    /// Reads a selector; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        Parser { tokens: tokens(text)?, at: 0 }.requirements().map(Self)
    }

    /// Whether labels fulfil it. `value` is asked for the value of a label.
    pub fn select<V: AsRef<str>>(&self, value: impl Fn(&str) -> Option<V>) -> bool {
        self.0.iter().all(|requirement| {
            let found = value(&requirement.key);
            let found = found.as_ref().map(V::as_ref);
            let within = |found: &str| requirement.values.contains(found);
            match requirement.operator {
                Operator::Exists => found.is_some(),
                Operator::Absent => found.is_none(),
                Operator::In => found.is_some_and(within),
                Operator::NotIn => !found.is_some_and(within),
                Operator::Greater => requirement.compares(found, |found, value| found > value),
                Operator::Less => requirement.compares(found, |found, value| found < value),
            }
        })
    }
}

impl Requirement {
    fn compares(&self, found: Option<&str>, holds: impl Fn(i64, i64) -> bool) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let value = self.values.first().and_then(|value| number(value));
        found.and_then(number).zip(value).is_some_and(|(found, value)| holds(found, value))
    }
}

/// A word, or one of [`SYMBOLS`].
#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Symbol(&'static str),
    Word(String),
    End,
}

/// Longer ones first.
const SYMBOLS: [&str; 9] = ["==", "!=", "=", "!", "(", ")", ",", "<", ">"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let is_symbol = |c: char| SYMBOLS.iter().any(|symbol| symbol.starts_with(c));
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let len = match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => {
                tokens.push(Token::Symbol(symbol));
                symbol.len()
            }
            None => {
                let len = rest.find(|c| is_symbol(c) || is_space(c)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..len].to_owned()));
                len
            }
        };
        rest = rest[len..].trim_start_matches(is_space);
    }
    tokens.push(Token::End);
    Ok(tokens)
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Symbol(symbol) => write!(f, "`{symbol}`"),
            Token::Word(word) => write!(f, "`{word}`"),
            Token::End => f.write_str("the end"),
        }
    }
}

struct Parser {
    /// The last one is [`Token::End`].
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn requirements(mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        if *self.peek() == Token::End {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            match self.next() {
                Token::End => return Ok(requirements),
                Token::Symbol(",") => {}
                other => return Err(format!("{other} stands where `,` or the end is expected")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = *self.peek() == Token::Symbol("!");
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(format!("{other} stands where a label is expected")),
        };
        if !is_key(&key) {
            return Err(format!("`{key}` cannot be the name of a label"));
        }
        let none = BTreeSet::new();
        if negated {
            return Ok(Requirement { key, operator: Operator::Absent, values: none });
        }
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(Requirement { key, operator: Operator::Exists, values: none });
        }
        let (operator, values) = match self.next() {
            Token::Word(word) if word == "in" => (Operator::In, self.values()?),
            Token::Word(word) if word == "notin" => (Operator::NotIn, self.values()?),
            Token::Symbol("=" | "==") => (Operator::In, self.value()?),
            Token::Symbol("!=") => (Operator::NotIn, self.value()?),
            Token::Symbol(">") => (Operator::Greater, self.value()?),
            Token::Symbol("<") => (Operator::Less, self.value()?),
            other => {
                let expected = "`=`, `==`, `!=`, `in`, `notin`, `<` or `>`";
                return Err(format!("{other} stands where {expected} is expected"));
            }
        };
        let compares = matches!(operator, Operator::Greater | Operator::Less);
        if let Some(value) = values.iter().find(|value| compares && value.parse::<i64>().is_err()) {
            return Err(format!("`{value}` is no integer"));
        }
        match values.iter().find(|value| !is_value(value)) {
            Some(value) => Err(format!("`{value}` cannot be the value of a label")),
            None => Ok(Requirement { key, operator, values }),
        }
    }

    /// One value, which may be empty.
    fn value(&mut self) -> Result<BTreeSet<String>, String> {
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok([String::new()].into());
        }
        match self.next() {
            Token::Word(word) => Ok([word].into()),
            other => Err(format!("{other} stands where a value is expected")),
        }
    }

    /// Values in parentheses. Between two commas, and beside a lone one, stands an empty value.
    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let open = self.next();
        if open != Token::Symbol("(") {
            return Err(format!("{open} stands where `(` is expected"));
        }
        let mut values = BTreeSet::new();
        let mut after_comma = true;
        loop {
            match self.next() {
                Token::Word(word) if after_comma => {
                    values.insert(word);
                    after_comma = false;
                }
                Token::Symbol(token @ ("," | ")")) => {
                    if after_comma {
                        values.insert(String::new());
                    }
                    if token == ")" {
                        return Ok(values);
                    }
                    after_comma = true;
                }
                other => return Err(format!("{other} stands where `,` or `)` is expected")),
            }
        }
    }
}

/// A name with an optional domain in front: `app`, `app.kubernetes.io/name`.
fn is_key(key: &str) -> bool {
    let (domain, name) = key.rsplit_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    !name.is_empty()
        && is_value(name)
        && domain.is_none_or(|domain| domain.len() <= 253 && domain.split('.').all(is_label))
}

/// At most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at either end.
fn is_value(value: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let outer = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    bytes.len() <= 63 && bytes.iter().all(|&byte| inner(byte)) && outer(bytes.first()) && outer(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        let labels = [("app", "web"), ("tier", ""), ("n", "5"), ("a.b/c", "d")];
        let value = |key: &str| labels.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
        let cases = [
            ("", true),
            ("app", true),
            ("!app", false),
            ("! old", true),
            ("app=web", true),
            ("app == web , a.b/c=d", true),
            ("app!=web", false),
            ("old!=web", true),
            ("old=web", false),
            ("app in (web)", true),
            ("app in (api,web)", true),
            ("app in(api, job)", false),
            ("app notin (api)", true),
            ("old notin (api)", true),
            ("old in ()", false),
            ("tier in ()", true),
            ("tier in (,)", true),
            ("tier in (a,,b)", true),
            ("tier in (a,b)", false),
            ("tier=", true),
            ("tier=,app", true),
            ("n>4,n<6", true),
            ("n>5", false),
            ("app>5", false),
            ("in,notin in (in)", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Labels::parse(text).map(|labels| labels.select(value)), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors() {
        let cases = [
            ("a b", "`b` stands where `=`, `==`, `!=`, `in`, `notin`, `<` or `>` is expected"),
            ("a=b c", "`c` stands where `,` or the end is expected"),
            ("a,", "the end stands where a label is expected"),
            (",a", "`,` stands where a label is expected"),
            ("!a=b", "`=` stands where `,` or the end is expected"),
            ("a in b", "`b` stands where `(` is expected"),
            ("a in (b", "the end stands where `,` or `)` is expected"),
            ("a in (b c)", "`c` stands where `,` or `)` is expected"),
            ("a==(b)", "`(` stands where a value is expected"),
            ("a>b", "`b` is no integer"),
            ("a=-b", "`-b` cannot be the value of a label"),
            ("a=b/c", "`b/c` cannot be the value of a label"),
            ("-a", "`-a` cannot be the name of a label"),
            ("a/b/c", "`a/b/c` cannot be the name of a label"),
            ("A.b/c", "`A.b/c` cannot be the name of a label"),
        ];
        for (text, expected) in cases {
            assert_eq!(Labels::parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
