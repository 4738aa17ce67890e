//! `--show-files`: every file with what became of it.

use std::fmt::Write as _;

use crate::discover::{Coverage, FileKind};
use crate::engine::World;
use crate::model::{DocumentKind, File, Usage};

/// One line a file, sorted by path: the path and what it was read as, or why it was not.
pub(super) fn list(world: &World, coverage: &Coverage) -> String {
    let is_rendered = |file: &File| world.rendering.rendered.contains(&file.source);
    let mut lines: Vec<(&str, String)> = world
        .map
        .files()
        .zip(&world.repository.files)
        .filter(|(_, file)| file.kind != FileKind::Template || is_rendered(file))
        .map(|(source, file)| (source.path().as_str(), describe(file)))
        .collect();
    lines.extend(
        coverage
            .skipped
            .iter()
            .map(|skip| (skip.path.as_str(), format!("not analysed: {}", skip.reason.describe()))),
    );
    lines.sort();
    let mut text = String::new();
    for (path, what) in lines {
        let _ = writeln!(text, "{}: {what}", crate::report::escape(path));
    }
    text
}

fn describe(file: &File) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for document in &file.documents {
        let kind = match document.kind {
            DocumentKind::Empty => continue,
            DocumentKind::Object => "Kubernetes object",
            DocumentKind::Kustomization => "kustomization",
            DocumentKind::Component => "component",
            DocumentKind::Patch => "patch",
            DocumentKind::KustomizeInput => "input of a kustomization",
            DocumentKind::Chart => "chart",
            DocumentKind::Values => "values",
            DocumentKind::SopsConfig => "SOPS configuration",
            DocumentKind::Taskfile => "Taskfile",
            DocumentKind::Package => "package of npm",
            DocumentKind::Pipeline(_) => "pipeline",
            DocumentKind::Unknown => "YAML",
        };
        if !kinds.iter().any(|known| known == kind) {
            kinds.push(kind.to_owned());
        }
    }
    match file.kind {
        FileKind::GitIgnore => kinds.push("what git leaves out".to_owned()),
        FileKind::Codeowners => kinds.push("CODEOWNERS".to_owned()),
        FileKind::Jenkinsfile => kinds.push("pipeline, searched for private keys".to_owned()),
        FileKind::Shell => kinds.push("shell script, searched for private keys".to_owned()),
        FileKind::Makefile => kinds.push("Makefile, searched for private keys".to_owned()),
        FileKind::Justfile => kinds.push("justfile, searched for private keys".to_owned()),
        FileKind::Markdown => kinds.push("runbook, searched for private keys".to_owned()),
        FileKind::Terraform => kinds.push("Terraform".to_owned()),
        FileKind::Text => kinds.push("text, searched for private keys".to_owned()),
        FileKind::Template => kinds.push("template of a chart, linted as rendered".to_owned()),
        FileKind::Yaml | FileKind::Json => {}
    }
    if !file.parsed.problems.is_empty() {
        kinds.push("with errors".to_owned());
    }
    let note = match file.usage {
        Usage::Rendered => " (linted as rendered)",
        Usage::SetAside => " (taken out of use)",
        Usage::Deployed | Usage::Input => "",
    };
    format!("{}{note}", if kinds.is_empty() { "empty".to_owned() } else { kinds.join(", ") })
}
