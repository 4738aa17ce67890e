//! Where the text of charts comes from: values, templates, conditions, calls, and what is not there.

use super::*;
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{self, Cursor};

const VALUES: &str = "\
image:
  repository: shop
  tag: v1
resources: {}
enabled: true
disabled: false
labels:
  app: web
  note: |
    first
    second
template: 'x-{{ .Values.image.tag }}'
password: secret
count: 3
";

/// A chart of one file and the values above.
struct Chart {
    map: SourceMap,
    output: Output,
    trace: Trace,
}

fn chart(template: &str) -> Chart {
    let file = |path: &str, text: &str| Source::new(path, SourceKind::File, text.to_owned());
    let map = SourceMap::new(vec![file("values.yaml", VALUES), file("t.yaml", template)]);
    let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), yaml::Limits::default());
    let values = parsed.trees().next().map(|tree| Value::read(Cursor::new(&map, &tree)));
    let root = Map::default();
    root.set("Values", values.unwrap_or_else(|| Map::default().into()));
    let mut set = Set::new();
    let template = Template::file(Dialect::Helm(HelmVersion::Four), "c/templates/t.yaml", &map, SourceId(1));
    template.iter().for_each(|template| set.add(template));
    let mut render = Render::new(&set, HelmVersion::Four);
    let output = render.execute("c/templates/t.yaml", &root.into()).unwrap_or_default();
    let trace = render.finish();
    Chart { map, output, trace }
}

impl Chart {
    /// The explanation of the first place where a text stands.
    fn of(&self, text: &str) -> Explanation {
        let start =
            self.output.text().find(text).unwrap_or_else(|| panic!("no {text} in {:?}", self.output.text()));
        self.trace.explain(&self.output, start..start + text.len())
    }

    /// A place as `values:3:name`, or `template:…`.
    fn place(&self, span: Span) -> String {
        let file = if span.source == SourceId(0) { "values" } else { "template" };
        let line = self.map.source(span.source).position(span.start).line;
        format!("{file}:{line}:{}", self.map.slice(span))
    }

    fn origins(&self, text: &str) -> Vec<String> {
        self.of(text).origins.iter().map(|origin| self.place(origin.span)).collect()
    }

    fn places(&self, origins: &[Origin]) -> Vec<String> {
        origins.iter().map(|origin| self.place(origin.span)).collect()
    }
}

#[test]
fn values_are_named_through_everything_that_keeps_text() {
    for (template, text, expected) in [
        ("a: {{ .Values.image.tag }}", "v1", &["values:3:v1"][..]),
        (
            "a: {{ .Values.image.repository }}:{{ .Values.image.tag }}",
            "shop:v1",
            &["values:2:shop", "values:3:v1", "template:1::"],
        ),
        ("a: {{ .Values.image.tag | quote }}", "v1", &["values:3:v1"]),
        ("a: {{ .Values.image.tag | upper | indent 2 }}", "V1", &["values:3:v1"]),
        ("a: {{ printf \"%s-%s\" .Values.image.tag \"x\" }}", "v1", &["values:3:v1"]),
        ("a: {{ .Values.absent | default \"d\" }}", "d", &["template:1:d"]),
        ("a:{{ toYaml .Values.labels | nindent 2 }}", "web", &["values:8:web"]),
        ("a:{{ toYaml .Values.labels | nindent 2 }}", "app", &["values:8:app"]),
        ("a:{{ toYaml .Values.labels | nindent 2 }}", "second", &["values:11:second"]),
        ("a: {{ toJson .Values.labels }}", "web", &["values:8:web"]),
        ("a: {{ (toYaml .Values.image | fromYaml).tag }}", "v1", &["values:3:v1"]),
        ("a: {{ (.Values.image | toJson | fromJson).tag }}", "v1", &["values:3:v1"]),
        ("a: {{ (merge (dict) .Values.image).tag }}", "v1", &["values:3:v1"]),
        ("a: {{ .Values.count }}", "3", &["values:14:3"]),
        ("a: {{ .Values.count | int }}", "3", &["values:14:3"]),
        ("a: {{ tpl .Values.template . }}", "x-", &["values:12:x-"]),
        ("a: {{ tpl .Values.template . }}", "v1", &["values:3:v1"]),
        (
            "{{ define \"n\" }}{{ .Values.image.tag | trunc 63 | trimSuffix \"-\" }}{{ end }}a: {{ include \"n\" . }}",
            "v1",
            &["values:3:v1"],
        ),
        ("{{ range $k, $v := .Values.image }}{{ $k }}={{ $v }};{{ end }}", "tag", &["values:3:tag"]),
        ("a: {{ regexReplaceAll \"h\" .Values.image.repository \"-\" }}", "op", &["values:2:op"]),
        ("plain: text", "text", &["template:1:text"]),
    ] {
        let chart = chart(template);
        assert_eq!(chart.origins(text), expected, "{template}");
    }
}

