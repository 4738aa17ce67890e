//! Pipelines of Jenkins, declarative and scripted, and the steps of shared libraries: a file is a job, and what stands in
//! a stage is named after it.

use std::ops::Range;

use crate::shell::{self, Script, Variables};
use crate::source::{SourceId, SourceMap, Span};

use super::decoded::{Decoded, MARKS};
use super::groovy::{Piece, Token, pieces, tokens};
use super::{Dialect, Job, Step, Text, Trigger, Variable};

/// Arguments of a step are looked at this far, in words.
const ARGUMENTS: usize = 200;

/// Every script starts with the variables that are known: no pipeline that people wrote has more.
const VARIABLES: usize = 200;

/// Steps of plugins that rules may ask for, beside `sh`.
const PLUGINS: [&str; 8] = [
    "withKubeConfig",
    "withKubeCredentials",
    "kubeconfig",
    "kubernetesDeploy",
    "withCredentials",
    "openshiftDeploy",
    "input",
    "docker",
];

/// The pipeline of a file.
pub(super) fn pipeline(map: &SourceMap, source: SourceId) -> Option<Job> {
    let file = map.source(source);
    let name = file.path().file_name().unwrap_or_default().to_owned();
    let mut reader = Reader {
        map,
        source,
        text: file.text(),
        tokens: tokens(file.text()),
        known: Variables::default(),
        blocks: Vec::new(),
        steps: Vec::new(),
        variables: Vec::new(),
        branches: Vec::new(),
    };
    reader.read();
    let Reader { steps, variables, branches, .. } = reader;
    let triggers = match branches.is_empty() {
        true => Vec::new(),
        false => vec![Trigger { branches, ..Trigger::of("push") }],
    };
    (!steps.is_empty()).then(|| Job {
        triggers,
        variables,
        steps,
        ..Job::named(Dialect::Jenkins, name, Span::new(source, 0, 0))
    })
}

/// What a brace opened.
enum Block {
    Stage(String),
    Environment,
    When,
    Other,
}

struct Reader<'m> {
    map: &'m SourceMap,
    source: SourceId,
    text: &'m str,
    tokens: Vec<Token>,
    /// What shells know of variables.
    known: Variables,
    blocks: Vec<Block>,
    steps: Vec<Step>,
    variables: Vec<Variable>,
    /// Branches that `when` asks for.
    branches: Vec<Text>,
}

