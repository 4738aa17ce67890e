//! The matrix as a table for a terminal, and for Markdown.

use crate::graph::ArtifactKind;
use crate::report::escape::escape;
use crate::report::summary::plural;

use super::table::{Entry, Row};
use super::{Mark, Table};

/// A version and its place stand below each other.
pub(super) fn text(table: &Table) -> String {
    if table.rows.is_empty() {
        return nothing();
    }
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut header = vec![String::new()];
    header.extend(table.environments.iter().map(|environment| escape(&environment.name).into_owned()));
    let mut component = "";
    for row in &table.rows {
        if row.component != component {
            component = &row.component;
            lines.push(vec![escape(component).into_owned()]);
        }
        let (mut versions, mut places) =
            (vec![format!("  {}", what(row))], vec![format!("    {}", escape(&row.name))]);
        for entry in &row.entries {
            versions.push(words(entry));
            let all: Vec<String> =
                entry.versions.iter().map(|version| escape(&version.short_place()).into_owned()).collect();
            places.push(all.join(", "));
        }
        lines.extend([versions, places]);
    }
    let columns = header.len();
    let mut widths = vec![0; columns];
    for line in lines.iter().filter(|line| line.len() == columns).chain([&header]) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in [header].iter().chain(&lines) {
        let cells = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    for mark in table.marks() {
        text += &format!("\n{}: {}", mark.name(), mark.meaning());
    }
    if has_charts(table) {
        text += &format!("\n{NOT_RENDERED}");
    }
    text += &format!(
        "\nplaces are relative to the directory of the environment where they lie in it\n{} in {}\n",
        plural(table.rows.len(), "row"),
        plural(table.environments.len(), "environment")
    );
    text
}

/// A table of GitHub and GitLab.
pub(super) fn markdown(table: &Table) -> String {
    if table.rows.is_empty() {
        return nothing();
    }
    let names = table.environments.iter().map(|environment| cell(&environment.name));
    let mut text = format!("| component | image or chart | {} |\n", names.collect::<Vec<_>>().join(" | "));
    text += &format!("|---|---|{}\n", "---|".repeat(table.environments.len()));
    for row in &table.rows {
        let mut cells =
            vec![code(&row.component), format!("{}<br>{}", cell(what(row).trim()), code(&row.name))];
        for entry in &row.entries {
            let mut lines: Vec<String> = Vec::new();
            for version in &entry.versions {
                lines.push(format!("**{}** {}", cell(&version.words()), code(&version.place())));
            }
            if !entry.marks.is_empty() {
                lines.push(format!("_{}_", marks(entry)));
            }
            cells.push(lines.join("<br>"));
        }
        text += &format!("| {} |\n", cells.join(" | "));
    }
    let legend: Vec<String> = table
        .marks()
        .into_iter()
        .map(|mark: Mark| format!("_{}_: {}", mark.name(), mark.meaning()))
        .collect();
    if !legend.is_empty() {
        text += &format!("\n{}\n", legend.join("; "));
    }
    if has_charts(table) {
        text += &format!("\n{NOT_RENDERED}\n");
    }
    text
}

/// What is not in the table.
const NOT_RENDERED: &str = "charts are not rendered: images that only their templates name are not here";

fn has_charts(table: &Table) -> bool {
    table.rows.iter().any(|row| row.kind == ArtifactKind::Chart)
}

fn nothing() -> String {
    "no environment with an image or a chart was found; `environments` in plimsoll.yaml names them\n"
        .to_owned()
}

fn what(row: &Row) -> String {
    let chart = if row.kind == ArtifactKind::Chart { " (chart)" } else { "" };
    format!("{}{chart}", escape(&row.slot))
}

fn words(entry: &Entry) -> String {
    let versions: Vec<String> =
        entry.versions.iter().map(|version| escape(&version.words()).into_owned()).collect();
    match (versions.is_empty(), entry.marks.is_empty()) {
        (true, true) => "-".to_owned(),
        (true, false) => format!("- [{}]", marks(entry)),
        (false, true) => versions.join(", "),
        (false, false) => format!("{} [{}]", versions.join(", "), marks(entry)),
    }
}

fn marks(entry: &Entry) -> String {
    entry.marks.iter().map(|mark| mark.name()).collect::<Vec<_>>().join(", ")
}

/// Text in a cell of Markdown.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    for c in escape(text).chars() {
        match c {
            '<' => shown += "&lt;",
            '&' => shown += "&amp;",
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '@' | '#' | '~' | '!' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Text as code in a cell: nothing ends it early.
fn code(text: &str) -> String {
    format!("`{}`", escape(text).replace('`', "'").replace('|', "\\|"))
}
