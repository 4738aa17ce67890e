//! The git generator: an element for each directory or file that matches.
//!
//! Owns what is matched and the parameters `path…`. Source: `applicationset/generators/git.go`.

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::graph::owner::{Remark, RemarkKind};
use crate::graph::{Revision, Status, Whose};
use crate::model::Document;
use crate::source::Span;
use crate::template::{Map, Text, Value, normalize};
use crate::yaml::Cursor;

use super::element::{Element, Params, flatten};
use super::{Run, glob};

/// What a git generator looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Directories,
    Files,
}

/// A pattern of `directories` or `files`.
struct Pattern {
    text: String,
    excludes: bool,
    at: Span,
}

impl Run<'_, '_> {
    /// The elements of a git generator; a symbolic one when the repository is another one.
    pub fn git(&mut self, body: Cursor<'_>, outer: Option<&Params>) -> Vec<Element> {
        let lists = [("directories", Wanted::Directories), ("files", Wanted::Files)];
        // Argo CD looks at directories first, and then at nothing else.
        let found = lists.into_iter().find_map(|(name, wanted)| {
            body.get(name).filter(|list| list.items().next().is_some()).map(|list| (list, wanted))
        });
        let Some((list, wanted)) = found else { return Vec::new() };
        let at = body.get("repoURL").unwrap_or(body);
        match self.matched(body, list, wanted, outer) {
            Ok(paths) => {
                let lost = paths.iter().find(|path| wanted == Wanted::Files && self.is_lost(path));
                let unread = lost.map(|path| Status::Unverifiable(format!("`{path}` cannot be read").into()));
                self.edge(at, unread.unwrap_or(Status::Resolved));
                let elements = paths.iter().flat_map(|path| self.elements(body, wanted, path, outer));
                elements.collect()
            }
            Err((status, why)) => {
                self.edge(at, status);
                vec![self.unknown(body, wanted, &why, outer)]
            }
        }
    }

    /// The paths that match, or how far the generator could be followed and why no further.
    fn matched(
        &mut self,
        body: Cursor<'_>,
        list: Cursor<'_>,
        wanted: Wanted,
        outer: Option<&Params>,
    ) -> Result<Vec<String>, (Status, String)> {
        let unverifiable = |why: &str| (Status::Unverifiable(why.to_owned().into()), why.to_owned());
        let text = |name: &str| match body.get(name) {
            Some(value) => self.text(value, outer).map_err(|why| unverifiable(&why)),
            None => Ok(Text::default()),
        };
        let (url, revision) = (text("repoURL")?, text("revision")?);
        let whose = match url.as_str().contains("{{") {
            true => return Err(unverifiable("the repository is not known")),
            false => self.context.this.whose(url.as_str()),
        };
        if whose == Whose::Foreign {
            return Err((Status::External, "the files of another repository are not at hand".to_owned()));
        }
        let mut patterns = Vec::new();
        for item in list.items() {
            let Some(path) = item.get("path") else { continue };
            let pattern = self.text(path, outer).map_err(|why| unverifiable(&why))?;
            patterns.push(Pattern {
                text: pattern.as_str().to_owned(),
                excludes: item.get("exclude").is_some_and(|exclude| exclude.bool() == Some(true)),
                at: path.span(),
            });
        }
        let (includes, excludes): (Vec<&Pattern>, Vec<&Pattern>) =
            patterns.iter().partition(|pattern| !pattern.excludes);
        let has_star = || patterns.iter().any(|pattern| pattern.text.contains('*'));
        let is_new = wanted == Wanted::Files && has_star() && self.context.has_new_globbing();
        let matches = |pattern: &Pattern, path: &str| match wanted {
            Wanted::Directories => glob::directory(&pattern.text, path),
            Wanted::Files if is_new => glob::segments(&pattern.text, path),
            Wanted::Files => glob::file(&pattern.text, path),
        };
        let mut paths = BTreeSet::new();
        let mut empty = Vec::new();
        for include in &includes {
            let candidates = self.candidates(wanted, glob::literal(&include.text));
            let found: Vec<String> = candidates.into_iter().filter(|path| matches(include, path)).collect();
            if found.is_empty() {
                empty.push(*include);
            }
            paths.extend(found);
        }
        paths.retain(|path| !excludes.iter().any(|exclude| matches(exclude, path)));
        let is_current = self.context.this.revision(Some(revision.as_str())) == Revision::WorkTree;
        if paths.is_empty() && (whose == Whose::Unknown || !is_current) {
            let why =
                if is_current { "the repository may be another one" } else { "the revision is not at hand" };
            return Err(unverifiable(why));
        }
        // What is no YAML or JSON is not at hand, and a generator can read more than that.
        let is_read =
            |pattern: &&Pattern| [".yaml", ".yml", ".json"].iter().any(|end| pattern.text.ends_with(end));
        if wanted == Wanted::Files && paths.is_empty() && !includes.iter().all(is_read) {
            return Err(unverifiable("such files are not read"));
        }
        // What a matrix fills in may well match nothing for some of its elements.
        if is_current && outer.is_none() {
            let what = if wanted == Wanted::Files { "file" } else { "directory" };
            let nothing = |pattern: &Pattern, kind| Remark {
                kind,
                at: pattern.at,
                message: format!("`{}` matches no {what}", pattern.text),
            };
            match includes.first() {
                // What is there is excluded, one by one: nothing is wanted now.
                Some(_) if paths.is_empty() && empty.is_empty() => {}
                Some(first) if paths.is_empty() => {
                    self.remarks.push(nothing(first, RemarkKind::MatchesNothing));
                }
                _ => self
                    .remarks
                    .extend(empty.iter().map(|pattern| nothing(pattern, RemarkKind::PatternMatchesNothing))),
            }
        }
        Ok(paths.into_iter().collect())
    }

