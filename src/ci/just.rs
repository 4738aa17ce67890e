//! Files of `just`: recipes.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::source::{SourceId, SourceMap, Span};

use super::Dialect;
use super::decoded::{Decoded, MARKS};
use super::runnable::{Body, Runnable};
use super::shell_file::is_shell;

/// Longer expressions are none, in bytes.
const EXPRESSION: usize = 2000;

/// A recipe in the making.
struct Recipe {
    name: String,
    span: Span,
    needs: Vec<String>,
    lines: Vec<Range<usize>>,
}

/// The recipes of a justfile.
pub(super) fn recipes(map: &SourceMap, source: SourceId) -> Vec<Runnable> {
    let text = map.source(source).text();
    let mut values: FxHashMap<&str, &str> = FxHashMap::default();
    let mut recipes: Vec<Recipe> = Vec::new();
    let mut reads_shell = true;
    let mut is_open = false;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim_end_matches(['\n', '\r']);
        if line.starts_with([' ', '\t']) {
            if let Some(recipe) = recipes.last_mut().filter(|_| is_open) {
                recipe.lines.push(start..start + line.len());
            }
            continue;
        }
        if line.is_empty() || line.starts_with(['#', '[']) {
            continue;
        }
        if let Some(shell) = line.strip_prefix("set shell") {
            let program = shell.split(['"', '\'']).nth(1).unwrap_or_default();
            reads_shell = is_shell(program);
        }
        let assignment = line.split_once(":=").filter(|(name, _)| !name.contains(['"', '\'']));
        if let Some((name, value)) = assignment {
            let name = name.trim().trim_start_matches("export ").trim();
            values.extend(plain(value.trim()).map(|value| (name, value)));
            continue;
        }
        let recipe = header(line, start, source);
        is_open = recipe.is_some();
        recipes.extend(recipe);
    }
    let runnable = |recipe: Recipe| {
        let bodies = bodies(map, source, &recipe.lines, &values, reads_shell);
        Runnable {
            dialect: Dialect::Just,
            source,
            names: vec![recipe.name],
            span: recipe.span,
            bodies,
            needs: recipe.needs,
        }
    };
    recipes.into_iter().map(runnable).collect()
}

/// `@name parameter='default': needed (needed "with arguments") && later`
fn header(line: &str, start: usize, source: SourceId) -> Option<Recipe> {
    let quiet = line.len() - line.trim_start_matches('@').len();
    let name: String =
        line.chars().skip(quiet).take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    if name.is_empty() || matches!(name.as_str(), "set" | "import" | "mod" | "alias") {
        return None;
    }
    let rest = line.get(quiet + name.len()..)?;
    let mut quote = None;
    let colon = rest.char_indices().find(|&(_, c)| match (quote, c) {
        (None, '\'' | '"' | '`') => {
            quote = Some(c);
            false
        }
        (Some(open), c) if open == c => {
            quote = None;
            false
        }
        (None, ':') => true,
        _ => false,
    });
    let (colon, _) = colon?;
    let needs = rest.get(colon + 1..).unwrap_or_default().split_whitespace();
    let needs = needs.take_while(|word| !word.starts_with('#'));
    let needs =
        needs.map(|word| word.trim_matches(['(', ')', '&']).to_owned()).filter(|word| !word.is_empty());
    let from = start + quiet;
    let span = Span::new(source, from as u32, (from + name.len()) as u32);
    Some(Recipe { needs: needs.collect(), name, span, lines: Vec::new() })
}

/// The text of a literal without escapes.
fn plain(value: &str) -> Option<&str> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(['"', '\'', '\\', '{'])).then_some(inner)
}

/// The texts that shells read: the whole of a recipe with `#!`, else one a line.
fn bodies(
    map: &SourceMap,
    source: SourceId,
    lines: &[Range<usize>],
    values: &FxHashMap<&str, &str>,
    reads_shell: bool,
) -> Vec<Body> {
    let text = map.source(source).text();
    let written = |line: &Range<usize>| text.get(line.clone()).unwrap_or_default();
    let first = lines.first().map(written).unwrap_or_default().trim_start();
    let is_script = first.starts_with("#!");
    if if is_script { !is_shell(first) } else { !reads_shell } {
        return Vec::new();
    }
    let mut bodies = Vec::new();
    let mut decoded = Decoded::new(text);
    for line in lines {
        let content = written(line).trim_start();
        // `@` and `-` at the start of a command are for `just`.
        let marks: &[char] = if is_script || !decoded.is_blank() { &[] } else { &['@', '-'] };
        let start = line.end - content.trim_start_matches(marks).len();
        fill(&mut decoded, text, start..line.end, values);
        if is_script || written(line).ends_with('\\') {
            decoded.put("\n", line.end..line.end);
            continue;
        }
        let one = std::mem::replace(&mut decoded, Decoded::new(text));
        if !one.is_blank() {
            bodies.push(Body { text: one.finish(map, source), expressions: MARKS });
        }
    }
    if !decoded.is_blank() {
        bodies.push(Body { text: decoded.finish(map, source), expressions: MARKS });
    }
    bodies
}

/// Copies a line, with `{{ … }}` filled in as far as it is known.
fn fill(decoded: &mut Decoded<'_>, text: &str, line: Range<usize>, values: &FxHashMap<&str, &str>) {
    let mut at = line.start;
    let line_text = |at: usize| text.get(at..line.end).unwrap_or_default();
    while let Some(open) = line_text(at).find("{{") {
        let open = at + open;
        let window = text.as_bytes().get(open..line.end.min(open + EXPRESSION)).unwrap_or_default();
        let Some(length) = memchr::memmem::find(window, b"}}") else { break };
        let end = open + length + 2;
        decoded.copy(at..open);
        let name = text.get(open + 2..end - 2).unwrap_or_default().trim();
        match values.get(name) {
            Some(value) => decoded.put(value, open..end),
            None => decoded.opaque(open..end),
        }
        at = end;
    }
    decoded.copy(at..line.end);
}
