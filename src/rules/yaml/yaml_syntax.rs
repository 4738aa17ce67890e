//! `yaml-syntax`

use crate::engine::{Check, Cx, rule};
use crate::model::FileView;
use crate::yaml::ProblemKind;

use super::problem;
use super::reading::Reading;

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
    /// - templates of charts, which are text until they are rendered, and templates that nothing is known to read as they are
    /// - `.json` files of several values behind one another, which programs read one by one, and with comments, as editors and
    ///   .NET have them, as long as they hold no manifests
    /// - other `.json` that holds no manifest, whose program may take more than JSON: a note
    /// - places that are filled in first: where the reader stops or beside it, a line begins with `{{ if … }}`, `{% if … %}`,
    ///   `%{ if … }` or `<NAME>`, or with a word for `{{ .Name }}`, `${NAME}` or `%NAME%` the line is YAML: a note
    ///
    /// Nothing of this counts for what Kustomize or a controller reads as it is written: it refuses the file. What a
    /// generator puts into a ConfigMap is text to it.
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
    let is_json = file.path().extension().is_some_and(|ending| ending == "json");
    if is_json && !file.file.parsed.problems.is_empty() && is_for_a_program(file, cx) {
        return;
    }
    // What an exporter prints, under whatever name it was kept: <https://prometheus.io/docs/instrumenting/exposition_formats/>.
    if ["# HELP ", "# TYPE "].iter().any(|start| file.source().text().starts_with(start))
        && Reading::of(file, cx.world()) == Reading::Unknown
    {
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

/// Whether a file of JSON that no part of Kubernetes reads has several values one behind the other, as `jq` reads them, or
/// comments, which editors and .NET allow in theirs.
fn is_for_a_program(file: &FileView<'_>, cx: &Cx<'_>) -> bool {
    let text = file.source().text();
    let is_read = |text: &str| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        values.all(|value| value.is_ok())
    };
    !text.contains("\"apiVersion\"")
        && Reading::of(file, cx.world()) != Reading::AsItIs
        && (is_read(text) || is_read(&without_comments(text)))
}

/// JSON without its comments, and without the commas behind which nothing follows but the end of a list or of an object.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let mut is_escaped = false;
                let end = rest[1..].find(|c: char| {
                    let is_end = c == '"' && !is_escaped;
                    is_escaped = c == '\\' && !is_escaped;
                    is_end
                });
                end.map_or(rest.len(), |end| end + 2)
            }
            '/' if rest.starts_with("//") => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
                continue;
            }
            '}' | ']' => {
                let end = kept.trim_end();
                kept.truncate(end.strip_suffix(',').unwrap_or(end).len());
                1
            }
            other => other.len_utf8(),
        };
        let (part, behind) = rest.split_at(length);
        kept.push_str(part);
        rest = behind;
    }
    kept
}