    /// The directories or files below a directory.
    fn candidates(&self, wanted: Wanted, below: &str) -> BTreeSet<String> {
        let files = self.context.below(Utf8Path::new(below)).map(|(path, _)| path);
        match wanted {
            Wanted::Files => files.map(|path| path.as_str().to_owned()).collect(),
            Wanted::Directories => {
                let directories = files.flat_map(|path| path.ancestors().skip(1)).filter(|path| {
                    let parts = || path.components().map(|part| part.as_str());
                    parts().next().is_some() && !parts().any(|part| part.starts_with('.'))
                });
                directories.map(|path| path.as_str().to_owned()).collect()
            }
        }
    }

    /// The elements of one path: one of a directory, and of a file one for each object in it.
    fn elements(&self, body: Cursor<'_>, wanted: Wanted, path: &str, outer: Option<&Params>) -> Vec<Element> {
        let objects = match wanted {
            Wanted::Directories => vec![Value::from(Map::default())],
            Wanted::Files => match self.objects(path) {
                Some(objects) => objects,
                None => return vec![self.unknown(body, wanted, &format!("`{path}` cannot be read"), outer)],
            },
        };
        let (directory, filename) = match (wanted, path.rsplit_once('/')) {
            (Wanted::Directories, _) => (path, None),
            (Wanted::Files, Some((directory, name))) => (directory, Some(name)),
            (Wanted::Files, None) => (".", Some(path)),
        };
        let prefix = self.prefix(body, outer);
        let element = |object: &Value| {
            let params = Params::default();
            if let crate::template::Data::Map(map) = &object.data {
                match self.language.is_go {
                    true => map.entries().into_iter().for_each(|(key, value)| params.map.set(key, value)),
                    false if map.is_empty() => {}
                    false => flatten("", object, &params.map),
                }
            }
            self.set_path(&params, &prefix, directory, filename);
            self.values(body, outer, &params);
            Element { params, ..Element::default() }
        };
        objects.iter().map(element).collect()
    }

    fn prefix(&self, body: Cursor<'_>, outer: Option<&Params>) -> String {
        let prefix = body.get("pathParamPrefix").and_then(|prefix| self.text(prefix, outer).ok());
        prefix.map(|prefix| prefix.as_str().to_owned()).unwrap_or_default()
    }

    fn set_path(&self, params: &Params, prefix: &str, directory: &str, filename: Option<&str>) {
        let basename = directory.rsplit('/').next().unwrap_or_default();
        let normal = |text: &str| Value::from(normalize(&Text::made(text)));
        let mut fields = vec![("basename", Value::made(basename)), ("basenameNormalized", normal(basename))];
        if let Some(filename) = filename {
            fields.push(("filename", Value::made(filename)));
            fields.push(("filenameNormalized", normal(filename)));
        }
        let segments = directory.split('/').map(Value::made);
        if self.language.is_go {
            let path = Map::default();
            path.set("path", Value::made(directory));
            path.set("segments", segments.collect::<Vec<_>>().into());
            fields.into_iter().for_each(|(name, value)| path.set(name, value));
            if prefix.is_empty() {
                params.map.set("path", path.into());
            } else {
                let outer = Map::default();
                outer.set("path", path.into());
                params.map.set(prefix, outer.into());
            }
        } else {
            let name = if prefix.is_empty() { "path".to_owned() } else { format!("{prefix}.path") };
            params.map.set(name.as_str(), Value::made(directory));
            fields.into_iter().for_each(|(field, value)| params.map.set(format!("{name}.{field}"), value));
            for (index, segment) in segments.enumerate() {
                params.map.set(format!("{name}[{index}]"), segment);
            }
        }
    }

    /// Whether the first document of a file, the only one that counts, cannot be read.
    fn is_lost(&self, path: &str) -> bool {
        let Some(file) = self.context.repository.file(Utf8Path::new(path)) else { return false };
        let start =
            |document: &Document| document.tree.nodes().first().map_or(u32::MAX, |root| root.span.start);
        let first = file.documents.first().map_or(u32::MAX, start);
        let mut problems = file.parsed.problems.iter();
        problems.any(|problem| problem.kind.loses_document() && problem.span.start < first)
    }

    /// The objects of a file: itself, or the items of a list; `None` when it cannot be read.
    fn objects(&self, path: &str) -> Option<Vec<Value>> {
        let file = self.context.repository.file(Utf8Path::new(path))?;
        if self.is_lost(path) {
            return None;
        }
        let Some(document) = file.documents.first() else { return Some(vec![Map::default().into()]) };
        let root = Cursor::new(self.context.map, &document.tree);
        match (root.is_map(), root.is_seq()) {
            (true, _) => Some(vec![Value::read_with_written_keys(root)]),
            (_, true) => Some(root.items().map(Value::read_with_written_keys).collect()),
            _ => root.is_null().then(|| vec![Map::default().into()]),
        }
    }

    /// The element of a generator whose paths are not known.
    fn unknown(&self, body: Cursor<'_>, wanted: Wanted, why: &str, outer: Option<&Params>) -> Element {
        let prefix = self.prefix(body, outer);
        let params = match wanted {
            Wanted::Files => Params::opaque(why),
            Wanted::Directories if self.language.is_go => {
                let params = Params::default();
                let name = if prefix.is_empty() { "path" } else { prefix.as_str() };
                params.map.set(name, Map::open(why).into());
                params
            }
            Wanted::Directories => {
                let name = if prefix.is_empty() { "path".to_owned() } else { format!("{prefix}.path") };
                Params { map: Map::default(), open: vec![(name, why.into())] }
            }
        };
        self.values(body, outer, &params);
        Element { params, symbolic: Some(why.into()), template: None }
    }
}
