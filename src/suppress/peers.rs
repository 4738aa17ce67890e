//! Other tools' markers, so that a repository keeps the exceptions it has. They concern the rules that carry the
//! tool's ids, and are never reported as unused: the other tool may still need them.

use crate::finding::{Peer, Rule};
use crate::model::File;
use crate::source::{Source, SourceMap, Span};
use crate::yaml::{Comment, Cursor, Tree};

use super::inline::mentions;
use super::scope::{Outline, Scope};

/// One marker.
#[derive(Debug)]
pub(super) struct Marker {
    scope: Scope,
    peer: Peer,
    ids: Ids,
    /// The annotation's key, or the comment.
    pub span: Span,
    /// Where it comes from and what its author wrote.
    pub reason: String,
}

/// The ids a marker names.
#[derive(Debug)]
enum Ids {
    All,
    Only(Vec<String>),
}

/// The pod templates whose annotations a tool reads besides those of the object.
const TEMPLATES: [&[&str]; 2] = [&["spec", "template"], &["spec", "jobTemplate", "spec", "template"]];

impl Marker {
    /// Whether it is about a finding of this rule at this place.
    pub(super) fn concerns(&self, rule: &Rule, offset: u32) -> bool {
        let any = || rule.aliases.iter().any(|alias| alias.peer == self.peer);
        self.scope.covers(offset)
            && match &self.ids {
                Ids::All => any(),
                Ids::Only(ids) => ids.iter().any(|id| rule.has_alias(self.peer, id)),
            }
    }
}

/// All markers of a file.
pub(super) fn read(map: &SourceMap, file: &File) -> Vec<Marker> {
    let mut markers = Vec::new();
    let roots = file.documents.iter().map(|document| &document.tree);
    // A document that is one object is in both lists.
    let objects = file.objects.iter().map(|object| &object.tree);
    let mut seen = Vec::new();
    for tree in roots.chain(objects) {
        if !seen.contains(&tree.root()) {
            seen.push(tree.root());
            annotations(map, tree, &mut markers);
        }
    }
    comments(map.source(file.source), file, &mut markers);
    markers
}

fn annotations(map: &SourceMap, tree: &Tree, markers: &mut Vec<Marker>) {
    let root = Cursor::new(map, tree);
    of_object(root, markers);
    for template in TEMPLATES.iter().filter_map(|path| root.path(path)) {
        of_template(template, markers);
    }
}

fn of_object(object: Cursor<'_>, markers: &mut Vec<Marker>) {
    for (key, value, span) in annotations_of(object) {
        let marker = kube_linter(&key, &value).or_else(|| polaris(&key, &value));
        markers.extend(marker.or_else(|| kube_score(&key, &value)).or_else(|| checkov(&key, &value)).map(
            |(peer, ids, note)| Marker {
                scope: scope_of(object),
                peer,
                ids,
                span,
                reason: reason(peer, "annotation", &note),
            },
        ));
    }
}

fn of_template(template: Cursor<'_>, markers: &mut Vec<Marker>) {
    for (key, value, span) in annotations_of(template) {
        let marker = kube_score(&key, &value).or_else(|| checkov(&key, &value));
        markers.extend(marker.map(|(peer, ids, note)| Marker {
            scope: scope_of(template),
            peer,
            ids,
            span,
            reason: reason(peer, "annotation", &note),
        }));
    }
}

fn scope_of(value: Cursor<'_>) -> Scope {
    Scope { start: value.span().start, end: value.span().end() }
}

fn annotations_of(object: Cursor<'_>) -> Vec<(String, String, Span)> {
    let annotations = object.path(&["metadata", "annotations"]).map(|annotations| annotations.entries());
    let annotations = annotations.unwrap_or_default().into_iter();
    annotations
        .filter_map(|entry| {
            Some((entry.key.text()?.into_owned(), entry.value.text()?.into_owned(), entry.key.span()))
        })
        .collect()
}

fn reason(peer: Peer, what: &str, note: &str) -> String {
    let note = note.trim();
    let colon = if note.is_empty() { "" } else { ": " };
    format!("{} {what}{colon}{note}", peer.name())
}

type Named = (Peer, Ids, String);

/// `ignore-check.kube-linter.io/<check>: reason`, `kube-linter.io/ignore-all: reason`
fn kube_linter(key: &str, value: &str) -> Option<Named> {
    let ids = match key.strip_prefix("ignore-check.kube-linter.io/") {
        Some(check) => Ids::Only(vec![check.to_owned()]),
        None if key == "kube-linter.io/ignore-all" => Ids::All,
        None => return None,
    };
    Some((Peer::KubeLinter, ids, value.to_owned()))
}

