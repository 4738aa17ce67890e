//! A policy file, read: what it declares, and its text as regorus must have it.
//!
//! Owns what people who bring policies ask about a file. Must not know a dialect, nor what an answer means.

use std::collections::BTreeMap;

use super::annotation::{Annotation, Scope, annotations};
use super::program::Output;
use super::rewrite::{self, Reader, Rewritten};
use super::syntax::{self, Fault, Import, RuleKind, Tree};
use super::{Policy, PolicyError, Value};

/// A policy file.
#[derive(Debug)]
pub struct Module {
    /// What errors call it.
    pub name: String,
    /// The names of its package: `["main"]`.
    pub package: Vec<String>,
    /// Whether it is written as before OPA 1.0: rules without `if` and `contains`.
    pub is_v0: bool,
    /// What it imports.
    pub imports: Vec<Import>,
    /// The heads of its rules, in order.
    pub heads: Vec<Head>,
    /// Its `# METADATA`, in order.
    pub annotations: Vec<Annotation>,
    pub(super) text: String,
    pub(super) tree: Tree,
}

/// The head of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Its name below the package: `deny`, `a.b`.
    pub name: String,
    /// What it makes.
    pub kind: RuleKind,
    /// How many arguments it takes.
    pub arity: usize,
    /// Whether it is a `default`.
    pub is_default: bool,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Module {
    /// Reads a policy file.
    ///
    /// # Errors
    /// The first thing that is no Rego; its `policy` is 0.
    pub fn read(name: &str, text: &str) -> Result<Self, PolicyError> {
        // A byte order mark is no word, and regorus refuses it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let faulty = |fault: Fault| error(0, text, &fault);
        let (tokens, comments) = syntax::lex(text).map_err(faulty)?;
        let (tree, is_v0) = syntax::parse(text, &tokens).map_err(faulty)?;
        let annotations = annotations(text, &comments, &tree).map_err(faulty)?;
        // Lines are counted once: rules are in order.
        let (mut counted, mut from) = (0, 0);
        let head = |rule: &syntax::Rule| {
            let start = rule.span.start as usize;
            let lines = text.get(from..start).unwrap_or_default().bytes().filter(|byte| *byte == b'\n');
            (counted, from) = (counted + lines.count() as u32, start);
            let before = text.get(..start).and_then(|before| before.rsplit('\n').next());
            let (line, column) = (counted + 1, before.map_or(0, |line| line.chars().count()) as u32 + 1);
            let (kind, arity, is_default) = (rule.kind, rule.arguments.len(), rule.is_default);
            Head { name: rule.path.join("."), kind, arity, is_default, line, column }
        };
        Ok(Self {
            name: name.to_owned(),
            package: tree.package.clone(),
            is_v0,
            imports: tree.imports.clone(),
            heads: tree.rules.iter().map(head).collect(),
            annotations,
            text: text.to_owned(),
            tree,
        })
    }

    /// The path at which a rule of this module is asked: `data.main.deny`.
    pub fn path(&self, rule: &str) -> String {
        let names = std::iter::once("data").chain(self.package.iter().map(String::as_str));
        names.chain([rule]).collect::<Vec<_>>().join(".")
    }

    /// The text after what regorus reads differently was rewritten.
    pub fn policy(&self) -> Policy {
        let Rewritten { text, edits, literals } = rewrite::rewrite(self, Reader::Compiler);
        let interpreted = rewrite::rewrite(self, Reader::Interpreter);
        let interpreted = (interpreted.text, interpreted.edits);
        let original = self.text.clone();
        let rules = self.tree.rules.iter().filter(|rule| !rule.is_default && rule.kind != RuleKind::Set);
        let outputs = rules.map(|rule| Output {
            path: self.path(&rule.path.join(".")),
            signature: rewrite::signature(self, rule),
            interpreted: rewrite::interpreted(self, rule),
        });
        let outputs = outputs.collect();
        let (name, is_v0) = (self.name.clone(), self.is_v0);
        Policy { name, text, is_v0, original, interpreted, edits, literals, outputs }
    }

    /// The annotation of a rule, or nothing: `rego.metadata.rule()`.
    pub(super) fn metadata_of(&self, rule: usize) -> Value {
        let of_rule =
            |annotation: &&Annotation| annotation.scope == Scope::Rule && annotation.rule == Some(rule);
        let found = self.annotations.iter().find(of_rule).map(|annotation| annotation.fields.clone());
        found.unwrap_or_else(Value::new_object)
    }

    /// The annotations around a rule, from the inside: `rego.metadata.chain()`.
    pub(super) fn metadata_chain(&self, rule: usize) -> Value {
        let name = self.heads.get(rule).map(|head| head.name.as_str());
        let package =
            || std::iter::once("data").chain(self.package.iter().map(String::as_str)).map(Value::from);
        let of_document = |annotation: &Annotation| {
            let about = annotation.rule.and_then(|rule| self.heads.get(rule));
            about.map(|head| head.name.as_str()) == name
        };
        let mut chain = Vec::new();
        for scope in [Scope::Rule, Scope::Document, Scope::Package, Scope::Subpackages] {
            let is_about = |annotation: &&Annotation| {
                annotation.scope == scope
                    && match scope {
                        Scope::Rule => annotation.rule == Some(rule),
                        Scope::Document => of_document(annotation),
                        Scope::Package | Scope::Subpackages => true,
                    }
            };
            let names = name.iter().flat_map(|name| name.split('.')).map(Value::from);
            let path: Vec<Value> = match scope {
                Scope::Rule | Scope::Document => package().chain(names).collect(),
                Scope::Package | Scope::Subpackages => package().collect(),
            };
            let annotation = self.annotations.iter().find(is_about);
            if annotation.is_some() || scope == Scope::Rule {
                let mut link = BTreeMap::from([(Value::from("path"), Value::from(path))]);
                if let Some(annotation) = annotation {
                    link.insert("annotations".into(), annotation.fields.clone());
                }
                chain.push(link.into());
            }
        }
        chain.into()
    }
}

