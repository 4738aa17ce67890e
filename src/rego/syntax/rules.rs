//! Modules: a package, imports, rules.
//!
//! Owns which edition of the language a file is written in. Must not know what rules are for.

use super::parse::Parser;
use super::{Body, Branch, Expr, Fault, Import, Kind, Rule, RuleKind, Span, Step, Token, TokenKind, Tree};

type Parsed<T> = Result<T, Fault>;

/// A module, and whether it is written as before OPA 1.0.
///
/// What the newer edition takes is the newer edition; so is a file that neither takes if it fails later there.
///
/// # Errors
/// What is not Rego.
pub fn parse(text: &str, tokens: &[Token]) -> Parsed<(Tree, bool)> {
    let fault = match module(&mut Parser::new(text, tokens, false)) {
        Ok(tree) => return Ok((tree, false)),
        Err(fault) => fault,
    };
    match module(&mut Parser::new(text, tokens, true)) {
        Ok(tree) => Ok((tree, true)),
        Err(old) => Err(if old.at > fault.at { old } else { fault }),
    }
}

fn module(parser: &mut Parser<'_>) -> Parsed<Tree> {
    let start = parser.token().start;
    parser.expect("package")?;
    let package = path(parser)?;
    let package_span = Span { start, end: parser.end() };
    let mut tree = Tree { package, package_span, imports: Vec::new(), rules: Vec::new() };
    loop {
        while parser.take(";") {}
        if parser.token().kind == TokenKind::End {
            return Ok(tree);
        }
        if parser.is("import") {
            tree.imports.push(import(parser)?);
        } else {
            tree.rules.push(rule(parser)?);
        }
        if parser.token().kind != TokenKind::End && !parser.is(";") && !parser.is_on_new_line() {
            return Err(parser.unexpected("a new line"));
        }
    }
}

/// `a.b["c"]`, all of it known.
fn path(parser: &mut Parser<'_>) -> Parsed<Vec<String>> {
    let term = parser.term()?;
    let names = term.path().map(|names| names.into_iter().map(str::to_owned).collect());
    names.ok_or_else(|| Fault::new(term.span.start, "a path of names is expected here"))
}

fn import(parser: &mut Parser<'_>) -> Parsed<Import> {
    let start = parser.advance().start;
    let path = path(parser)?;
    let alias = if parser.take("as") { Some(parser.name()?.0) } else { None };
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let words = &mut parser.keywords;
    match names.as_slice() {
        ["rego", "v1"] | ["future", "keywords"] => {
            (words.if_, words.contains, words.every, words.in_) = (true, true, true, true);
            parser.is_v0 &= names != ["rego", "v1"];
        }
        ["future", "keywords", "if"] => words.if_ = true,
        ["future", "keywords", "contains"] => words.contains = true,
        ["future", "keywords", "every"] => (words.every, words.in_) = (true, true),
        ["future", "keywords", "in"] => words.in_ = true,
        ["input" | "data" | "rego", ..] => (),
        _ => {
            return Err(Fault::new(
                start,
                "imports start with `input`, `data`, `rego.v1` or `future.keywords`",
            ));
        }
    }
    Ok(Import { span: Span { start, end: parser.end() }, path, alias })
}