/// `polaris.fairwinds.com/<check>-exempt: "true"`, `polaris.fairwinds.com/exempt: "true"`
fn polaris(key: &str, value: &str) -> Option<Named> {
    let name = key.strip_prefix("polaris.fairwinds.com/")?;
    let ids = match name.strip_suffix("-exempt") {
        Some(check) => Ids::Only(vec![check.to_owned()]),
        None if name == "exempt" => Ids::All,
        None => return None,
    };
    value.eq_ignore_ascii_case("true").then(|| (Peer::Polaris, ids, String::new()))
}

/// `kube-score/ignore: "a,b"` (`*` for all), `kube-score/skip: "true"`
fn kube_score(key: &str, value: &str) -> Option<Named> {
    let ids: Vec<String> = value.split(',').map(|id| id.trim().to_owned()).collect();
    let ids = match key {
        "kube-score/ignore" if ids.iter().any(|id| id == "*") => Ids::All,
        "kube-score/ignore" => Ids::Only(ids),
        "kube-score/skip" if value.trim().eq_ignore_ascii_case("true") => Ids::All,
        _ => return None,
    };
    Some((Peer::KubeScore, ids, String::new()))
}

/// `checkov.io/skip1: ID=reason`; any key that contains `checkov.io/skip` counts, and the older `bridgecrew.io/skip`.
fn checkov(key: &str, value: &str) -> Option<Named> {
    if !key.contains("checkov.io/skip") && !key.contains("bridgecrew.io/skip") {
        return None;
    }
    let (id, note) = value.split_once('=').unwrap_or((value, ""));
    Some((Peer::Checkov, Ids::Only(vec![id.trim().to_owned()]), note.to_owned()))
}

fn comments(source: &Source, file: &File, markers: &mut Vec<Marker>) {
    let mut outline = None;
    for comment in &file.parsed.comments {
        let text = source.slice(comment.span);
        if !mentions(text, "checkov:skip")
            && !mentions(text, "bridgecrew:skip")
            && !mentions(text, "kics-scan")
        {
            continue;
        }
        let outline = outline.get_or_insert_with(|| Outline::new(source, file));
        let found = checkov_comment(text, comment, outline).or_else(|| kics_comment(text, comment, outline));
        markers.extend(found.map(|(scope, (peer, ids, note))| Marker {
            scope,
            peer,
            ids,
            span: comment.span,
            reason: reason(peer, "comment", &note),
        }));
    }
}

/// `# checkov:skip=ID:reason`, anywhere in the object or above it.
fn checkov_comment(text: &str, comment: &Comment, outline: &Outline<'_>) -> Option<(Scope, Named)> {
    let rest =
        ["checkov:skip=", "bridgecrew:skip="].iter().find_map(|mark| Some(text.split_once(mark)?.1))?;
    let rest = rest.trim_start_matches(' ');
    let length = rest
        .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .unwrap_or(rest.len());
    let (id, note) = rest.split_at(length);
    let note = note.strip_prefix(':').unwrap_or_default();
    let named = (Peer::Checkov, Ids::Only(vec![id.to_owned()]), note.to_owned());
    Some((outline.object(comment)?, named)).filter(|_| !id.is_empty())
}

/// `# kics-scan ignore` and `disable=…` above all content; `ignore-line` and `ignore-block` above what they are
/// about.
// `enable=…` is left out: it means "nothing but these queries", and a rule whose query ids are not all known would
// be suppressed where it was asked for.
fn kics_comment(text: &str, comment: &Comment, outline: &Outline<'_>) -> Option<(Scope, Named)> {
    let words = text.trim_start_matches('#').trim().to_lowercase();
    let command = words.strip_prefix("kics-scan")?.split_whitespace().next()?.to_owned();
    if !comment.own_line {
        return None;
    }
    let list = |ids: &str| ids.split(',').map(|id| id.trim().to_owned()).collect();
    let at_start = outline.is_before_content(comment);
    let (scope, ids) = match command.split_once('=') {
        None if command == "ignore-line" => (outline.two_lines(comment), Ids::All),
        None if command == "ignore-block" => (outline.below(comment), Ids::All),
        None if command == "ignore" && at_start => (Scope::FILE, Ids::All),
        Some(("disable", ids)) if at_start => (Scope::FILE, Ids::Only(list(ids))),
        _ => return None,
    };
    Some((scope, (Peer::Kics, ids, String::new())))
}
