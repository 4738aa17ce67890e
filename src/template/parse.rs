//! From tokens to nodes.
//!
//! Owns the grammar of actions. Source: Go's `text/template/parse/parse.go`. Unlike Go it does not refuse functions
//! that it does not know: a call of one is opaque.

use std::collections::BTreeMap;
use std::ops::Range;

use super::ast::{Branch, BranchKind, Command, Node, Operand, Pipe};
use super::lex::{Lexed, Token, Wrong, lex};

/// Actions and parentheses in each other are followed this deep.
const DEPTH: u32 = 100;

/// A parsed template, with those that it defines.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub body: Vec<Node>,
    pub defined: BTreeMap<String, Vec<Node>>,
}

pub(super) fn parse(text: &str) -> Result<Parsed, Wrong> {
    let tokens = lex(text)?;
    let mut parser = Parser { text, tokens, at: 0, depth: DEPTH, defined: BTreeMap::new() };
    let (body, end) = parser.list()?;
    match end {
        None => Ok(Parsed { body, defined: parser.defined }),
        Some((word, at)) => Err((format!("unexpected {{{{{word}}}}}"), at)),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Lexed>,
    at: usize,
    depth: u32,
    defined: BTreeMap<String, Vec<Node>>,
}

/// `end` or `else`, and where it stands.
type End = Option<(&'static str, usize)>;

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<Lexed> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.at += 1;
        }
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |(_, range)| range.start)
    }

    fn wrong<T>(&self, message: &str) -> Result<T, Wrong> {
        Err((message.to_owned(), self.offset()))
    }

    fn word(&self) -> &'t str {
        match self.tokens.get(self.at) {
            Some((Token::Word, range)) => &self.text[range.clone()],
            _ => "",
        }
    }

    fn expect(&mut self, token: Token, what: &str) -> Result<Range<usize>, Wrong> {
        self.skip_space();
        match self.next() {
            Some((found, range)) if found == token => Ok(range),
            _ => {
                self.at -= 1;
                self.wrong(&format!("expected {what}"))
            }
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        self.depth = match self.depth.checked_sub(1) {
            Some(depth) => depth,
            None => return self.wrong("nested too deeply"),
        };
        let parsed = parse(self);
        self.depth += 1;
        parsed
    }

    /// Nodes up to `{{end}}` or `{{else`, whose closing delimiter is left.
    fn list(&mut self) -> Result<(Vec<Node>, End), Wrong> {
        let mut nodes = Vec::new();
        while let Some((token, range)) = self.next() {
            if token == Token::Text {
                nodes.push(Node::Text(range));
                continue;
            }
            self.skip_space();
            let word = self.word();
            if !word.is_empty() {
                self.at += 1;
            }
            let kind = match word {
                "end" => return Ok((nodes, Some(("end", range.start)))),
                "else" => return Ok((nodes, Some(("else", range.start)))),
                "if" => BranchKind::If,
                "with" => BranchKind::With,
                "range" => BranchKind::Range,
                "break" | "continue" => {
                    self.expect(Token::Close, "}}")?;
                    nodes.push(if word == "break" { Node::Break } else { Node::Continue });
                    continue;
                }
                "define" => {
                    let name = self.name()?;
                    self.expect(Token::Close, "}}")?;
                    let body = self.deeper(Self::body)?;
                    self.defined.insert(name, body);
                    continue;
                }
                "template" => {
                    let name = self.name()?;
                    self.skip_space();
                    let argument = match self.peek() {
                        Some(Token::Close) => None,
                        _ => Some(self.pipe()?),
                    };
                    self.expect(Token::Close, "}}")?;
                    nodes.push(Node::Template { name, argument, at: range });
                    continue;
                }
                "block" => {
                    let name = self.name()?;
                    let argument = Some(self.pipe()?);
                    self.expect(Token::Close, "}}")?;
                    let body = self.deeper(Self::body)?;
                    self.defined.insert(name.clone(), body);
                    nodes.push(Node::Template { name, argument, at: range });
                    continue;
                }
                _ => {
                    self.at -= usize::from(!word.is_empty());
                    let pipe = self.pipe()?;
                    self.expect(Token::Close, "}}")?;
                    nodes.push(Node::Action(pipe));
                    continue;
                }
            };
            nodes.push(Node::Branch(self.deeper(|parser| parser.branch(kind))?));
        }
        Ok((nodes, None))
    }

    /// Nodes up to `{{end}}`.
    fn body(&mut self) -> Result<Vec<Node>, Wrong> {
        match self.list()? {
            (nodes, Some(("end", _))) => {
                self.expect(Token::Close, "}}")?;
                Ok(nodes)
            }
            (_, Some((word, at))) => Err((format!("unexpected {{{{{word}}}}}"), at)),
            (_, None) => self.wrong("unexpected EOF: an {{end}} is missing"),
        }
    }

    fn branch(&mut self, kind: BranchKind) -> Result<Branch, Wrong> {
        let pipe = self.pipe()?;
        self.expect(Token::Close, "}}")?;
        let (body, end) = self.list()?;
        let otherwise = match end {
            None => return self.wrong("unexpected EOF: an {{end}} is missing"),
            Some(("end", _)) => {
                self.expect(Token::Close, "}}")?;
                Vec::new()
            }
            Some(_) => {
                self.skip_space();
                // `{{else if}}` is an `if` inside of the `else`, and both end together.
                let chained = match self.word() {
                    "if" => Some(BranchKind::If),
                    "with" => Some(BranchKind::With),
                    _ => None,
                };
                match chained {
                    Some(chained) => {
                        self.at += 1;
                        vec![Node::Branch(self.deeper(|parser| parser.branch(chained))?)]
                    }
                    None => {
                        self.expect(Token::Close, "}}")?;
                        self.body()?
                    }
                }
            }
        };
        Ok(Branch { kind, pipe, body, otherwise })
    }

    fn name(&mut self) -> Result<String, Wrong> {
        self.skip_space();
        match self.next() {
            Some((Token::Quoted | Token::Raw, range)) => {
                unquote(&self.text[range.clone()]).ok_or(("a wrong name".to_owned(), range.start))
            }
            _ => {
                self.at -= 1;
                self.wrong("expected the name of a template")
            }
        }
    }

    /// A pipeline up to what closes it, which is left.
    fn pipe(&mut self) -> Result<Pipe, Wrong> {
        self.skip_space();
        let start = self.offset();
        let (variables, assigns) = self.variables();
        let mut commands = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                // A pipe at the end is one too many, but Go takes it.
                None | Some(Token::Close | Token::Right) if !commands.is_empty() => break,
                None | Some(Token::Close | Token::Right) => return self.wrong("missing value"),
                _ => commands.push(self.command()?),
            }
            if self.peek() == Some(&Token::Pipe) {
                self.at += 1;
            }
        }
        let end = commands.last().map_or(start, |command: &Command| command.at.end);
        Ok(Pipe { at: start..end, variables, assigns, commands })
    }

    /// `$x :=`, `$i, $x :=` or `$x =`; nothing is taken of anything else.
    fn variables(&mut self) -> (Vec<String>, bool) {
        let start = self.at;
        let mut variables = Vec::new();
        while let Some((Token::Variable, range)) = self.tokens.get(self.at).cloned() {
            variables.push(self.text[range].to_owned());
            self.at += 1;
            self.skip_space();
            match self.peek() {
                Some(Token::Comma) => {
                    self.at += 1;
                    self.skip_space();
                }
                Some(token @ (Token::Declare | Token::Assign)) => {
                    let assigns = *token == Token::Assign;
                    self.at += 1;
                    return (variables, assigns);
                }
                _ => break,
            }
        }
        self.at = start;
        (Vec::new(), false)
    }

    fn command(&mut self) -> Result<Command, Wrong> {
        let start = self.offset();
        let mut end = start;
        let mut operands = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(Token::Close | Token::Right | Token::Pipe) => break,
                _ => operands.push(self.operand()?),
            }
            end = self.tokens.get(self.at - 1).map_or(end, |(_, range)| range.end);
            match self.peek() {
                None | Some(Token::Space | Token::Close | Token::Right | Token::Pipe) => {}
                _ => return self.wrong("unexpected token in operand"),
            }
        }
        match operands.is_empty() {
            true => self.wrong("empty command"),
            false => Ok(Command { at: start..end, operands }),
        }
    }

    /// An operand with the fields behind it.
    fn operand(&mut self) -> Result<Operand, Wrong> {
        let start = self.offset();
        let Some((token, range)) = self.next() else { return self.wrong("missing value") };
        let text = &self.text[range.clone()];
        let mut names = Vec::new();
        let operand = match token {
            Token::Dot => Operand::Dot,
            Token::Field => {
                names.push(text[1..].to_owned());
                Operand::Dot
            }
            Token::Variable => Operand::Variable(text.to_owned()),
            Token::Word => match text {
                "true" => Operand::Bool(true),
                "false" => Operand::Bool(false),
                "nil" => Operand::Nil,
                name => Operand::Function(name.to_owned()),
            },
            Token::Number => {
                number(text).ok_or_else(|| (format!("bad number syntax: {text}"), range.start))?
            }
            Token::Quoted | Token::Raw => {
                let value = unquote(text).ok_or_else(|| ("a wrong string".to_owned(), range.start))?;
                let inner = range.start + 1..range.end - 1;
                let copied = (value == self.text[inner.clone()]).then_some(inner);
                Operand::Text(value, copied)
            }
            Token::Left => {
                let pipe = self.deeper(Self::pipe)?;
                self.expect(Token::Right, ")")?;
                Operand::Pipe(Box::new(pipe))
            }
            _ => {
                self.at -= 1;
                return self.wrong("unexpected token");
            }
        };
        let mut end = self.tokens.get(self.at - 1).map_or(start, |(_, range)| range.end);
        while let Some((Token::Field, range)) = self.tokens.get(self.at).cloned() {
            names.push(self.text[range.start + 1..range.end].to_owned());
            end = range.end;
            self.at += 1;
        }
        Ok(if names.is_empty() { operand } else { Operand::Fields(Box::new(operand), names, start..end) })
    }
}

