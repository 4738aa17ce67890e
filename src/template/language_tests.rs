//! Snippets of templates of charts with what Helm makes of them: `tests/template/helm.txt`.
//!
//! Each line is a snippet that is included into a file of a chart, and the text as JSON (`=>`) or Helm's message (`!!`).

use super::*;
use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::yaml::{self, Cursor};

fn map_of(entries: Vec<(&str, Value)>) -> Value {
    let map = Map::default();
    entries.into_iter().for_each(|(key, value)| map.set(key, value));
    map.into()
}

/// What the file prints, after a chart was rendered with the values of `tests/template/values.yaml`.
fn rendered(snippet: &str) -> Result<String, Failure> {
    let file = |path: &str, text: String| Source::new(path, SourceKind::File, text);
    let values = include_str!("../../tests/template/values.yaml");
    let body =
        format!("{{{{ define \"s\" }}}}{snippet}{{{{ end }}}}out: {{{{ include \"s\" . | toJson }}}}\n");
    let helper = "{{ define \"h\" }}<{{ .Release.Name }}>{{ end }}";
    let map = SourceMap::new(vec![
        file("values.yaml", values.to_owned()),
        file("s.yaml", body),
        file("_h.tpl", helper.to_owned()),
    ]);
    let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), yaml::Limits::default());
    let values = parsed.trees().next().map(|tree| Value::read(Cursor::new(&map, &tree)));
    let values = values.unwrap_or_else(|| Map::default().into());
    if let Data::Map(values) = &values.data {
        values.remove("nothing");
    }
    let dialect = Dialect::Helm(HelmVersion::Four);
    let mut set = Set::new();
    set.add(&Template::file(dialect, "c/templates/_h.tpl", &map, SourceId(2))?);
    set.add(&Template::file(dialect, "c/templates/s.yaml", &map, SourceId(1))?);
    let text = Value::made;
    let root = map_of(vec![
        ("Values", values),
        ("Release", map_of(vec![("Name", text("r")), ("Namespace", text("ns"))])),
        ("Chart", map_of(vec![("Name", text("c"))])),
        ("Template", map_of(vec![("BasePath", text("c/templates"))])),
    ]);
    let output = Render::new(&set, HelmVersion::Four).execute("c/templates/s.yaml", &root)?;
    Ok(output.text().strip_prefix("out: ").unwrap_or_default().trim_end().to_owned())
}

#[test]
fn snippets_give_what_helm_gives() {
    let cases = include_str!("../../tests/template/helm.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in cases.lines() {
        count += 1;
        let json =
            |text: &str| serde_json::from_str::<String>(text).unwrap_or_else(|error| error.to_string());
        let (snippet, expected, found) = if let Some((snippet, expected)) = line.split_once("  =>  ") {
            let found = rendered(snippet).map(|found| json(&found)).unwrap_or_else(|failure| failure.helm());
            (snippet, json(expected), found)
        } else if let Some((snippet, expected)) = line.split_once("  !!  ") {
            let found =
                rendered(snippet).map_or_else(|failure| failure.helm(), |found| format!("text: {found}"));
            (snippet, json(expected).trim_end().to_owned(), found)
        } else {
            panic!("no expectation: {line}");
        };
        if found != expected {
            wrong.push(format!("{snippet}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(count > 500);
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}
