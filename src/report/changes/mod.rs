//! What a change does to the objects that are applied, environment by environment, in Markdown for a pull request.
//!
//! Owns what is shown and in which order. Must not know when two objects are the same one; secrets go through the same
//! printer as those of `render`.

mod compare;

use std::fmt::Write as _;

use crate::graph::ChangeView;

use super::{escape, plural};
use compare::{Change, Places, What};

/// Characters that a comment on GitHub holds.
const COMMENT: usize = 65_536;
/// Room that is left for the last sentences.
const ROOM: usize = 1_000;

/// The objects that differ. `compared` says with what; what is not shown in full is still named, unless there is no
/// room in a comment for that either.
pub fn changes(change: &ChangeView<'_>, compared: &str, is_limited: bool) -> String {
    let found = compare::compare(change);
    let mut text = "## What is applied\n\n".to_owned();
    let count =
        |what: What| found.changes.iter().filter(|it| it.what == what).map(|it| it.places.len()).sum();
    let counted = |what: What, word: &str| {
        let count: usize = count(what);
        (count > 0).then(|| format!("{} {word}", plural(count, "object")))
    };
    let parts = [counted(What::Changed, "changed"), counted(What::New, "new"), counted(What::Gone, "gone")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let summary = if parts.is_empty() { "Nothing changes".to_owned() } else { parts.join(", ") };
    let _ = writeln!(text, "{summary}; {}.", escape(compared));
    let limit = if is_limited { COMMENT - ROOM } else { usize::MAX };
    let mut used = text.chars().count();
    let mut section: Option<&Places> = None;
    let (mut named, mut left_out) = (0, 0);
    for change in &found.changes {
        let heading = match section == Some(&change.places) {
            true => String::new(),
            false => format!("\n### {}\n\n", markdown(&environments(&change.places))),
        };
        let candidates = [heading.clone() + &whole(change), heading + &line(change)];
        let fits = |text: &&String| used + text.chars().count() <= limit;
        match candidates.iter().position(|text| fits(&text)) {
            Some(at) => {
                used += candidates[at].chars().count();
                text.push_str(&candidates[at]);
                section = Some(&change.places);
                named += at;
            }
            None => left_out += 1,
        }
    }
    if named + left_out > 0 {
        let named = if named > 0 { format!("{} only named", plural(named, "change")) } else { String::new() };
        let and = if !named.is_empty() && left_out > 0 { ", " } else { "" };
        let left =
            if left_out > 0 { format!("{} left out", plural(left_out, "change")) } else { String::new() };
        let _ = writeln!(
            text,
            "\nThere is no room for everything: {named}{and}{left}. `plimsoll diff --full` prints all."
        );
    }
    let directories = [
        ("No longer builds, so it is not compared:", &found.broken),
        ("Did not build before, so it is not compared:", &found.mended),
    ];
    for (heading, directories) in directories.into_iter().filter(|(_, them)| !them.is_empty()) {
        let _ = writeln!(text, "\n{heading}\n");
        for directory in directories.iter().take(NAMED) {
            let directory = if directory.as_str().is_empty() { "." } else { directory.as_str() };
            let _ = writeln!(text, "- {}", code(directory));
        }
        if let Some(more @ 1..) = directories.len().checked_sub(NAMED) {
            let _ = writeln!(text, "- {more} more");
        }
    }
    if found.never > 0 {
        let builds = if found.never == 1 { "builds" } else { "build" };
        let _ = writeln!(text, "\n{} {builds} neither before nor after.", plural(found.never, "overlay"));
    }
    if found.partial > 0 {
        let _ = writeln!(
            text,
            "\nOf {} only a part could be rendered; what is missing there is not compared.",
            plural(found.partial, "overlay")
        );
    }
    text
}

/// How many overlays that do not build are named.
const NAMED: usize = 10;

/// `production-eu, production-us`
fn environments(places: &Places) -> String {
    let names: Vec<&str> = places.iter().map(|(_, name)| name.as_str()).collect();
    match names.as_slice() {
        [""] => "Without an environment".to_owned(),
        names => names
            .iter()
            .map(|name| if name.is_empty() { "others" } else { name })
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A change with its lines, folded.
fn whole(change: &Change) -> String {
    let mut counts = Vec::new();
    if change.added > 0 {
        counts.push(format!("+{}", change.added));
    }
    if change.removed > 0 {
        counts.push(format!("−{}", change.removed));
    }
    let counts = if counts.is_empty() { "a hidden value".to_owned() } else { counts.join(" ") };
    let fence = "`".repeat(longest_run(&change.lines).max(2) + 1);
    let by = change.by.as_ref().map(|by| format!(" · {}", html(by))).unwrap_or_default();
    format!(
        "<details><summary>{} <b>{}</b> {} ({counts}){by}</summary>\n\n{fence}diff\n{}{fence}\n\n</details>\n",
        html(&change.kind),
        html(&change.name),
        change.what.word(),
        change.lines,
    )
}

/// A change without its lines.
fn line(change: &Change) -> String {
    format!("- {} {} {}\n", markdown(&change.kind), code(&change.name), change.what.word())
}

/// The longest run of backquotes: what is fenced must not end its fence.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text of the repository where HTML is read. GitHub makes mentions and references of `@` and `#` there, too.
fn html(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' | '@' | '#' => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A text of the repository where Markdown is read.
fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in html(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~') {
            shown.push('\\');
        }
        shown.push(c);
    }
    // What looks like an address would be a link.
    shown.replace("://", ":\\/\\/")
}

/// A text of the repository as code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}
