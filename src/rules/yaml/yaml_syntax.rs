//! `yaml-syntax`

use crate::engine::{Check, Cx, rule};
use crate::model::FileView;
use crate::yaml::ProblemKind;

use super::problem;

rule! {
    /// A document that is no YAML.
    ///
    /// ## Why
    ///
    /// Nothing can be applied from it: `kubectl`, Kustomize, Argo CD and Flux refuse the whole file, often with a
    /// message that names another line. Other documents of the file are looked at all the same.
    ///
    /// That includes a document with an alias inside of the value it stands for, and one whose aliases stand for
    /// far more values than are written ("excessive aliasing").
    ///
    /// ## What passes
    ///
    /// - templates of charts, which are text until they are rendered
    /// - `.json` files of several values behind one another, which programs read one by one
    /// - `.json` files with comments, as editors and .NET have them
    /// - other templates, with `{{ if … }}`, `{% if … %}`, `%{ if … }` or `<NAME>` at the beginning of a line, or with a value
    ///   of Go (`{{ .Name }}`) where the reader stops: a note, since nothing in them is checked; so are lines that a variable
    ///   makes YAML, where Kustomize does not read them before
    /// - other `.json` that holds no manifest, whose program may take more than JSON: a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: "web
    /// data:
    ///   key: value
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: "web"
    /// data:
    ///   key: value
    /// ```
    ///
    /// ## References
    ///
    /// - <https://yaml.org/spec/1.2.2/>
    pub static RULE = "yaml-syntax" {
        level: Error,
        precision: VeryHigh,
        tags: ["yaml", "validity"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    if is_json_stream(file) || is_json_with_comments(file) {
        return;
    }
    problem::report(
        file,
        ProblemKind::Syntax,
        "no tool can read the document, and nothing in it was checked",
        "correct the syntax at the place shown; the mistake may be on a line above",
        cx,
    );
    problem::report(
        file,
        ProblemKind::Aliases,
        "Kubernetes refuses the document, and nothing in it was checked",
        "write the values out, or use fewer aliases",
        cx,
    );
}

/// Whether a `.json` file that no part of Kubernetes reads has comments, which editors and .NET allow in theirs.
fn is_json_with_comments(file: &FileView<'_>) -> bool {
    let text = file.source().text();
    let is_json = file.path().extension().is_some_and(|ending| ending == "json");
    let is_comment = |line: &str| line.starts_with("//") || line.starts_with("/*") || line.contains(" //");
    is_json && !text.contains("\"apiVersion\"") && text.lines().map(str::trim).any(is_comment)
}

/// Whether a `.json` file has several values of JSON, one behind the other, as `jq` reads them.
fn is_json_stream(file: &FileView<'_>) -> bool {
    let is_json = file.path().extension().is_some_and(|ending| ending == "json");
    let mut values =
        serde_json::Deserializer::from_str(file.source().text()).into_iter::<serde::de::IgnoredAny>();
    is_json && !file.file.parsed.problems.is_empty() && values.all(|value| value.is_ok())
}
