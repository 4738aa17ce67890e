//! Which values templates may read, whatever they are given.
//!
//! Owns what is known of the values of each chart once its templates were followed: the fields that are named, and the
//! maps that are taken whole. Every branch counts, taken or not. Whoever asks is told more rather than less: what cannot
//! be followed takes everything. Must not know how charts are laid out, nor what their values are.

mod abstracted;
mod call;
mod follow;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::set::Template;
use abstracted::{Atom, Known};
use follow::Follow;

/// Fields in each other are told apart this deep.
const DEPTH: u32 = 24;

/// Which values the templates of some charts read.
#[derive(Debug)]
pub struct Reads {
    nodes: Vec<Node>,
    /// The words of texts in the templates that may be templates themselves.
    words: FxHashSet<Box<str>>,
    /// Whether any of them executes texts.
    has_tpl: bool,
    /// A text that may be a part of a template names values.
    is_made: bool,
    /// Something takes values in a way that cannot be followed.
    is_lost: bool,
}

/// A place in values.
#[derive(Default, Debug)]
struct Node {
    fields: FxHashMap<Box<str>, u32>,
    depth: u32,
    /// All that is below may be read.
    is_whole: bool,
    /// It decides something by being empty or not.
    is_tested: bool,
}

/// A place in the values of a chart that templates name.
#[derive(Clone, Copy, Debug)]
pub struct Read<'r> {
    reads: &'r Reads,
    node: &'r Node,
}

impl Reads {
    /// What the templates of charts read, each of which has values of its own. Helpers are shared by all of them.
    pub fn of(charts: &[Vec<Arc<Template>>]) -> Self {
        let nodes = charts.iter().map(|_| Node::default()).collect();
        let mut reads =
            Self { nodes, words: FxHashSet::default(), has_tpl: false, is_made: false, is_lost: false };
        let mut follow = Follow::new(&mut reads, charts.iter().flatten());
        for (chart, templates) in charts.iter().enumerate() {
            let root = Known::from([Atom::Root(chart as u32)]);
            templates.iter().for_each(|template| follow.call(template.name(), &root));
        }
        follow.run();
        reads.is_lost |= reads.is_made && reads.has_tpl;
        reads
    }

    /// The values of a chart, by its place among those that were given; `None` when anything may be read of them.
    pub fn of_chart(&self, chart: usize) -> Option<Read<'_>> {
        let node = self.nodes.get(chart).filter(|node| !self.is_lost && !node.is_whole)?;
        Some(Read { reads: self, node })
    }

    /// Whether a word stands in a text of the templates that may be a template.
    pub fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Whether texts of values may be templates.
    pub fn has_tpl(&self) -> bool {
        self.has_tpl
    }

    fn field(&mut self, at: u32, name: &str) -> u32 {
        let node = &mut self.nodes[at as usize];
        if let Some(&known) = node.fields.get(name) {
            return known;
        }
        if node.depth >= DEPTH {
            node.is_whole = true;
            return at;
        }
        let depth = node.depth + 1;
        let new = self.nodes.len() as u32;
        self.nodes[at as usize].fields.insert(name.into(), new);
        self.nodes.push(Node { depth, ..Node::default() });
        new
    }
}

impl<'r> Read<'r> {
    /// A field of it; `None` when no template names it.
    pub fn field(self, name: &str) -> Option<Read<'r>> {
        let node = self.reads.nodes.get(*self.node.fields.get(name)? as usize)?;
        Some(Read { node, ..self })
    }

    /// Whether all that is below may be read.
    pub fn is_whole(self) -> bool {
        self.node.is_whole
    }

    /// Whether it decides something by being empty or not.
    pub fn is_tested(self) -> bool {
        self.node.is_tested
    }

    /// The names of its fields.
    pub fn names(self) -> impl Iterator<Item = &'r str> {
        self.node.fields.keys().map(|name| &**name)
    }
}

