//! From a syntax tree to the flat list of commands, with what each is part of.

use tree_sitter::Node;

use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};

use super::word::{Reader, Text, nested};
use super::wrapper::Inner;
use super::{
    Assignment, Command, Context, Expressions, Part, PartKind, Problem, ProblemKind, Redirection,
    RedirectionKind, SIZE, Script, Stage, Variables, Word, expression, parser, wrapper,
};

/// Statements inside of statements are read this deep.
const DEPTH: u32 = 100;
/// Longer values of variables are not known, in bytes.
const VALUE: usize = 4096;

/// One walk over one script.
pub(super) struct Walk<'w> {
    map: &'w SourceMap,
    /// The source that offsets of nodes count in, from `base` on.
    source: SourceId,
    base: usize,
    text: Text<'w>,
    expressions: Expressions,
    variables: &'w mut Variables,
    /// How many scripts inside of this one are read.
    scripts: u32,
    script: &'w mut Script,
    /// What everything of this script is part of.
    outer: Place,
    pipelines: u32,
}

/// Where a statement stands.
#[derive(Clone, Copy, Default)]
struct Place {
    context: Context,
    stage: Option<Stage>,
    depth: u32,
}

impl Place {
    fn in_context(mut self, change: impl FnOnce(&mut Context)) -> Self {
        change(&mut self.context);
        self
    }
}

impl<'w> Walk<'w> {
    /// Reads the script that a span holds.
    pub fn script(
        map: &SourceMap,
        span: Span,
        expressions: Expressions,
        variables: &mut Variables,
        scripts: u32,
        script: &mut Script,
    ) {
        Self::within(map, span, expressions, variables, scripts, script, Place::default());
    }

    fn within(
        map: &SourceMap,
        span: Span,
        expressions: Expressions,
        variables: &mut Variables,
        scripts: u32,
        script: &mut Script,
        outer: Place,
    ) {
        let text = map.slice(span);
        let problem = |kind| Problem { span: map.in_file(span).unwrap_or(span), kind };
        if text.len() > SIZE {
            return script.problems.push(problem(ProblemKind::TooLarge));
        }
        let found = expressions.find(text);
        let Some(tree) = parser::parse(&expression::masked(text, &found)) else {
            return script.problems.push(problem(ProblemKind::TooHard));
        };
        let text = Text { text, expressions: &found };
        let (source, base) = (span.source, span.start as usize);
        let pipelines =
            script.commands.iter().filter_map(|command| command.stage).map(|stage| stage.pipeline + 1).max();
        let pipelines = pipelines.unwrap_or_default();
        let mut walk =
            Walk { map, source, base, text, expressions, variables, scripts, script, outer, pipelines };
        let place = Place { depth: 0, ..walk.outer };
        walk.statement(tree.root_node(), place);
    }

