//! Shell scripts: text in, a flat list of commands out, every word with the bytes of the file it was written as.
//!
//! Owns the grammar, quoting, and the ways in which one command runs another (`sudo`, `xargs`, `bash -c`). Must not know
//! pipelines of CI, nor what a command does. Nothing is ever run.

mod expression;
mod parser;
mod statement;
mod word;
mod wrapper;

pub use expression::Expressions;

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::source::{SourceMap, Span};

use statement::Walk;

/// The largest script that is read, in bytes.
const SIZE: usize = 256 * 1024;
/// Scripts inside of scripts (`bash -c`, `eval`) are read this deep.
const SCRIPTS: u32 = 4;

/// What a script runs.
#[derive(Clone, Default, Debug)]
pub struct Script {
    /// The commands, in the order in which they are written; one inside of a word follows the command with the word.
    pub commands: Vec<Command>,
    /// What could not be read. The commands around it are there.
    pub problems: Vec<Problem>,
    /// The comments between commands, from their `#` to the end of their lines.
    pub comments: Vec<Span>,
}

/// A part of a script that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// Why.
    pub kind: ProblemKind,
}

/// Why a part of a script could not be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProblemKind {
    /// No shell grammar allows it.
    Syntax,
    /// Larger than plimsoll reads.
    TooLarge,
    /// Nested deeper than plimsoll reads.
    TooDeep,
    /// Reading it took too many steps, as only made-up text does.
    TooHard,
}

/// One simple command, wrappers like `sudo` taken off.
#[derive(Clone, Debug)]
pub struct Command {
    /// All of it, from the first word or assignment to the last word.
    pub span: Span,
    /// The program and its arguments; empty for assignments that stand alone.
    pub words: Vec<Word>,
    /// `NAME=value` before the program, or alone, or of `export`.
    pub assignments: Vec<Assignment>,
    /// `> file`, `<<EOF` …
    pub redirections: Vec<Redirection>,
    /// The pipeline the command, or a group around it, is a stage of.
    pub stage: Option<Stage>,
    /// What it is part of.
    pub context: Context,
    /// Programs that run it: `sudo`, `xargs`.
    pub wrappers: Vec<String>,
    /// The command that runs the script in which it stands, when that is another script.
    pub caller: Option<Span>,
}

impl Command {
    /// The name of the program without its directory, when it is known.
    pub fn program(&self) -> Option<Cow<'_, str>> {
        let name = self.words.first()?.text()?;
        Some(match name {
            Cow::Borrowed(name) => Cow::Borrowed(name.rsplit('/').next().unwrap_or(name)),
            Cow::Owned(name) => Cow::Owned(name.rsplit('/').next().unwrap_or_default().to_owned()),
        })
    }

    /// The arguments.
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The bytes from the program to its last word: what a finding about the command points at.
    pub fn words_span(&self) -> Span {
        match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) if first.span.source == last.span.source => {
                Span::new(first.span.source, first.span.start, last.span.end())
            }
            _ => self.span,
        }
    }
}

/// A place in a pipeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage {
    /// Which pipeline of the script.
    pub pipeline: u32,
    /// Which stage of it, from 0.
    pub index: u32,
}

/// What a command is part of.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Context {
    /// The branch of an `if` or a `case`: whether it runs depends on something.
    pub branch: bool,
    /// Behind `&&` or `||`.
    pub chained: bool,
    /// The condition of an `if` or a loop.
    pub tested: bool,
    /// The body of a loop.
    pub looped: bool,
    /// The body of a function.
    pub function: bool,
    /// `$(…)` or `<(…)`: its output becomes text of another command.
    pub substituted: bool,
}

/// `NAME=value`
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What it becomes; `None` for an array.
    pub value: Option<Word>,
    /// All of it.
    pub span: Span,
}

/// Where a command reads from or writes to.
#[derive(Clone, Debug)]
pub struct Redirection {
    /// How.
    pub kind: RedirectionKind,
    /// The file, the string, or the text of the document.
    pub target: Option<Word>,
}