#[test]
fn computed_text_names_all_that_was_read() {
    let chart = chart("a: {{ printf \"%s%s\" .Values.password .Values.image.tag | sha256sum }}");
    let text = chart.output.text().trim_start_matches("a: ").to_owned();
    let explanation = chart.of(&text);
    assert_eq!(explanation.origins.first().map(|origin| origin.mark), Some(Mark::Derived));
    let mut also = chart.places(&explanation.also);
    also.extend(chart.places(&explanation.origins));
    assert!(
        also.contains(&"values:13:secret".to_owned()) && also.contains(&"values:3:v1".to_owned()),
        "{also:?}"
    );
}

#[test]
fn chance_is_marked() {
    for template in
        ["a: {{ randAlphaNum 8 }}", "a: {{ (genCA \"x\" 1).Cert | b64enc }}", "a: {{ now | date \"2006\" }}"]
    {
        let chart = chart(template);
        let end = chart.output.text().len();
        let explanation = chart.trace.explain(&chart.output, 3..end);
        let marks: Vec<Mark> = explanation.origins.iter().map(|origin| origin.mark).collect();
        assert_eq!(marks, [Mark::Chance], "{template}");
    }
}

#[test]
fn calls_and_conditions_are_named() {
    let chart = chart(
        "{{ define \"n\" }}name: {{ .Values.image.tag }}{{ end }}{{ if .Values.enabled }}a:{{ include \"n\" . | nindent 2 }}{{ end }}",
    );
    let explanation = chart.of("v1");
    let calls: Vec<&str> = explanation.calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(calls, ["n", "c/templates/t.yaml"]);
    let conditions: Vec<String> =
        explanation.conditions.iter().flat_map(|condition| chart.places(&condition.reads)).collect();
    assert_eq!(conditions, ["values:5:true"]);
    assert_eq!(
        explanation.printed_by.map(|span| chart.place(span)),
        Some("template:1:.Values.image.tag".to_owned())
    );
}

#[test]
fn what_is_not_there_is_marked() {
    for (template, expected) in [
        ("a: 1\n{{- with .Values.resources }}\nresources: {{ . }}\n{{- end }}\n", "values:4:{}"),
        ("a: 1\nresources: {{ toYaml .Values.resources }}\n", "values:4:{}"),
        ("a: 1\n{{- if .Values.disabled }}\nb: 2\n{{- end }}\n", "values:6:false"),
        (
            "{{ define \"r\" }}{{- if .Values.disabled }}b{{ end }}{{ end }}a: 1\n{{ include \"r\" . | trim }}\n",
            "values:6:false",
        ),
        ("a: 1\n{{- if .Values.enabled }}\n{{- else }}\nb: 2\n{{- end }}\n", "values:5:true"),
    ] {
        let chart = chart(template);
        let markers = chart.trace.markers(&chart.output, 0..chart.output.text().len());
        let reads: Vec<String> = markers.iter().flat_map(|marker| chart.places(&marker.reads)).collect();
        assert!(reads.contains(&expected.to_owned()), "{template}: {reads:?}");
    }
}

#[test]
fn the_document_of_an_output_has_its_places() {
    let chart = chart("a:{{ toYaml .Values.labels | nindent 2 }}\nb: {{ .Values.image.tag }}\n");
    let id = chart.output.document(&chart.map);
    let parsed = yaml::parse(chart.map.source(id), id, yaml::Limits::default());
    let tree = parsed
        .trees()
        .next()
        .map(|tree| Cursor::new(&chart.map, &tree).path(&["b"]).map(|b| (b.span(), b.step())));
    let (span, step) = tree.flatten().unwrap_or((Span::new(id, 0, 0), crate::source::StepId::PARSED));
    let place = chart.map.editable(span, step).map(|span| chart.place(span));
    assert_eq!(place, Some("values:3:v1".to_owned()));
}

/// Renders of many charts go on side by side, and share parsed templates.
#[test]
fn what_leaves_a_render_can_be_sent() {
    fn is_sendable<T: Send + Sync>() {}
    is_sendable::<Template>();
    is_sendable::<Set>();
    is_sendable::<Output>();
    is_sendable::<Trace>();
    is_sendable::<Failure>();
}