/// The words of a text that may be a template: what could be the name of a field.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_' || sign == '-'))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::template::{Dialect, HelmVersion, Text};

    /// What templates read, as `a.b`; `a.*` when all of it.
    fn read(templates: &[&str]) -> String {
        let parse = |(index, text): (usize, &&str)| {
            let name = format!("file{index}");
            Template::parse(Dialect::Helm(HelmVersion::Four), &name, &Text::made(*text)).unwrap()
        };
        let reads = Reads::of(&[templates.iter().enumerate().map(parse).collect()]);
        let Some(root) = reads.of_chart(0) else { return "anything".to_owned() };
        let mut found = Vec::new();
        let mut open = vec![(root, String::new())];
        while let Some((read, way)) = open.pop() {
            let mut names: Vec<&str> = read.names().collect();
            names.sort_unstable();
            if read.is_whole() || names.is_empty() {
                found.push(format!("{way}{}", if read.is_whole() { ".*" } else { "" }));
                continue;
            }
            for name in names {
                let way = if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
                open.push((read.field(name).unwrap(), way));
            }
        }
        found.sort();
        found.join(" ")
    }

    #[test]
    fn fields_are_followed_through_variables_branches_and_helpers() {
        for (templates, expected) in [
            (&["{{ .Values.a.b }}"][..], "a.b.*"),
            (&["{{ if .Values.a }}{{ .Values.b.c }}{{ else }}{{ .Values.d }}{{ end }}"], "a b.c.* d.*"),
            (&["{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ end }}"], "a.b.* c.*"),
            (&["{{ $x := .Values.a }}{{ if 1 }}{{ $x = .Values.b }}{{ end }}{{ $x.c }}"], "a.c.* b.c.*"),
            (&["{{ range .Values.a }}{{ .b }}{{ end }}"], "a.*"),
            (&["{{ range list .Values.a .Values.b }}{{ .c }}{{ end }}"], "a.c.* b.c.*"),
            (&["{{ include \"h\" . }}", "{{ define \"h\" }}{{ .Values.a }}{{ end }}"], "a.*"),
            (
                &[
                    "{{ include \"h\" (dict \"x\" .Values.a \"r\" $) }}",
                    "{{ define \"h\" }}{{ .x.b }}{{ .r.Values.c }}{{ end }}",
                ],
                "a.b.* c.*",
            ),
            (&["{{ (index .Values \"a\" \"b\").c }}{{ dig \"e\" \"f\" 1 .Values.d }}"], "a.b.c.* d.e.f.*"),
            (&["{{ .Values.a.b | default .Values.c | quote }}"], "a.b.* c.*"),
            (&["{{ toYaml .Values.a }}"], "a.*"),
            (&["{{ tpl .Values.a . }}"], "a.*"),
        ] {
            assert_eq!(read(templates), expected, "{templates:?}");
        }
    }

    #[test]
    fn what_cannot_be_followed_reads_everything() {
        for templates in [
            &["{{ toYaml .Values }}"][..],
            &["{{ include \"elsewhere\" . }}"],
            &["{{ include (printf \"%s\" .Values.a) . }}"],
            &["{{ range $name, $value := .Values }}{{ $value }}{{ end }}"],
            &["{{ $_ := set . \"Values\" .Values.a }}{{ .Values.b }}"],
            &["{{ .Subcharts.a.Values.b }}"],
            &["{{ tpl (printf \"{{ .Values.%s }}\" .Values.name) . }}"],
            &["{{ $text := print \"{{ .Values.\" .Values.name \" }}\" }}{{ tpl $text . }}"],
        ] {
            assert_eq!(read(templates), "anything", "{templates:?}");
        }
    }

    #[test]
    fn templates_that_call_themselves_come_to_an_end() {
        let walk =
            "{{ define \"h\" }}{{ .a }}{{ include \"h\" .next }}{{ include \"h\" (dict \"n\" .) }}{{ end }}";
        assert!(!read(&["{{ include \"h\" .Values.tree }}", walk]).is_empty());
    }
}