fn rule(parser: &mut Parser<'_>) -> Parsed<Rule> {
    let start = parser.token().start;
    let is_default = parser.is("default");
    if is_default {
        parser.advance();
    }
    let (function, arguments) = match parser.term()? {
        Expr { kind: Kind::Call(function, arguments), .. } => (*function, Some(arguments)),
        other => (other, None),
    };
    let (path, mut steps) = head_path(function)?;
    let mut kind = match (&arguments, steps.is_empty()) {
        (Some(_), _) => RuleKind::Function,
        (None, true) => RuleKind::Complete,
        (None, false) => RuleKind::Object,
    };
    let mut key = None;
    if arguments.is_none() && parser.keywords.contains && parser.take("contains") {
        key = Some(parser.expression()?);
        kind = RuleKind::Set;
    }
    let mut value = given(parser)?;
    let head = Span { start, end: parser.end() };
    let is_partial = arguments.is_none() && key.is_none() && value.is_none();
    if is_partial && parser.is_v0 && !parser.is("if") && steps.len() == 1 && path.len() == 1 {
        // `deny[msg] { … }`; with `if` it is an object.
        if let Some(Step::Index(index)) = steps.pop() {
            (key, kind) = (Some(index), RuleKind::Set);
        }
    }
    let mut branches = Vec::new();
    let mut is_else = false;
    loop {
        let body = condition(parser)?;
        if is_else && value.is_none() && body.is_none() {
            return Err(parser.unexpected("a value or a body after `else`"));
        }
        branches.push(Branch { value: value.take(), body, is_else });
        if parser.take("else") {
            (value, is_else) = (given(parser)?, true);
        } else if parser.is_v0
            && !is_else
            && parser.is("{")
            && branches.iter().all(|branch| branch.body.is_some())
        {
            continue;
        } else {
            break;
        }
    }
    let says_nothing = branches.first().is_none_or(|first| first.body.is_none() && first.value.is_none());
    // `f("all", _)` of the old syntax is true of what it names, as `p["a"]` is.
    let is_fact = matches!(kind, RuleKind::Object | RuleKind::Function) && parser.is_v0 && !is_default;
    if says_nothing && key.is_none() && !is_fact {
        return Err(if parser.is("{") && !parser.is_v0 {
            parser.unexpected("`if`")
        } else {
            parser.unexpected("a value or a body")
        });
    }
    let arguments = arguments.unwrap_or_default();
    let span = Span { start, end: parser.end() };
    Ok(Rule { span, head, kind, is_default, path, steps, arguments, key, branches })
}

/// The names of a head, and what follows them.
fn head_path(head: Expr) -> Parsed<(Vec<String>, Vec<Step>)> {
    let at = head.span.start;
    let wrong = || Fault::new(at, "a rule starts with its name");
    match head.kind {
        Kind::Variable(name) => Ok((vec![name], Vec::new())),
        Kind::Ref(first, mut steps) => {
            let Kind::Variable(name) = first.kind else { return Err(wrong()) };
            // `p["x"]` of old names an item of a set: only dots make a path.
            let known = steps.iter().take_while(|step| matches!(step, Step::Field(..))).count();
            let computed = steps.split_off(known);
            let names = steps.iter().filter_map(Step::name).map(str::to_owned);
            Ok((std::iter::once(name).chain(names).collect(), computed))
        }
        _ => Err(wrong()),
    }
}

/// `:= value`.
fn given(parser: &mut Parser<'_>) -> Parsed<Option<Expr>> {
    if parser.take(":=") || parser.take("=") { parser.expression().map(Some) } else { Ok(None) }
}

/// `if { … }`, `if statement`, and `{ … }` as before OPA 1.0.
fn condition(parser: &mut Parser<'_>) -> Parsed<Option<Body>> {
    if parser.keywords.if_ && parser.take("if") {
        let (before, start) = (parser.next, parser.token().start);
        let braced = if parser.take("{") { parser.body("}").map(Some) } else { Ok(None) };
        if let Ok(Some(body)) = braced {
            return Ok(Some(body));
        }
        // An object or a set may start a statement.
        parser.next = before;
        return match (parser.statement(), braced) {
            (Ok(statement), _) => {
                Ok(Some(Body { span: Span { start, end: parser.end() }, statements: vec![statement] }))
            }
            (Err(fault), Ok(_)) => Err(fault),
            (Err(_), Err(fault)) => Err(fault),
        };
    }
    if parser.is_v0 && parser.take("{") { parser.body("}").map(Some) } else { Ok(None) }
}
