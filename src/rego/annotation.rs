//! `# METADATA`: YAML in comments, about what stands below.
//!
//! Owns which comments are annotations and what they are about, as OPA has it. Must not know what their fields mean.

use super::syntax::{Comment, Fault, Tree};
use super::value::{Builder, Value};
use crate::source::{Source, SourceMap};
use crate::yaml::{self, Cursor};

/// What annotations are about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The rule that follows.
    Rule,
    /// All rules of the name that follows.
    Document,
    /// The package, in this file and others.
    Package,
    /// The package and those below it.
    Subpackages,
}

/// An annotation.
#[derive(Clone, PartialEq, Debug)]
pub struct Annotation {
    /// What it is about.
    pub scope: Scope,
    /// The rule that follows, an index into those of the module; none for packages.
    pub rule: Option<usize>,
    /// The line of `# METADATA`, from 1.
    pub line: u32,
    /// All that is written, `scope` included.
    pub fields: Value,
}

/// The annotations of a text.
///
/// # Errors
/// YAML that cannot be read, a scope that OPA does not know, and comments that are about nothing.
pub fn annotations(text: &str, comments: &[Comment], tree: &Tree) -> Result<Vec<Annotation>, Fault> {
    let written =
        |comment: &Comment| text.get(comment.start as usize..comment.end as usize).unwrap_or_default();
    let mut annotations = Vec::new();
    let mut next = 0;
    while let Some(header) = comments.get(next) {
        next += 1;
        if !header.is_alone || written(header).trim() != "METADATA" {
            continue;
        }
        let first = next;
        while comments.get(next).is_some_and(|comment| {
            comment.is_alone && comment.line == header.line + 1 + (next - first) as u32
        }) {
            next += 1;
        }
        let block = comments.get(first..next).unwrap_or_default();
        let lines: Vec<&str> = block.iter().map(written).collect();
        let end = block.last().map_or(header.end, |last| last.end);
        let fields = fields(&lines).map_err(|message| Fault::new(header.start, message))?;
        annotations.push(placed(tree, fields, header, end)?);
    }
    Ok(annotations)
}

/// What a block of comments is about: what follows it.
fn placed(tree: &Tree, fields: Value, header: &Comment, end: u32) -> Result<Annotation, Fault> {
    let rule = tree.rules.iter().position(|rule| rule.span.start >= end);
    let is_before_package = end <= tree.package_span.start;
    let scope = match fields["scope"].as_string().ok().map(|scope| &**scope) {
        Some("rule") => Scope::Rule,
        Some("document") => Scope::Document,
        Some("package") => Scope::Package,
        Some("subpackages") => Scope::Subpackages,
        Some(other) => return Err(Fault::new(header.start, format!("there is no scope `{other}`"))),
        None if is_before_package => Scope::Package,
        None => Scope::Rule,
    };
    let is_of_package = matches!(scope, Scope::Package | Scope::Subpackages);
    if is_of_package != is_before_package || (!is_of_package && rule.is_none()) {
        let what = if is_of_package { "a package" } else { "a rule" };
        return Err(Fault::new(header.start, format!("this metadata is about {what}, and none follows it")));
    }
    Ok(Annotation { scope, rule: rule.filter(|_| !is_of_package), line: header.line, fields })
}

/// YAML in comments, of which one space belongs to the comment where all lines have it.
fn fields(lines: &[&str]) -> Result<Value, String> {
    let is_spaced = lines.iter().all(|line| line.trim().is_empty() || line.starts_with(' '));
    let lines = lines.iter().map(|line| line.get(usize::from(is_spaced)..).unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    let map = SourceMap::new(Vec::new());
    let id = map.derive(Source::document(Box::default(), text));
    let parsed = yaml::parse(map.source(id), id, yaml::Limits::default());
    if let Some(problem) = parsed.problems.first() {
        return Err(format!("this metadata is no YAML: {}", problem.message));
    }
    let value = parsed.trees().next().map(|tree| Builder::default().value(Cursor::new(&map, &tree)));
    match value {
        None | Some(Value::Null) => Ok(Value::new_object()),
        Some(value) if value.as_object().is_ok() => Ok(value),
        Some(_) => Err("this metadata has no fields".to_owned()),
    }
}