/// How a redirection redirects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RedirectionKind {
    /// `<`
    Read,
    /// `>`, `>>`, `&>`, `>|`
    Write,
    /// `>&1`, `<&-`
    Duplicate,
    /// `<<EOF`
    HereDocument,
    /// `<<<`
    HereString,
}

/// One word.
#[derive(Clone, Debug)]
pub struct Word {
    /// The bytes it is written as, quotes included. Words that one variable stands for share its bytes.
    pub span: Span,
    /// What it is made of.
    pub parts: Vec<Part>,
}

impl Word {
    /// The text of the word, when all of it is known: literals, and variables with a value that is written in sight.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self.parts.as_slice() {
            [] => Some(Cow::Borrowed("")),
            [part] => part.value().map(Cow::Borrowed),
            parts => parts.iter().map(Part::value).collect::<Option<String>>().map(Cow::Owned),
        }
    }

    /// Whether the text is known and this.
    pub fn is(&self, text: &str) -> bool {
        self.text().is_some_and(|known| known == text)
    }

    /// The text up to the first part that is not known.
    pub fn start(&self) -> Cow<'_, str> {
        match self.parts.as_slice() {
            [part] => part.value().map_or(Cow::Borrowed(""), Cow::Borrowed),
            parts => Cow::Owned(parts.iter().map_while(Part::value).collect()),
        }
    }

    /// The text behind the last part that is not known: of `$ROOT/scripts/deploy.sh`, all but the variable.
    pub fn known_end(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part.value() {
                Some(value) => text += value,
                None => text.clear(),
            }
        }
        text
    }

    /// The text as far as it is known, with the names of variables and the text of expressions as written.
    pub fn shown(&self) -> String {
        self.parts.iter().map(|part| part.value().unwrap_or(&part.text)).collect()
    }

    /// The same with a `$` before the names of variables, so that they are not taken for text.
    pub fn shown_with_marks(&self) -> String {
        let mut shown = String::new();
        for part in &self.parts {
            if part.value().is_none() && matches!(part.kind, PartKind::Variable { .. }) {
                shown.push('$');
            }
            shown.push_str(part.value().unwrap_or(&part.text));
        }
        shown
    }
}

/// A piece of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The text, or for others than text what is written.
    pub text: String,
    /// The bytes of the script it was read from.
    range: std::ops::Range<usize>,
    /// The value of a variable.
    known: Option<String>,
}

impl Part {
    /// The text that the shell makes of it, when it is known.
    pub fn value(&self) -> Option<&str> {
        match self.kind {
            PartKind::Text => Some(&self.text),
            PartKind::Variable { .. } => self.known.as_deref(),
            PartKind::Expression | PartKind::Substitution => None,
        }
    }
}

/// What a piece of a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartKind {
    /// Characters, escapes undone.
    Text,
    /// `$NAME` or `${NAME}`, whose text is the name.
    Variable {
        /// Whether it stands in quotes, where it stays one word.
        quoted: bool,
    },
    /// `$(…)`, `<(…)`, `$((…))`, `${NAME%…}`.
    Substitution,
    /// An expression of the pipeline, which is filled in before a shell reads the text: `${{ … }}`.
    Expression,
}

/// Values of variables that are known where a script starts, and those that it sets.
pub type Variables = FxHashMap<String, Option<String>>;

/// Reads a script. `text` is a span of a file, or of a source that says what its bytes stand for in one.
/// `variables` are those that are set around it; those that the script sets come to them.
pub fn parse(map: &SourceMap, text: Span, expressions: Expressions, variables: &mut Variables) -> Script {
    let mut script = Script::default();
    Walk::script(map, text, expressions, variables, SCRIPTS, &mut script);
    script
}

/// The comments of a script; none when it is too large or too hard to read.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let tree = (text.len() <= SIZE).then(|| parser::parse(text.as_bytes())).flatten();
    let Some(tree) = tree else { return Vec::new() };
    let mut found = Vec::new();
    let mut cursor = tree.walk();
    loop {
        if cursor.node().kind() == "comment" {
            found.push(cursor.node().byte_range());
        }
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return found;
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