/// A fault as people read it.
pub fn error(policy: usize, text: &str, fault: &Fault) -> PolicyError {
    let (line, column) = position(text, fault.at);
    PolicyError { policy, line, column, message: fault.message.clone() }
}

/// Columns that regorus counts for a tab.
const TAB: u32 = 4;

/// The offset of a line and a column, as regorus counts them.
pub fn offset(text: &str, line: u32, column: u32) -> u32 {
    let mut start = 0;
    for _ in 1..line {
        let rest: &str = text.get(start..).unwrap_or_default();
        start += rest.find('\n').map_or(rest.len(), |length| length + 1);
    }
    let rest = text.get(start..).unwrap_or_default();
    let (mut counted, mut length) = (1, 0);
    for char in rest.chars().take_while(|char| *char != '\n') {
        if counted >= column {
            break;
        }
        counted += if char == '\t' { TAB } else { 1 };
        length += char.len_utf8();
    }
    (start + length) as u32
}

/// Line and column of an offset, from 1; columns count characters.
pub fn position(text: &str, at: u32) -> (u32, u32) {
    let before = text.get(..at as usize).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (line as u32, column as u32)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rego::{Scope, Value};

    fn read(text: &str) -> Module {
        Module::read("a.rego", text).unwrap()
    }

    #[test]
    fn heads_say_what_rules_make() {
        let new = read(
            "package a.b\nimport data.lib.text as t\ndeny contains msg if { msg := 1 }\nf(x, y) := x + y\n\
             default allow := false\n  o[k] := v if some k, v in input\nx.y := 1 if { true }\nx.y := 2\n",
        );
        assert_eq!((new.package.join("."), new.is_v0), ("a.b".to_owned(), false));
        assert_eq!(
            (new.imports[0].path.join("."), new.imports[0].alias.as_deref()),
            ("data.lib.text".into(), Some("t"))
        );
        let heads: Vec<_> =
            new.heads.iter().map(|h| (h.name.as_str(), h.kind, h.arity, h.line, h.column)).collect();
        let expected = [
            ("deny", RuleKind::Set, 0, 3, 1),
            ("f", RuleKind::Function, 2, 4, 1),
            ("allow", RuleKind::Complete, 0, 5, 1),
            ("o", RuleKind::Object, 0, 6, 3),
            ("x.y", RuleKind::Complete, 0, 7, 1),
            ("x.y", RuleKind::Complete, 0, 8, 1),
        ];
        assert_eq!(heads, expected);
        assert!(new.heads[2].is_default);
        assert_eq!(new.path("deny"), "data.a.b.deny");
    }

    #[test]
    fn editions_are_told_apart() {
        for (text, is_v0) in [
            ("deny[msg] { msg := 1 }", true),
            ("deny contains 1", false),
            ("x := 1", false),
            ("x = 1 { true } else = 2 { false }", true),
            ("import future.keywords.in\nx { 1 in [1] }", true),
            ("import future.keywords\nx if { 1 in [1] }", false),
            ("import rego.v1\nx if 1 in [1]", false),
            ("if := 1\nx { if }", true),
            ("v[x] { x := 1 } { x := 2 }", true),
            ("f(\"all\", _)\ng(x) = 1 { x }", true),
        ] {
            assert_eq!(read(&format!("package a\n{text}\n")).is_v0, is_v0, "{text}");
        }
        let module = read("package a\ndeny[msg] { msg := 1 }\no[k] = v { input[k] = v }\n");
        assert_eq!([module.heads[0].kind, module.heads[1].kind], [RuleKind::Set, RuleKind::Object]);
    }

    #[test]
    fn metadata_is_about_what_follows() {
        let text = "# METADATA\n# title: All\n# custom:\n#   severity: HIGH\npackage a\n\n# METADATA\n# title: One\n\n\
            # apart\nx := 1\n# METADATA\n# scope: document\n# title: Two\ny := 2 # METADATA\n";
        let [all, one, two] = read(text).annotations.try_into().unwrap();
        let severity = &all.fields["custom"]["severity"];
        assert_eq!((all.scope, all.rule, severity), (Scope::Package, None, &Value::from("HIGH")));
        assert_eq!((one.scope, one.rule, one.line), (Scope::Rule, Some(0), 7));
        assert_eq!((two.scope, two.rule), (Scope::Document, Some(1)));
        let late = Module::read("a.rego", "package a\nx := 1\n# METADATA\n# title: x\n");
        assert_eq!(late.unwrap_err().line, 3);
    }

    #[test]
    fn faults_have_places() {
        for (text, line, column, message) in [
            ("package a\nx := [1,\n", 3, 1, "the end of the file stands where an expression is expected"),
            ("package a\nx := \"a\n", 2, 6, "this text is not closed on its line"),
            (
                "package a\ndeny contains x if {\n  x := 1 y := 2\n}\n",
                3,
                10,
                "`y` stands where a new statement or `}` is expected",
            ),
        ] {
            let error = Module::read("a.rego", text).unwrap_err();
            assert_eq!((error.line, error.column, error.message.as_str()), (line, column, message));
        }
        let deep = format!("package a\nx := {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Module::read("a.rego", &deep).unwrap_err().message.contains("nested deeper than 128 levels"));
    }
}
