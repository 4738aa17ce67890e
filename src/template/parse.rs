//! From tokens to nodes.
//!
//! Owns the grammar of actions, and what Go says of text that does not follow it. Source: Go's
//! `text/template/parse/parse.go`.

use super::Dialect;
use super::ast::{Ast, At, Body, Branch, BranchKind, Command, Node, Operand, Pipe, Term, VariableId};
use super::functions;
use super::lex::{Lexed, Token, lex};
use super::literal::{number, unquote};

/// Actions and parentheses in each other are followed this deep.
const DEPTH: u32 = 100;

/// What is wrong with a text that is no template, and where.
pub(super) type Wrong = (String, usize);

/// Parses a text.
pub(super) fn parse(dialect: Dialect, text: &str) -> Result<Ast> {
    let names = vec!["$"];
    let mut parser = Parser {
        dialect,
        text,
        tokens: lex(text),
        at: 0,
        depth: DEPTH,
        ranges: 0,
        names,
        visible: vec![0],
        defined: Vec::new(),
    };
    let body = match parser.list(true)? {
        (body, Closed::Text) => body,
        (_, end) => return parser.wrong(format!("unexpected {}", end.word())),
    };
    let defined = parser.defined;
    Ok(Ast { text: text.into(), body, defined })
}

struct Parser<'t> {
    dialect: Dialect,
    text: &'t str,
    tokens: Vec<Lexed>,
    at: usize,
    depth: u32,
    /// How many `range` are open.
    ranges: u32,
    /// The names of all variables of the text.
    names: Vec<&'t str>,
    /// The variables that can be used here.
    visible: Vec<VariableId>,
    defined: Vec<(Box<str>, Body)>,
}

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    Text,
    End,
    Else,
}

impl Closed {
    fn word(self) -> &'static str {
        match self {
            Closed::Text => "EOF",
            Closed::End => "{{end}}",
            Closed::Else => "{{else}}",
        }
    }
}

type Result<T> = std::result::Result<T, Wrong>;