impl Reader<'_> {
    fn read(&mut self) {
        // What the next brace opens.
        let mut next = Block::Other;
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            match token {
                Token::Mark(b'{') => self.blocks.push(std::mem::replace(&mut next, Block::Other)),
                Token::Mark(b'}') => drop(self.blocks.pop()),
                Token::Name(range) if !self.is_member(at) => {
                    let range = range.clone();
                    let name = self.text.get(range.clone()).unwrap_or_default();
                    match name {
                        "stage" => {
                            let name = self.first_text(at).map(|inner| self.slice(&inner).to_owned());
                            next = name.map_or(Block::Other, Block::Stage);
                        }
                        "environment" => next = Block::Environment,
                        "when" => next = Block::When,
                        "branch" if matches!(self.blocks.last(), Some(Block::When | Block::Other)) => {
                            let inside = self.blocks.iter().any(|block| matches!(block, Block::When));
                            let branch = self.first_text(at).filter(|_| inside);
                            self.branches.extend(branch.map(|inner| self.quoted(inner)));
                        }
                        "sh" => self.shell(at, range),
                        _ if PLUGINS.contains(&name) && self.is_call(at) => self.plugin(at, range),
                        _ if matches!(self.blocks.last(), Some(Block::Environment)) => {
                            self.variable(at, range)
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.source, range.start as u32, range.end as u32)
    }

    fn quoted(&self, inner: Range<usize>) -> Text {
        let span = self.span(&inner);
        Text { text: self.slice(&inner).to_owned(), span, lines: vec![span] }
    }

    /// Whether a name stands behind a full stop: `docker.sh`.
    fn is_member(&self, at: usize) -> bool {
        at.checked_sub(1).and_then(|at| self.tokens.get(at)) == Some(&Token::Mark(b'.'))
    }

    /// Whether a name is called: arguments follow, in brackets or without.
    fn is_call(&self, at: usize) -> bool {
        matches!(
            self.tokens.get(at + 1),
            Some(Token::Mark(b'(' | b'[') | Token::Text { .. } | Token::Name(_))
        )
    }

    /// The string that a name is called with first.
    fn first_text(&self, at: usize) -> Option<Range<usize>> {
        let mut arguments =
            self.tokens.get(at + 1..)?.iter().skip_while(|token| **token == Token::Mark(b'('));
        match arguments.next() {
            Some(Token::Text { inner, .. }) => Some(inner.clone()),
            _ => None,
        }
    }

    /// The words of a call: those inside of its brackets, or the rest of its line.
    fn arguments(&self, at: usize) -> &[Token] {
        let all = self.tokens.get(at + 1..).unwrap_or_default();
        let has_brackets = all.first() == Some(&Token::Mark(b'('));
        let mut depth = 0_i32;
        let end = all.iter().take(ARGUMENTS).position(|token| {
            match token {
                Token::Mark(b'(' | b'[') => depth += 1,
                Token::Mark(b')' | b']') => depth -= 1,
                Token::Mark(b'{' | b'}') | Token::Newline if depth <= 0 => return true,
                _ => {}
            }
            depth < 0 || (has_brackets && depth == 0)
        });
        all.get(..end.unwrap_or(all.len().min(ARGUMENTS))).unwrap_or_default()
    }

    /// `sh 'x'`, `sh(script: "x", returnStdout: true)`, `sh label: 'a', script: 'b'`, `sh "a" + b`.
    fn shell(&mut self, at: usize, name: Range<usize>) {
        let arguments = self.arguments(at);
        let label = |index: usize| {
            let before = index.checked_sub(2).map(|from| arguments.get(from..index));
            match before.flatten() {
                Some([Token::Name(name), Token::Mark(b':')]) => Some(self.slice(name)),
                _ => None,
            }
        };
        let is_script = |index: usize, token: &Token| {
            matches!(token, Token::Text { .. }) && label(index).is_none_or(|label| label == "script")
        };
        let mut texts = arguments.iter().enumerate();
        let Some((first, _)) = texts.find(|(index, token)| is_script(*index, token)) else { return };
        let mut decoded = Decoded::new(self.text);
        let mut end = 0;
        let mut joined = false;
        for token in arguments.get(first..).unwrap_or_default() {
            match token {
                Token::Text { inner, filled } if joined || end == 0 => {
                    if end > 0 {
                        end = inner.end;
                    }
                    self.append(&mut decoded, inner, *filled);
                    end = end.max(inner.end);
                    joined = false;
                }
                // `.stripIndent()` changes nothing that a shell would notice; a name that is joined is not known.
                Token::Mark(b'+') => joined = true,
                Token::Name(range) if joined => {
                    decoded.opaque(range.clone());
                    joined = false;
                }
                Token::Mark(b',') => break,
                _ => {}
            }
        }
        if decoded.is_blank() {
            return;
        }
        let text = decoded.finish(self.map, self.source);
        let script = shell::parse(self.map, text, MARKS, &mut self.known.clone());
        self.step(name, None, Vec::new(), Some(script));
    }

    fn append(&self, decoded: &mut Decoded<'_>, inner: &Range<usize>, filled: bool) {
        pieces(self.text, inner.clone(), filled, |piece| match piece {
            Piece::Text(range) => decoded.copy(range),
            Piece::Escape(text, range) => decoded.put(text, range),
            Piece::Filled(range) => {
                let name = self.slice(&range).trim_start_matches('$').trim_matches(['{', '}']);
                let name = name.strip_prefix("env.").unwrap_or(name);
                match self.known.get(name) {
                    Some(Some(value)) => decoded.put(value, range),
                    _ => decoded.opaque(range),
                }
            }
        });
    }

    /// `withKubeConfig([credentialsId: 'x'])`: every named text is an input.
    fn plugin(&mut self, at: usize, range: Range<usize>) {
        let mut inputs = Vec::new();
        for words in self.arguments(at).windows(3) {
            if let [Token::Name(name), Token::Mark(b':'), Token::Text { inner, .. }] = words {
                let (name, value) = (self.slice(name).to_owned(), self.quoted(inner.clone()));
                inputs.push(Variable { name, value, is_secret: false });
            }
        }
        let uses = self.quoted(range.clone());
        self.step(range, Some(uses), inputs, None);
    }

    /// `NAME = 'value'` of `environment`.
    fn variable(&mut self, at: usize, range: Range<usize>) {
        if self.tokens.get(at + 1) != Some(&Token::Mark(b'=')) {
            return;
        }
        let name = self.slice(&range).to_owned();
        match self.tokens.get(at + 2) {
            _ if self.known.len() >= VARIABLES => {}
            Some(Token::Text { inner, .. }) => {
                let value = self.quoted(inner.clone());
                let plain = (!value.text.contains(['$', '\\'])).then(|| value.text.clone());
                self.known.insert(name.clone(), plain);
                self.variables.push(Variable { name, value, is_secret: false });
            }
            // `credentials('id')`
            Some(Token::Name(function)) if self.slice(function) == "credentials" => {
                let value = self.first_text(at + 2).map(|inner| self.quoted(inner));
                self.known.insert(name.clone(), None);
                self.variables.extend(value.map(|value| Variable { name, value, is_secret: true }));
            }
            _ => drop(self.known.insert(name, None)),
        }
    }

    fn step(
        &mut self,
        range: Range<usize>,
        uses: Option<Text>,
        inputs: Vec<Variable>,
        script: Option<Script>,
    ) {
        let stage = self.blocks.iter().rev().find_map(|block| match block {
            Block::Stage(name) => Some(name.clone()),
            _ => None,
        });
        self.steps.push(Step {
            name: stage,
            span: self.span(&range),
            uses,
            inputs,
            variables: Vec::new(),
            scripts: script.into_iter().collect(),
        });
    }
}
