//! Blocks of shell commands in Markdown: each is a script under the heading above it.

use std::ops::Range;

use crate::source::{SourceId, SourceMap, Span};

use super::Dialect;
use super::decoded::{Decoded, MARKS};
use super::runnable::{Body, Runnable, mentions_clusters};

/// What follows the mark of a block of shell commands.
const LANGUAGES: [&str; 8] =
    ["bash", "sh", "shell", "zsh", "console", "shell-session", "shellsession", "terminal"];

/// A block that is not closed yet.
struct Fence<'t> {
    mark: &'t str,
    /// Where its lines start, when they are commands.
    lines: Option<Vec<Range<usize>>>,
}

/// The blocks of a file; none when it names no program that changes clusters, as most files do not.
pub(super) fn blocks(map: &SourceMap, source: SourceId) -> Vec<Runnable> {
    let text = map.source(source).text();
    if !mentions_clusters(text) {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    let mut fence: Option<Fence<'_>> = None;
    let mut heading: Option<Range<usize>> = None;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim_end_matches(['\n', '\r']);
        let content = line.trim_start();
        let range = start + line.len() - content.len()..start + line.len();
        match &mut fence {
            None => {
                if let Some(mark) = mark(content) {
                    let info = content.get(mark.len()..).unwrap_or_default().trim();
                    let language =
                        info.split([' ', ',', '{']).next().unwrap_or_default().to_ascii_lowercase();
                    let lines = LANGUAGES.contains(&language.as_str()).then(Vec::new);
                    fence = Some(Fence { mark, lines });
                } else if content.starts_with('#') {
                    let title = content.trim_start_matches('#').trim();
                    let from = range.start + content.find(title).unwrap_or_default();
                    heading = Some(from..from + title.len());
                }
            }
            Some(open) if is_end(content, open.mark) => {
                let lines = fence.take().and_then(|fence| fence.lines).unwrap_or_default();
                blocks.extend(block(map, source, heading.as_ref(), &lines));
            }
            Some(open) => {
                if let Some(lines) = &mut open.lines {
                    lines.push(range);
                }
            }
        }
    }
    // A block that nobody closes goes to the end of the file.
    let lines = fence.and_then(|fence| fence.lines).unwrap_or_default();
    blocks.extend(block(map, source, heading.as_ref(), &lines));
    blocks
}

/// The marks that a block starts with: three or more of one kind.
fn mark(line: &str) -> Option<&str> {
    let kind = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(kind).len();
    line.get(..length).filter(|_| length >= 3)
}

fn is_end(line: &str, open: &str) -> bool {
    mark(line).is_some_and(|mark| mark.starts_with(open) && mark.len() == line.trim_end().len())
}

fn block(
    map: &SourceMap,
    source: SourceId,
    heading: Option<&Range<usize>>,
    lines: &[Range<usize>],
) -> Option<Runnable> {
    let text = map.source(source).text();
    let written = |line: &Range<usize>| text.get(line.clone()).unwrap_or_default();
    // Where one line has a prompt, the others are what commands print.
    let has_prompt = lines.iter().any(|line| written(line).starts_with("$ "));
    let mut decoded = Decoded::new(text);
    let mut goes_on = false;
    for line in lines {
        let command = written(line).strip_prefix("$ ").or_else(|| goes_on.then(|| written(line)));
        let Some(command) = command.or_else(|| (!has_prompt).then(|| written(line))) else { continue };
        decoded.copy(line.end - command.len()..line.end);
        decoded.put("\n", line.end..line.end);
        goes_on = command.ends_with('\\');
    }
    if decoded.is_blank() {
        return None;
    }
    let first = lines.first()?;
    let heading = heading.unwrap_or(first);
    Some(Runnable {
        dialect: Dialect::Markdown,
        source,
        names: vec![written(heading).to_owned()],
        span: Span::new(source, heading.start as u32, heading.end as u32),
        bodies: vec![Body { text: decoded.finish(map, source), expressions: MARKS }],
        needs: Vec::new(),
    })
}