    /// The span in the file of bytes of this script.
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let span = Span::new(self.source, (self.base + range.start) as u32, (self.base + range.end) as u32);
        self.map.in_file(span).unwrap_or(span)
    }

    fn problem(&mut self, node: Node<'_>, kind: ProblemKind) {
        let span = self.span(node.byte_range());
        self.script.problems.push(Problem { span, kind });
    }

    fn statement(&mut self, node: Node<'_>, place: Place) {
        if place.depth > DEPTH {
            return self.problem(node, ProblemKind::TooDeep);
        }
        let place = Place { depth: place.depth + 1, ..place };
        match node.kind() {
            "command" => self.command(node, &[], place),
            "redirected_statement" => self.redirected(node, place),
            "list" => self.list(node, place),
            "pipeline" => self.pipeline(node, place),
            "declaration_command" => self.declaration(node, place),
            "variable_assignment" | "variable_assignments" => self.alone(node, place),
            "if_statement" | "elif_clause" | "while_statement" => self.conditional(node, place),
            "else_clause" | "case_item" => {
                self.children(node, place.in_context(|context| context.branch = true));
            }
            "do_group" => self.children(node, place.in_context(|context| context.looped = true)),
            "function_definition" => {
                self.children(node, place.in_context(|context| context.function = true));
            }
            "command_substitution" | "process_substitution" => {
                let inside = Place { stage: None, ..place };
                self.children(node, inside.in_context(|context| context.substituted = true));
            }
            "ERROR" => {
                self.problem(node, ProblemKind::Syntax);
                self.children(node, place);
            }
            "comment" => {
                let span = self.span(node.byte_range());
                self.script.comments.push(span);
            }
            "word" | "raw_string" => {}
            _ => self.children(node, place),
        }
    }

    fn children(&mut self, node: Node<'_>, place: Place) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.statement(child, place);
        }
    }

    /// `a && b || c`: the tree leans to the left, as deep as the list is long.
    fn list(&mut self, node: Node<'_>, place: Place) {
        let mut operands = Vec::new();
        let mut next = Some(node);
        while let Some(list) = next.take() {
            let mut cursor = list.walk();
            let children: Vec<Node<'_>> = list.named_children(&mut cursor).collect();
            for (index, &child) in children.iter().enumerate().rev() {
                match index == 0 && child.kind() == "list" {
                    true => next = Some(child),
                    false => operands.push(child),
                }
            }
        }
        for (index, &operand) in operands.iter().rev().enumerate() {
            let chained = index > 0 || place.context.chained;
            self.statement(operand, place.in_context(|context| context.chained = chained));
        }
    }

    fn pipeline(&mut self, node: Node<'_>, place: Place) {
        let pipeline = self.pipelines;
        self.pipelines += 1;
        let mut cursor = node.walk();
        for (index, child) in (0..).zip(node.named_children(&mut cursor)) {
            self.statement(child, Place { stage: Some(Stage { pipeline, index }), ..place });
        }
    }

    /// The children of an `if` or a loop: those of the field `condition` decide, the others are what it decides about.
    fn conditional(&mut self, node: Node<'_>, place: Place) {
        let is_loop = node.kind() == "while_statement";
        let mut cursor = node.walk();
        if !cursor.goto_first_child() {
            return;
        }
        let mut decided = false;
        loop {
            let child = cursor.node();
            decided |= matches!(child.kind(), "then" | "do_group");
            if child.is_named() {
                let branch = place.in_context(|context| match decided {
                    true => context.branch |= !is_loop,
                    false => context.tested = true,
                });
                self.statement(child, branch);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
    }

    /// A statement with redirections. What the line of a here-document goes on with is part of the redirection in the
    /// tree: `cat <<EOF | kubectl apply -f -`.
    fn redirected(&mut self, node: Node<'_>, place: Place) {
        let mut cursor = node.walk();
        let redirects: Vec<Node<'_>> = node.children_by_field_name("redirect", &mut cursor).collect();
        let piped = redirects.iter().any(|redirect| has_pipeline(*redirect));
        let mut body_place = place;
        if piped {
            body_place.stage = Some(Stage { pipeline: self.pipelines, index: 0 });
            self.pipelines += 1;
        }
        match node.child_by_field_name("body") {
            Some(body) if body.kind() == "command" => self.command(body, &redirects, body_place),
            Some(body) => {
                self.statement(body, body_place);
                // Redirections of a group belong to no command, but what is substituted in them runs.
                self.redirections(&redirects, body_place);
            }
            None => self.redirections(&redirects, body_place),
        }
        for redirect in redirects.iter().filter(|redirect| redirect.kind() == "heredoc_redirect") {
            self.rest_of_line(*redirect, place, body_place.stage);
        }
    }

    fn rest_of_line(&mut self, redirect: Node<'_>, place: Place, stage: Option<Stage>) {
        let mut cursor = redirect.walk();
        for child in redirect.named_children(&mut cursor) {
            match child.kind() {
                "pipeline" => self.rest_of_pipeline(child, place, stage),
                "heredoc_start"
                | "heredoc_body"
                | "heredoc_end"
                | "file_redirect"
                | "herestring_redirect"
                | "file_descriptor"
                | "word"
                | "string"
                | "raw_string"
                | "number"
                | "concatenation"
                | "simple_expansion"
                | "expansion" => {}
                _ => self.statement(child, place.in_context(|context| context.chained = true)),
            }
        }
    }

    /// `| b | c && d` behind a here-document: stages of the pipeline that the command with the document starts.
    fn rest_of_pipeline(&mut self, node: Node<'_>, place: Place, stage: Option<Stage>) {
        let Some(stage) = stage else { return self.children(node, place) };
        let mut cursor = node.walk();
        for (index, child) in (stage.index + 1..).zip(node.named_children(&mut cursor)) {
            let place = Place { stage: Some(Stage { index, ..stage }), ..place };
            match child.kind() {
                // Only the first of a list is in the pipeline.
                "list" => {
                    let mut first = true;
                    let mut cursor = child.walk();
                    for operand in child.named_children(&mut cursor) {
                        let place = match first {
                            true => place,
                            false => {
                                Place { stage: None, ..place }.in_context(|context| context.chained = true)
                            }
                        };
                        first = false;
                        self.statement(operand, place);
                    }
                }
                _ => self.statement(child, place),
            }
        }
    }

    fn word(&mut self, node: Node<'_>) -> Word {
        let mut reader = Reader { script: &self.text, variables: self.variables, parts: Vec::new() };
        reader.node(node, false, 0);
        let parts = reader.parts;
        Word { span: self.span(node.byte_range()), parts }
    }

    /// What runs inside of a word.
    fn inside(&mut self, node: Node<'_>, place: Place) {
        if matches!(node.kind(), "word" | "raw_string" | "number" | "variable_name") {
            return;
        }
        self.statement(node, Place { stage: None, ..place });
    }

    fn command(&mut self, node: Node<'_>, redirects: &[Node<'_>], place: Place) {
        let mut words: Vec<Word> = Vec::new();
        let mut assignments = Vec::new();
        let mut redirections = Vec::new();
        let mut inner = Vec::new();
        let mut end = usize::MAX;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "variable_assignment" => {
                    assignments.push(self.assignment(child));
                    inner.extend(child.child_by_field_name("value"));
                }
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                    redirections.extend(self.redirection(child));
                    inner.push(child);
                }
                "comment" => {}
                _ => {
                    let mut word = self.word(child);
                    // The grammar takes a line that goes on inside of a word for two words.
                    let goes_on = self.text.text.get(end..child.start_byte()) == Some("\\\n");
                    match words.last_mut().filter(|_| goes_on) {
                        Some(last) => {
                            last.span = Span::new(last.span.source, last.span.start, word.span.end());
                            last.parts.append(&mut word.parts);
                        }
                        None => split(word, &mut words),
                    }
                    inner.push(child);
                    end = child.end_byte();
                }
            }
        }
        // The grammar loses a `-` before `<<EOF`.
        end = node.end_byte();
        for redirect in redirects {
            self.lost(end..redirect.start_byte(), &mut words);
            end = redirect.end_byte();
            redirections.extend(self.redirection(*redirect));
            arguments(*redirect, |argument| {
                let word = self.word(argument);
                split(word, &mut words);
            });
            inner.push(*redirect);
        }
        let span = self.span(node.byte_range());
        self.push(Command {
            span,
            words,
            assignments,
            redirections,
            stage: place.stage,
            context: place.context,
            wrappers: Vec::new(),
            caller: None,
        });
        for child in inner {
            match child.kind() {
                "heredoc_redirect" => self.document(child, place),
                _ => self.inside(child, place),
            }
        }
    }

    /// Substitutions inside of a here-document; what else its redirection holds is read elsewhere.
    fn document(&mut self, redirect: Node<'_>, place: Place) {
        let mut cursor = redirect.walk();
        for child in redirect.named_children(&mut cursor) {
            if child.kind() == "heredoc_body" {
                self.inside(child, place);
            }
        }
    }

    /// Words in a gap between two nodes.
    fn lost(&mut self, gap: std::ops::Range<usize>, words: &mut Vec<Word>) {
        let Some(text) = self.text.text.get(gap.clone()) else { return };
        for word in text.split_ascii_whitespace().filter(|word| *word != "\\") {
            let start = gap.start + (word.as_ptr() as usize - text.as_ptr() as usize);
            let range = start..start + word.len();
            let part =
                Part { kind: PartKind::Text, text: word.to_owned(), range: range.clone(), known: None };
            words.push(Word { span: self.span(range), parts: vec![part] });
        }
    }

    fn redirections(&mut self, redirects: &[Node<'_>], place: Place) {
        for redirect in redirects {
            match redirect.kind() {
                "heredoc_redirect" => self.document(*redirect, place),
                _ => self.inside(*redirect, place),
            }
        }
    }

    fn redirection(&mut self, node: Node<'_>) -> Option<Redirection> {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        let kind = match node.kind() {
            "heredoc_redirect" => {
                let body = children.iter().find(|child| child.kind() == "heredoc_body");
                let target = body.map(|body| self.word(*body));
                return Some(Redirection { kind: RedirectionKind::HereDocument, target });
            }
            "herestring_redirect" => RedirectionKind::HereString,
            _ => {
                let operator = children.iter().find(|child| !child.is_named())?.kind();
                match operator {
                    "<" => RedirectionKind::Read,
                    ">&" | "<&" | ">&-" | "<&-" => RedirectionKind::Duplicate,
                    _ => RedirectionKind::Write,
                }
            }
        };
        let target = node.child_by_field_name("destination");
        let target = target.or_else(|| children.last().copied().filter(Node::is_named));
        let target = target.map(|target| self.word(target));
        Some(Redirection { kind, target })
    }

    fn assignment(&mut self, node: Node<'_>) -> Assignment {
        let name = node.child_by_field_name("name");
        let name = name.and_then(|name| self.text.text.get(name.byte_range())).unwrap_or_default().to_owned();
        let value = node.child_by_field_name("value").filter(|value| value.kind() != "array");
        let value = value.map(|value| self.word(value));
        Assignment { name, value, span: self.span(node.byte_range()) }
    }

    /// Remembers what variables are now. A value that depends on a branch is not known behind it.
    fn remember(&mut self, assignments: &[Assignment], place: Place) {
        for assignment in assignments {
            let value = assignment.value.as_ref().and_then(Word::text).map(std::borrow::Cow::into_owned);
            // Values made of values double with every line of a script that wants to.
            let value = value.filter(|value| value.len() <= VALUE);
            let sure = !place.context.branch && !place.context.looped && !place.context.chained;
            let known = self.variables.get(&assignment.name);
            let value = match known {
                Some(Some(before)) if !sure && value.as_ref() != Some(before) => None,
                _ => value,
            };
            self.variables.insert(assignment.name.clone(), value);
        }
    }

    /// Assignments without a command.
    fn alone(&mut self, node: Node<'_>, place: Place) {
        let mut assignments = Vec::new();
        if node.kind() == "variable_assignment" {
            assignments.push(self.assignment(node));
        } else {
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                assignments.push(self.assignment(child));
            }
        }
        self.assigned(node, Vec::new(), assignments, place);
    }

    /// `export A=b`, `local x`.
    fn declaration(&mut self, node: Node<'_>, place: Place) {
        let (mut words, mut assignments) = (Vec::new(), Vec::new());
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "variable_assignment" => assignments.push(self.assignment(child)),
                _ => words.push(self.word(child)),
            }
        }
        self.assigned(node, words, assignments, place);
    }

    fn assigned(&mut self, node: Node<'_>, words: Vec<Word>, assignments: Vec<Assignment>, place: Place) {
        self.remember(&assignments, place);
        let span = self.span(node.byte_range());
        let (stage, context) = (place.stage, place.context);
        let (redirections, wrappers) = (Vec::new(), Vec::new());
        self.push(Command { span, words, assignments, redirections, stage, context, wrappers, caller: None });
        // The assignments themselves were taken; what runs inside of their values comes now.
        let mut cursor = node.walk();
        let single = (node.kind() == "variable_assignment").then_some(node);
        for assignment in node.named_children(&mut cursor).filter(|_| single.is_none()).chain(single) {
            let mut cursor = assignment.walk();
            for child in assignment.named_children(&mut cursor) {
                self.inside(child, place);
            }
        }
    }

    /// Adds a command without its wrappers, and what scripts in its words run.
    fn push(&mut self, mut command: Command) {
        let inner = wrapper::take_off(&mut command);
        let place = Place { context: command.context, stage: command.stage, depth: 0 };
        let Some((inner, scripts)) = inner.zip(self.scripts.checked_sub(1)) else {
            return self.script.commands.push(command);
        };
        let word = match inner {
            Inner::Script(word) => word,
            Inner::Command(words) => {
                let mut inside = Command { words, assignments: Vec::new(), ..command.clone() };
                inside.wrappers.extend(command.program().map(std::borrow::Cow::into_owned));
                self.script.commands.push(command);
                self.scripts = scripts;
                self.push(inside);
                self.scripts = scripts + 1;
                return;
            }
        };
        self.script.commands.push(command);
        let (text, segments) = nested(&word);
        if text.trim().is_empty() {
            return;
        }
        // Offsets of parts count from the start of this script, those of segments from that of its source.
        let segments = segments.moved(self.base as u32);
        let host = Span::new(self.source, self.base as u32, self.base as u32);
        let path = self.map.source(self.source).path();
        let length = text.len() as u32;
        let source = Source::new(path, SourceKind::Embedded { host, segments }, text);
        let source = self.map.derive(source);
        let (map, expressions) = (self.map, self.expressions);
        let span = Span::new(source, 0, length);
        Self::within(map, span, expressions, self.variables, scripts, self.script, place);
        let stages = self.script.commands.iter().filter_map(|command| command.stage);
        self.pipelines = stages.map(|stage| stage.pipeline + 1).max().unwrap_or_default().max(self.pipelines);
    }
}

/// Whether the line of a here-document goes on with a pipeline.
fn has_pipeline(redirect: Node<'_>) -> bool {
    let mut cursor = redirect.walk();
    redirect.named_children(&mut cursor).any(|child| child.kind() == "pipeline")
}

/// Words of the command that stand behind the start of a here-document: `cat <<EOF - file`.
fn arguments<'t>(redirect: Node<'t>, mut each: impl FnMut(Node<'t>)) {
    if redirect.kind() == "heredoc_redirect" {
        let mut cursor = redirect.walk();
        redirect.children_by_field_name("argument", &mut cursor).for_each(&mut each);
    }
}

/// A variable outside of quotes stands for as many words as its value has.
fn split(word: Word, words: &mut Vec<Word>) {
    if let [Part { kind: PartKind::Variable { quoted: false }, known: Some(value), text, range }] =
        word.parts.as_slice()
        && value.contains([' ', '\t', '\n'])
    {
        for piece in value.split_whitespace() {
            let kind = PartKind::Variable { quoted: false };
            let part = Part { kind, text: text.clone(), range: range.clone(), known: Some(piece.to_owned()) };
            words.push(Word { span: word.span, parts: vec![part] });
        }
        return;
    }
    words.push(word);
}
