//! Expressions and statements.
//!
//! Owns precedence and what belongs to one statement. Must not know rules.

use super::{Body, Expr, Fault, Kind, Literal, Op, Span, Statement, Step, Token, TokenKind};

/// Expressions are nested this deep. Readers of data stop at the same depth.
const DEPTH: u32 = 128;

/// Names that are words of the language only where they were imported, or since OPA 1.0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keywords {
    /// `if`.
    pub if_: bool,
    /// `contains`.
    pub contains: bool,
    /// `every`.
    pub every: bool,
    /// `in`.
    pub in_: bool,
}

/// Trees are this high: each operator of a sum, each step of a reference, and each bracket is a level that somebody goes down.
const HEIGHT: u32 = 512;

/// Reads words as statements.
#[derive(Debug)]
pub struct Parser<'t> {
    /// All of it.
    pub text: &'t str,
    /// Its words.
    pub tokens: &'t [Token],
    /// The next word.
    pub next: usize,
    /// What is a word of the language.
    pub keywords: Keywords,
    /// Whether `if` is needed before bodies.
    pub is_v0: bool,
    depth: u32,
    /// No less than the height of what was read on this level.
    height: u32,
}

type Parsed<T> = Result<T, Fault>;

impl<'t> Parser<'t> {
    /// At the first word.
    pub fn new(text: &'t str, tokens: &'t [Token], is_v0: bool) -> Self {
        let keywords = Keywords { if_: !is_v0, contains: !is_v0, every: !is_v0, in_: !is_v0 };
        Self { text, tokens, next: 0, keywords, is_v0, depth: 0, height: 0 }
    }

    /// The next word.
    pub fn token(&self) -> Token {
        let end = self.text.len() as u32;
        let nothing = Token { kind: TokenKind::End, start: end, end, line: u32::MAX };
        self.tokens.get(self.next).copied().unwrap_or(nothing)
    }