fn number(text: &str) -> Option<Operand> {
    if let Some(character) = text.strip_prefix('\'') {
        let inner = unquote(&format!("\"{}\"", character.strip_suffix('\'')?.replace('"', "\\\"")))?;
        return inner.chars().next().map(|sign| Operand::Int(i64::from(u32::from(sign))));
    }
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based = radix.iter().find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, *radix)));
    let octal = lower.len() > 1 && lower.starts_with('0') && lower.bytes().all(|byte| byte.is_ascii_digit());
    let integer = match based {
        Some((digits, radix)) => i64::from_str_radix(digits, radix).ok(),
        None if octal => i64::from_str_radix(&lower, 8).ok(),
        None => lower.parse().ok(),
    };
    match integer {
        Some(integer) => Some(Operand::Int(sign * integer)),
        None if lower.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.') => {
            lower.parse().ok().map(|float: f64| Operand::Float(sign as f64 * float))
        }
        None => None,
    }
}

/// The value of a string of Go in its quotes.
fn unquote(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.strip_suffix('`').map(|raw| raw.replace('\r', ""));
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(inner.len());
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            value.push(sign);
            continue;
        }
        let escape = signs.next()?;
        let mut code = |digits: usize, radix: u32, first: &str| {
            let text: String = first.chars().chain(signs.by_ref().take(digits)).collect();
            u32::from_str_radix(&text, radix).ok().and_then(char::from_u32)
        };
        let escaped = match escape {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            sign @ ('\\' | '"' | '\'') => sign,
            'x' => code(2, 16, "")?,
            'u' => code(4, 16, "")?,
            'U' => code(8, 16, "")?,
            '0'..='7' => code(2, 8, &escape.to_string())?,
            _ => return None,
        };
        value.push(escaped);
    }
    Some(value)
}
