//! Asks policies about files as they are, which conftest and trivy do.
//!
//! Must not know what the formats look like.

use crate::policy::input::Format;
use crate::policy::locate::{self, Found as Located};
use crate::policy::{Dialect, Verdict, files};
use crate::source::Span;
use crate::yaml::{self, Cursor, Tree};

use super::super::At;
use super::super::verdict::missing_at;
use super::super::worker::{Asked, Worker};
use super::{Answers, AskedFile, Failure, PolicyId, Run};

impl<'w> Run<'w> {
    /// A file, as conftest or trivy would read it.
    pub(super) fn asked_file(&self, worker: &mut Worker<'w>, file: &AskedFile) -> Answers {
        let mut answers = Answers::default();
        let source = self.world.map.source(file.source);
        let is_wanted =
            |asked: &&Asked<'w>| matches!(asked.policy, PolicyId::File(index) if file.rules.contains(&index));
        worker.set_file(source.path().as_str());
        for asked in self.asked.iter().filter(is_wanted) {
            if matches!(file.format, Format::Yaml | Format::Json) {
                let parsed = yaml::parse(source, file.source, yaml::Limits::default());
                for tree in parsed.trees() {
                    self.ask_tree(worker, asked, &tree, &mut answers);
                }
                continue;
            }
            let dialect = self.policies.rule(asked.policy).map_or(Dialect::Conftest, |rule| rule.dialect);
            // What cannot be read was told when it was chosen.
            let inputs = files::inputs(dialect, file.format, source.path().as_str(), source.text());
            for input in inputs.unwrap_or_default() {
                worker.set_input(&input);
                let span = |verdict: &Verdict| {
                    let line = files::line_of(verdict, file.format, source.text(), &input);
                    let span = line.and_then(|line| self.existing(file.source, line, 0));
                    span.unwrap_or_else(|| self.line_in(file.source, 1, 0))
                };
                match worker.ask(asked) {
                    Some(Ok(said)) => said.verdicts.iter().for_each(|verdict| {
                        self.found(asked, verdict, At::span(span(verdict)), None, &mut answers.found);
                    }),
                    Some(Err(stop)) => {
                        let (about, span) = (format!("`{}`", source.path()), Span::new(file.source, 0, 0));
                        answers.failures.push(Failure { rule: asked.id, about, span, stop });
                    }
                    None => {}
                }
            }
        }
        answers
    }

    /// A document of such a file that is a tree, and has places for all of its values.
    fn ask_tree(&self, worker: &mut Worker<'w>, asked: &Asked<'w>, tree: &Tree, answers: &mut Answers) {
        let root = Cursor::new(&self.world.map, tree);
        let input = worker.builder.value(root);
        worker.set_input(&input);
        match worker.ask(asked) {
            Some(Ok(said)) => {
                for verdict in &said.verdicts {
                    let at = match locate::primary(verdict, &input, root) {
                        Located::Value(value, missing) => missing_at(None, value, &missing),
                        Located::File(_, line, column) => {
                            match self.existing(root.span().source, line, column) {
                                Some(span) => At::span(span),
                                None => At::value(locate::name(root)),
                            }
                        }
                    };
                    self.found(asked, verdict, at, None, &mut answers.found);
                }
            }
            Some(Err(stop)) => self.failed(asked, root, stop, answers),
            None => {}
        }
    }
}
