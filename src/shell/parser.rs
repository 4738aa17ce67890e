//! The one file that calls the parser: bounded in size, in steps and in memory, whatever the text is.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Point, Tree};

/// The parser reports after every hundred operations. Scripts that people wrote take one report for about forty bytes;
/// those of repeated mistakes grow with the square of their length, and are given up.
const REPORTS: usize = 2_000;

/// No script that people wrote has more of one of these. Text that repeats them without an end keeps the parser busy for
/// the square of their number, in one step that cannot be left: thousands take a second, tens of thousands take minutes.
const MARKS: [u8; 4] = *b"|<()";
const MARK_LIMIT: usize = 2_500;

/// The syntax tree of a text; `None` when it took too many steps.
pub(super) fn parse(text: &[u8]) -> Option<Tree> {
    if MARKS.iter().any(|&mark| memchr::memchr_iter(mark, text).count() > MARK_LIMIT) {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let mut left = REPORTS + text.len() / 8;
    let mut progress = |_: &ParseState| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let mut read = |at: usize, _: Point| text.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}