    /// How the next word is written.
    pub fn peek(&self) -> &'t str {
        self.written(self.token())
    }

    /// How a word is written.
    pub fn written(&self, token: Token) -> &'t str {
        self.slice(Span { start: token.start, end: token.end })
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Whether the next word is this one: a sign, or a keyword.
    pub fn is(&self, word: &str) -> bool {
        matches!(self.token().kind, TokenKind::Sign | TokenKind::Name) && self.peek() == word
    }

    /// Takes the next word.
    pub fn advance(&mut self) -> Token {
        let token = self.token();
        self.next += 1;
        token
    }

    /// Takes this word if it is the next.
    pub fn take(&mut self, word: &str) -> bool {
        let is_next = self.is(word);
        self.next += usize::from(is_next);
        is_next
    }

    /// Takes this word.
    pub fn expect(&mut self, word: &str) -> Parsed<Token> {
        if self.is(word) { Ok(self.advance()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// Something else should stand here.
    pub fn unexpected(&self, wanted: &str) -> Fault {
        let token = self.token();
        let found = if token.kind == TokenKind::End { "the end of the file" } else { self.peek() };
        let found = if token.kind == TokenKind::End { found.to_owned() } else { format!("`{found}`") };
        Fault::new(token.start, format!("{found} stands where {wanted} is expected"))
    }

    /// Where the word before the next one ends.
    pub fn end(&self) -> u32 {
        self.next.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.end)
    }

    /// Whether the next word follows without a space.
    fn is_adjacent(&self) -> bool {
        self.token().start == self.end()
    }

    /// Whether the next word is on a line of its own.
    pub fn is_on_new_line(&self) -> bool {
        let between = Span { start: self.end(), end: self.token().start };
        self.slice(between).contains('\n')
    }

    fn since(&self, start: u32) -> Span {
        Span { start, end: self.end() }
    }

    /// Goes one level down.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH {
            return Err(Fault::new(self.token().start, format!("nested deeper than {DEPTH} levels")));
        }
        self.depth += 1;
        let beside = std::mem::take(&mut self.height);
        let read = read(self);
        self.depth -= 1;
        self.higher()?;
        self.height = self.height.max(beside);
        read
    }

    /// What was read becomes a part of something.
    fn higher(&mut self) -> Parsed<()> {
        self.height += 1;
        if self.height <= HEIGHT {
            return Ok(());
        }
        Err(Fault::new(
            self.token().start,
            format!("operators, references and brackets are {HEIGHT} levels deep here"),
        ))
    }

    /// Statements up to a closing bracket, which is taken.
    pub fn body(&mut self, close: &str) -> Parsed<Body> {
        let start = self.end();
        let mut statements = Vec::new();
        loop {
            while self.take(";") {}
            if self.is(close) && !statements.is_empty() {
                break;
            }
            statements.push(self.nested(Self::statement)?);
            if !self.is(close) && !self.is(";") && !self.is_on_new_line() {
                return Err(self.unexpected(&format!("a new statement or `{close}`")));
            }
        }
        let span = self.since(start);
        self.expect(close)?;
        Ok(Body { span, statements })
    }

    /// A statement with its modifiers.
    pub fn statement(&mut self) -> Parsed<Statement> {
        let start = self.token().start;
        let literal = self.literal()?;
        let mut with = Vec::new();
        while self.take("with") {
            let target = self.term()?;
            self.expect("as")?;
            with.push((target, self.expression()?));
        }
        Ok(Statement { span: self.since(start), literal, with })
    }

    fn literal(&mut self) -> Parsed<Literal> {
        if self.take("some") {
            return self.some();
        }
        if self.keywords.every && self.is("every") {
            self.advance();
            let first = self.name()?.0;
            let second = if self.take(",") { Some(self.name()?.0) } else { None };
            let (key, value) = match second {
                Some(second) => (Some(first), second),
                None => (None, first),
            };
            self.expect("in")?;
            let domain = self.binary(1)?;
            self.expect("{")?;
            return Ok(Literal::Every(key, value, domain, self.body("}")?));
        }
        if self.take("not") {
            return Ok(Literal::Not(self.assignment()?));
        }
        Ok(Literal::Expr(self.assignment()?))
    }

    fn some(&mut self) -> Parsed<Literal> {
        let mut names = vec![self.term()?];
        while self.take(",") {
            names.push(self.term()?);
        }
        if self.keywords.in_ && self.take("in") {
            let collection = self.binary(1)?;
            let at = collection.span.start;
            let too_many = || Fault::new(at, "`some … in` takes a value, or a key and a value");
            let value = names.pop().ok_or_else(too_many)?;
            let key = names.pop();
            return if names.is_empty() {
                Ok(Literal::SomeIn(key, value, collection))
            } else {
                Err(too_many())
            };
        }
        let names = names.into_iter().map(|name| match name.kind {
            Kind::Variable(text) => Ok((text, name.span)),
            _ => Err(Fault::new(name.span.start, "`some` declares names, or is followed by `in`")),
        });
        Ok(Literal::Some(names.collect::<Parsed<_>>()?))
    }

    /// A name that is no word of the language.
    pub fn name(&mut self) -> Parsed<(String, Span)> {
        let token = self.token();
        if token.kind != TokenKind::Name || self.is_reserved(self.peek()) {
            return Err(self.unexpected("a name"));
        }
        self.advance();
        Ok((self.written(token).to_owned(), Span { start: token.start, end: token.end }))
    }

    fn is_reserved(&self, word: &str) -> bool {
        match word {
            "as" | "default" | "else" | "import" | "not" | "package" | "some" | "with" => true,
            "if" => self.keywords.if_,
            "contains" => false, // a builtin, too: only a head gives it another meaning
            "every" => self.keywords.every,
            "in" => self.keywords.in_,
            _ => false,
        }
    }

    /// An expression, or what a variable is given.
    fn assignment(&mut self) -> Parsed<Expr> {
        let left = self.membership(true)?;
        let op = match self.peek() {
            ":=" => Op::Assign,
            "=" => Op::Unify,
            _ => return Ok(left),
        };
        self.advance();
        let right = self.membership(true)?;
        let span = Span { start: left.span.start, end: right.span.end };
        Ok(Expr { span, kind: Kind::Binary(op, left.into(), right.into()) })
    }

    /// Any expression that gives a value.
    pub fn expression(&mut self) -> Parsed<Expr> {
        self.membership(false)
    }

    /// `with_key` where a comma has no other meaning.
    fn membership(&mut self, with_key: bool) -> Parsed<Expr> {
        let first = self.binary(1)?;
        self.membership_of(first, with_key)
    }

    fn membership_of(&mut self, first: Expr, with_key: bool) -> Parsed<Expr> {
        let start = first.span.start;
        let (mut key, mut value) = (None, first);
        if with_key && self.keywords.in_ && self.is(",") {
            self.advance();
            key = Some(Box::new(value));
            value = self.binary(1)?;
            if !self.is("in") {
                return Err(self.unexpected("`in`"));
            }
        }
        while self.keywords.in_ && self.take("in") {
            let collection = self.binary(1)?;
            self.higher()?;
            let kind = Kind::In(key.take(), value.into(), collection.into());
            value = Expr { span: self.since(start), kind };
        }
        Ok(value)
    }

    /// Operators that bind at least this tight, from 1.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let left = self.term()?;
        self.binary_after(left, least)
    }

    fn binary_after(&mut self, mut left: Expr, least: u8) -> Parsed<Expr> {
        while let Some((op, tightness)) = self.operator().filter(|(_, tightness)| *tightness >= least) {
            self.advance();
            let right = self.nested(|parser| parser.binary(tightness + 1))?;
            self.higher()?;
            let span = Span { start: left.span.start, end: right.span.end };
            left = Expr { span, kind: Kind::Binary(op, left.into(), right.into()) };
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Op, u8)> {
        if self.token().kind != TokenKind::Sign {
            return None;
        }
        match self.peek() {
            "==" | "!=" | "<" | "<=" | ">" | ">=" => Some((Op::Compare, 1)),
            "|" => Some((Op::Sets, 2)),
            "&" => Some((Op::Sets, 3)),
            "+" | "-" => Some((Op::Compute, 4)),
            "*" | "/" | "%" => Some((Op::Compute, 5)),
            _ => None,
        }
    }

    /// What stands between operators.
    pub fn term(&mut self) -> Parsed<Expr> {
        let mut head = self.nested(Self::primary)?;
        let start = head.span.start;
        let mut may_call = matches!(head.kind, Kind::Variable(_));
        let mut steps = Vec::new();
        while self.is_adjacent() && self.token().kind == TokenKind::Sign {
            if matches!(self.peek(), "." | "[" | "(") {
                self.higher()?;
            }
            match self.peek() {
                "." => {
                    self.advance();
                    let token = self.token();
                    if token.kind != TokenKind::Name || !self.is_adjacent() {
                        return Err(self.unexpected("the name of a field"));
                    }
                    self.advance();
                    steps.push(Step::Field(self.written(token).to_owned()));
                }
                "[" => {
                    self.advance();
                    let index = self.nested(|parser| parser.membership(false))?;
                    self.expect("]")?;
                    may_call = may_call && matches!(index.kind, Kind::Text(_));
                    steps.push(Step::Index(index));
                }
                "(" if may_call => {
                    let function = reference(head, &mut steps, self.since(start));
                    self.advance();
                    let arguments = self.list(")")?;
                    head = Expr { span: self.since(start), kind: Kind::Call(function.into(), arguments) };
                    may_call = false;
                }
                _ => break,
            }
        }
        Ok(reference(head, &mut steps, self.since(start)))
    }

    /// Expressions and commas up to a closing bracket, which is taken.
    pub fn list(&mut self, close: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.is(close) {
            items.push(self.nested(Self::expression)?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(close)?;
        Ok(items)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.token();
        let kind = match (token.kind, self.peek()) {
            (TokenKind::Number, _) => self.scalar(Kind::Number),
            (TokenKind::Raw, raw) => {
                let text = raw.trim_matches('`').to_owned();
                self.scalar(Kind::Text(text))
            }
            (TokenKind::Text, quoted) => {
                // OPA reads texts as JSON does, and raw line feeds never get here.
                let text = serde_json::from_str(quoted);
                let text = text.map_err(|_| {
                    Fault::new(token.start, "this text has an escape that JSON does not know")
                })?;
                self.scalar(Kind::Text(text))
            }
            (TokenKind::Sign, "[") => self.array()?,
            (TokenKind::Sign, "{") => self.braces()?,
            (TokenKind::Sign, "(") => {
                self.advance();
                let inner = self.membership(true)?;
                self.expect(")")?;
                Kind::Parens(inner.into())
            }
            (TokenKind::Sign, "-") => {
                self.advance();
                Kind::Minus(self.term()?.into())
            }
            (TokenKind::Name, "null" | "true" | "false") => self.scalar(Kind::Word),
            (TokenKind::Name, "set") if self.is_empty_set() => {
                self.next += 3;
                Kind::Set(Vec::new())
            }
            (TokenKind::Name, _) => Kind::Variable(self.name()?.0),
            _ => return Err(self.unexpected("an expression")),
        };
        Ok(Expr { span: self.since(token.start), kind })
    }

    fn scalar(&mut self, kind: Kind) -> Kind {
        self.advance();
        kind
    }

    fn is_empty_set(&self) -> bool {
        let signs = self.tokens.get(self.next + 1..self.next + 3).unwrap_or_default();
        matches!(signs, [open, close] if self.written(*open) == "(" && self.written(*close) == ")")
    }

    /// A comprehension is one where a bar follows the first term: it wins over the union of sets.
    fn array(&mut self) -> Parsed<Kind> {
        self.advance();
        if self.take("]") {
            return Ok(Kind::Array(Vec::new()));
        }
        let first = self.term()?;
        if self.take("|") {
            return Ok(Kind::ArrayOf(first.into(), self.body("]")?));
        }
        let mut items = vec![self.rest_of(first)?];
        if self.take(",") {
            items.extend(self.list("]")?);
        } else {
            self.expect("]")?;
        }
        Ok(Kind::Array(items))
    }

    /// The expression that starts with this term.
    fn rest_of(&mut self, first: Expr) -> Parsed<Expr> {
        let first = self.binary_after(first, 1)?;
        self.membership_of(first, false)
    }

    fn braces(&mut self) -> Parsed<Kind> {
        self.advance();
        if self.take("}") {
            return Ok(Kind::Object(Vec::new()));
        }
        let first = self.term()?;
        if self.take("|") {
            return Ok(Kind::SetOf(first.into(), self.body("}")?));
        }
        let first = self.rest_of(first)?;
        if !self.take(":") {
            let mut items = vec![first];
            if self.take(",") {
                items.extend(self.list("}")?);
            } else {
                self.expect("}")?;
            }
            return Ok(Kind::Set(items));
        }
        let value = self.term()?;
        if self.take("|") {
            return Ok(Kind::ObjectOf(first.into(), value.into(), self.body("}")?));
        }
        let mut pairs = vec![(first, self.rest_of(value)?)];
        while self.take(",") && !self.is("}") {
            let key = self.nested(Self::expression)?;
            self.expect(":")?;
            pairs.push((key, self.nested(Self::expression)?));
        }
        self.expect("}")?;
        Ok(Kind::Object(pairs))
    }
}

/// A reference, or its head alone when no step follows.
fn reference(head: Expr, steps: &mut Vec<Step>, span: Span) -> Expr {
    if steps.is_empty() {
        return head;
    }
    Expr { span, kind: Kind::Ref(head.into(), std::mem::take(steps)) }
}