impl<'t> Parser<'t> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> At {
        let end = self.text.len();
        self.tokens.get(self.at).or(self.tokens.last()).map_or(At::new(end, end), |(_, at)| *at)
    }

    fn next(&mut self) -> (Token, At) {
        let lexed = (self.peek().clone(), self.place());
        self.at += 1;
        lexed
    }

    fn skip_space(&mut self) {
        while *self.peek() == Token::Space {
            self.at += 1;
        }
    }

    fn slice(&self, at: At) -> &'t str {
        self.text.get(at.range()).unwrap_or_default()
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T> {
        Err((message.into(), self.place().start as usize))
    }

    /// The word that comes now, or nothing.
    fn word(&self) -> &'t str {
        if *self.peek() == Token::Word { self.slice(self.place()) } else { "" }
    }

    /// What Go says of a token that may not stand here.
    fn unexpected<T>(&self, context: &str) -> Result<T> {
        let at = self.place();
        let text = self.slice(at);
        let shown = match self.peek() {
            Token::Wrong(wrong) => return self.wrong(wrong.clone()),
            Token::End => "EOF".to_owned(),
            Token::Dot => "<.>".to_owned(),
            Token::Word if KEYWORDS.contains(&text) => format!("<{text}>"),
            Token::Close => "\"}}\"".to_owned(),
            _ if text.len() > 10 => {
                let end = text.char_indices().nth(10).map_or(text.len(), |(end, _)| end);
                format!("{:?}...", &text[..end])
            }
            _ => super::functions::quoted(text),
        };
        self.wrong(format!("unexpected {shown} in {context}"))
    }

    fn close(&mut self, context: &str) -> Result<u32> {
        self.skip_space();
        match self.peek() {
            Token::Close => Ok(self.next().1.end),
            _ => self.unexpected(context),
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth = match self.depth.checked_sub(1) {
            Some(depth) => depth,
            None => return self.wrong("nested too deeply"),
        };
        let parsed = parse(self);
        self.depth += 1;
        parsed
    }

    /// Nodes up to `{{end}}` or `{{else`, whose closing delimiter is taken when it is an end.
    fn list(&mut self, is_top: bool) -> Result<(Body, Closed)> {
        let mut nodes = Vec::new();
        let start = self.place().start;
        loop {
            let (token, at) = self.next();
            let body = |nodes, end: At| Body { nodes, at: At { start, end: end.start.max(start) } };
            match token {
                Token::Text => {
                    nodes.push(Node::Text(at));
                    continue;
                }
                Token::End if is_top => return Ok((body(nodes, at), Closed::Text)),
                Token::End => {
                    self.at -= 1;
                    return self.wrong("unexpected EOF");
                }
                Token::Open => {}
                _ => {
                    self.at -= 1;
                    return self.unexpected("input");
                }
            }
            self.skip_space();
            let word = self.word();
            let kind = match word {
                "end" => {
                    self.at += 1;
                    self.close("end")?;
                    return Ok((body(nodes, at), Closed::End));
                }
                "else" => {
                    self.at += 1;
                    self.skip_space();
                    if !matches!(self.word(), "if" | "with") {
                        self.close("else")?;
                    }
                    return Ok((body(nodes, at), Closed::Else));
                }
                "define" if is_top => {
                    self.at += 1;
                    let name = self.name("define clause")?.0;
                    self.close("define clause")?;
                    let body = self.definition("define clause")?;
                    self.define(name, body)?;
                    continue;
                }
                "if" => BranchKind::If,
                "with" => BranchKind::With,
                "range" => BranchKind::Range,
                _ => {
                    let node = self.action(word, at)?;
                    nodes.push(node);
                    continue;
                }
            };
            self.at += 1;
            nodes.push(Node::Branch(Box::new(self.deeper(|parser| parser.branch(kind))?)));
        }
    }

    /// An action that is no branch; `open` is its delimiter.
    fn action(&mut self, word: &str, open: At) -> Result<Node> {
        match word {
            "break" | "continue" => {
                self.at += 1;
                self.skip_space();
                if *self.peek() != Token::Close {
                    return self.unexpected(&format!("{{{{{word}}}}}"));
                }
                if self.ranges == 0 {
                    return self.wrong(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                }
                self.at += 1;
                Ok(if word == "break" { Node::Break } else { Node::Continue })
            }
            "template" | "block" => {
                self.at += 1;
                let context = if word == "block" { "block clause" } else { "template clause" };
                let (name, name_at) = self.name(context)?;
                self.skip_space();
                let argument = match self.peek() {
                    Token::Close if word == "template" => None,
                    _ => Some(self.pipe(context, false)?),
                };
                let end = self.close(context)?;
                if word == "block" {
                    let body = self.definition(context)?;
                    self.define(name.clone(), body)?;
                }
                Ok(Node::Template { name, argument, name_at, at: At { start: open.start, end } })
            }
            _ => {
                let pipe = self.pipe("command", false)?;
                self.close("command")?;
                Ok(Node::Action(pipe))
            }
        }
    }

    /// The body of `define` and `block`, which sees none of the variables around it.
    fn definition(&mut self, context: &str) -> Result<Body> {
        let visible = std::mem::replace(&mut self.visible, vec![0]);
        let ranges = std::mem::take(&mut self.ranges);
        let (body, end) = self.deeper(|parser| parser.list(false))?;
        (self.visible, self.ranges) = (visible, ranges);
        match end {
            Closed::End => Ok(body),
            end => self.wrong(format!("unexpected {} in {context}", end.word())),
        }
    }

    /// Of two definitions in one text, one has to be blank.
    fn define(&mut self, name: Box<str>, body: Body) -> Result<()> {
        let text = self.text;
        match self.defined.iter_mut().find(|(known, _)| *known == name) {
            None => self.defined.push((name, body)),
            Some((_, known)) if known.is_blank(text) => *known = body,
            Some(_) if body.is_blank(text) => {}
            Some(_) => return self.wrong(format!("multiple definition of template {name:?}")),
        }
        Ok(())
    }

    fn branch(&mut self, kind: BranchKind) -> Result<Branch> {
        let visible = self.visible.len();
        let pipe = self.pipe(kind.word(), kind == BranchKind::Range)?;
        self.close(kind.word())?;
        self.ranges += u32::from(kind == BranchKind::Range);
        let (body, end) = self.list(false)?;
        self.ranges -= u32::from(kind == BranchKind::Range);
        let otherwise = match end {
            Closed::Text | Closed::End => Body::default(),
            Closed::Else => {
                // `{{else if}}` is an `if` inside of the `else`, and both end together.
                let start = self.place().start;
                let chained = match (kind, self.word()) {
                    (BranchKind::If, "if") => Some(BranchKind::If),
                    (BranchKind::With, "with") => Some(BranchKind::With),
                    (_, "if" | "with") => return self.unexpected("else"),
                    _ => None,
                };
                match chained {
                    Some(chained) => {
                        self.at += 1;
                        let branch = self.deeper(|parser| parser.branch(chained))?;
                        let end = branch.body.at.end.max(branch.otherwise.at.end);
                        Body { nodes: vec![Node::Branch(Box::new(branch))], at: At { start, end } }
                    }
                    None => match self.list(false)? {
                        (body, Closed::End) => body,
                        (_, end) => return self.wrong(format!("expected end; found {}", end.word())),
                    },
                }
            }
        };
        self.visible.truncate(visible);
        Ok(Branch { kind, pipe, body, otherwise })
    }

    fn name(&mut self, context: &str) -> Result<(Box<str>, At)> {
        self.skip_space();
        if !matches!(self.peek(), Token::Quoted | Token::Raw) {
            return self.unexpected(context);
        }
        let (_, at) = self.next();
        let name = unquote(self.slice(at)).ok_or(("invalid syntax".to_owned(), at.start as usize))?;
        Ok((name.into(), at))
    }

    /// A pipeline up to what closes it, which is left.
    fn pipe(&mut self, context: &str, is_range: bool) -> Result<Pipe> {
        self.skip_space();
        let start = self.place().start;
        let (variables, assigns) = self.declarations(context, is_range)?;
        let mut commands: Vec<Command> = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Token::Close | Token::Right => break,
                Token::Word
                | Token::Number
                | Token::Dot
                | Token::Field
                | Token::Raw
                | Token::Quoted
                | Token::Variable
                | Token::Left
                    if !KEYWORDS.contains(&self.word()) || self.word() == "nil" =>
                {
                    commands.push(self.command()?);
                }
                _ => return self.unexpected(context),
            }
        }
        if commands.is_empty() {
            return self.wrong(format!("missing value for {context}"));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let first = command.operands.first();
            let literal = |operand: &Operand| {
                operand.fields.is_empty()
                    && !matches!(
                        operand.term,
                        Term::Function(_) | Term::Unknown(_) | Term::Variable(_) | Term::Pipe(_)
                    )
            };
            if first.is_some_and(literal) {
                return self.wrong(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        let end = commands.last().map_or(start, |command| command.at.end);
        Ok(Pipe { at: At { start, end }, variables, assigns, commands })
    }

    /// `$x :=`, `$i, $x :=` or `$x =`; nothing is taken of anything else.
    fn declarations(&mut self, context: &str, is_range: bool) -> Result<(Vec<VariableId>, bool)> {
        let mut variables = Vec::new();
        loop {
            let start = self.at;
            if *self.peek() != Token::Variable {
                return Ok((variables, false));
            }
            let at = self.next().1;
            self.skip_space();
            let is_comma = *self.peek() == Token::Sign && self.slice(self.place()) == ",";
            if !is_comma && !matches!(self.peek(), Token::Declare | Token::Assign) {
                self.at = start;
                return Ok((variables, false));
            }
            let ends = !is_comma;
            let assigns = *self.peek() == Token::Assign;
            self.at += 1;
            let id = self.variable(self.slice(at));
            self.visible.push(id);
            variables.push(id);
            if ends {
                return Ok((variables, assigns));
            }
            if !is_range || variables.len() > 1 {
                return self.wrong(format!("too many declarations in {context}"));
            }
            self.skip_space();
            if !matches!(self.peek(), Token::Variable | Token::Close | Token::Right) {
                return self.wrong("range can only initialize variables");
            }
        }
    }

    fn variable(&mut self, name: &'t str) -> VariableId {
        let known = self.names.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        }) as VariableId
    }

    fn command(&mut self) -> Result<Command> {
        let start = self.place().start;
        let mut operands: Vec<Operand> = Vec::new();
        loop {
            self.skip_space();
            if let Some(operand) = self.operand()? {
                operands.push(operand);
            }
            match self.peek() {
                Token::Space => continue,
                Token::Close | Token::Right => {}
                Token::Pipe => self.at += 1,
                _ => return self.unexpected("operand"),
            }
            break;
        }
        match operands.last() {
            None => self.wrong("empty command"),
            Some(last) => Ok(Command { at: At { start, end: last.at.end }, operands }),
        }
    }

    /// An operand with the fields behind it.
    fn operand(&mut self) -> Result<Option<Operand>> {
        let at = self.place();
        let text = self.slice(at);
        let mut fields = Vec::new();
        let term = match self.peek() {
            Token::Dot => Term::Dot,
            Token::Field => {
                fields.push(text[1..].into());
                Term::Dot
            }
            Token::Variable => {
                let id = self.names.iter().position(|known| *known == text).map(|id| id as VariableId);
                match id.filter(|id| self.visible.contains(id)) {
                    Some(id) => Term::Variable(id),
                    None => return self.wrong(format!("undefined variable {text:?}")),
                }
            }
            Token::Word => match text {
                "true" => Term::Bool(true),
                "false" => Term::Bool(false),
                "nil" => Term::Nil,
                name if KEYWORDS.contains(&name) => return Ok(None),
                name => match functions::find(self.dialect, name) {
                    Some(function) => Term::Function(function),
                    None if self.dialect == Dialect::ApplicationSet => Term::Unknown(name.into()),
                    None => return self.wrong(format!("function {name:?} not defined")),
                },
            },
            Token::Number => match number(text) {
                Some(number) => number,
                None => return self.wrong(format!("bad number syntax: {text:?}")),
            },
            Token::Quoted | Token::Raw => {
                let Some(value) = unquote(text) else { return self.wrong("invalid syntax") };
                let inner = At { start: at.start + 1, end: at.end - 1 };
                let copied = (value == self.slice(inner)).then_some(inner);
                Term::Text(value.into(), copied)
            }
            Token::Left => {
                self.at += 1;
                let pipe = self.deeper(|parser| parser.pipe("parenthesized pipeline", false))?;
                self.skip_space();
                if *self.peek() != Token::Right {
                    return self.unexpected("parenthesized pipeline");
                }
                Term::Pipe(Box::new(pipe))
            }
            _ => return Ok(None),
        };
        let mut end = self.next().1.end;
        let mut position = at.start;
        let mut is_first = true;
        while *self.peek() == Token::Field {
            let field = self.place();
            if is_first {
                match term {
                    Term::Bool(_) | Term::Text(..) | Term::Int(_) | Term::Float(_) | Term::Nil => {
                        return self.wrong(format!("unexpected . after term {}", functions::quoted(text)));
                    }
                    // Go counts from the first field that follows.
                    _ => position = field.start,
                }
                is_first = false;
            }
            fields.push(self.slice(field)[1..].into());
            end = field.end;
            self.at += 1;
        }
        Ok(Some(Operand { at: At { start: at.start, end }, position, term, fields }))
    }
}

/// Words that are no functions.
const KEYWORDS: &[&str] =
    &["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"];
