//! A suite as it is written.

use camino::Utf8Path;

use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Cursor, Tree};

use super::assertion::Assertion;

/// Tests, each a template with a constraint.
pub struct Suite {
    pub is_skipped: bool,
    pub tests: Vec<Test>,
}

/// A template with a constraint; paths are as written.
pub struct Test {
    pub name: String,
    pub line: u32,
    pub template: String,
    pub constraint: String,
    pub expansion: String,
    pub is_invalid: bool,
    pub is_skipped: bool,
    pub cases: Vec<Case>,
}

/// An object with what is said about it.
pub struct Case {
    pub name: String,
    pub line: u32,
    pub object: String,
    pub inventory: Vec<String>,
    pub is_skipped: bool,
    pub assertions: Vec<Assertion>,
}

/// Whether a document is a suite.
pub fn is_suite(root: Cursor<'_>) -> bool {
    let text = |name: &str| root.get(name).and_then(|value| value.text()).unwrap_or_default();
    let group = text("apiVersion");
    group.rsplit_once('/').is_some_and(|(group, _)| group == "test.gatekeeper.sh") && text("kind") == "Suite"
}

impl Suite {
    /// Reads a suite.
    ///
    /// # Errors
    /// Why the text is none.
    pub fn read(path: &Utf8Path, text: &str) -> Result<Self, String> {
        let map = SourceMap::new(vec![Source::new(path, SourceKind::File, text.to_owned())]);
        let source = map.source(SourceId(0));
        let parsed = yaml::parse(source, SourceId(0), yaml::Limits::default());
        let trees: Vec<Tree> = parsed.trees().collect();
        let root = trees.iter().map(|tree| Cursor::new(&map, tree)).find(|root| is_suite(*root));
        let Some(root) = root else { return Err(format!("`{path}` holds no Suite of test.gatekeeper.sh")) };
        let line = |at: Cursor<'_>| source.position(at.span().start).line;
        let case = |at: Cursor<'_>| Case {
            name: field(at, "name"),
            line: line(at),
            object: field(at, "object"),
            inventory: list(at, "inventory").filter_map(|path| path.text()).map(Into::into).collect(),
            is_skipped: flag(at, "skip"),
            assertions: list(at, "assertions").map(Assertion::read).collect(),
        };
        let test = |at: Cursor<'_>| Test {
            name: field(at, "name"),
            line: line(at),
            template: field(at, "template"),
            constraint: field(at, "constraint"),
            expansion: field(at, "expansion"),
            is_invalid: flag(at, "invalid"),
            is_skipped: flag(at, "skip"),
            cases: list(at, "cases").map(case).collect(),
        };
        Ok(Self { is_skipped: flag(root, "skip"), tests: list(root, "tests").map(test).collect() })
    }

    /// The paths of all files that it names, as written.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().flat_map(|test| {
            let cases = test
                .cases
                .iter()
                .flat_map(|case| std::iter::once(&case.object).chain(&case.inventory).map(String::as_str));
            [test.template.as_str(), test.constraint.as_str()].into_iter().chain(cases)
        })
    }
}

fn field(at: Cursor<'_>, name: &str) -> String {
    at.get(name).and_then(|value| value.string()).unwrap_or_default().into_owned()
}

fn flag(at: Cursor<'_>, name: &str) -> bool {
    at.get(name).and_then(|value| value.bool()).unwrap_or_default()
}

fn list<'w>(at: Cursor<'w>, name: &str) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
    at.get(name).into_iter().flat_map(|list| list.items())
}
