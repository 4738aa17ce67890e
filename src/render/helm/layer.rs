//! Where the values of a release come from, and their order.
//!
//! Owns reading one layer into a map. Who asks for it (a command line, an Application, a HelmRelease), the caller knows.

use camino::Utf8PathBuf;

use crate::render::Event;
use crate::render::kustomize::{Documents, Files, Place};
use crate::source::{SourceId, SourceMap, Span, StepId};
use crate::template::{Data, Map, Origin, Text, Value};
use crate::yaml::{Cursor, Schema, Tree, Typed};

use super::load::refused;
use super::maps::{deep_copy, merged};
use super::set::{SetKind, set_into};
use super::unshown;

/// Values that are laid over those before.
#[derive(Clone, Debug)]
pub enum ValuesLayer {
    /// A file of the repository.
    File {
        /// Its path relative to the root.
        path: Utf8PathBuf,
        /// Where it is named, if that is in a file.
        at: Option<Span>,
        /// Nothing is wrong when it is not there (`ignoreMissingValueFiles`, `optional`).
        is_optional: bool,
    },
    /// A map that is written in an object: `spec.values`, `valuesObject`, `valuesInline`.
    Inline(Tree),
    /// A scalar whose text is a file of values: `values: |`, a key of a ConfigMap.
    Embedded(Tree),
    /// `--set` and its kin, or a parameter of an object.
    Set {
        /// How the text behind `=` is read.
        kind: SetKind,
        /// `name=value`, as on a command line.
        text: String,
        /// Where it is written, if that is in a file.
        at: Option<Span>,
    },
    /// What a Secret holds, of which only the shape is used: see [`UNSHOWN`](super::UNSHOWN).
    Secret {
        /// A file of values, or the value of `target`.
        text: String,
        /// The keys that lead to the one value that it is.
        target: Option<String>,
        /// Where the Secret is named.
        at: Span,
    },
}

/// The documents of a file of values as maps. An error has its place.
pub(super) fn maps(sources: &SourceMap, documents: &Documents) -> Result<Vec<Tree>, (Span, String)> {
    if let Some((span, problem)) = &documents.problem {
        return Err((*span, problem.clone()));
    }
    let no_map = documents.trees.iter().map(|tree| Cursor::new(sources, tree)).find(|root| !root.is_map());
    match no_map {
        Some(root) => Err((root.span(), "values are a map".to_owned())),
        None => {
            let mut roots = documents.trees.iter().map(|tree| Cursor::new(sources, tree));
            match roots.find_map(|root| no_json(root).map(|number| number.span())) {
                Some(span) => Err((span, "a number that is not finite has no form in JSON".to_owned())),
                None => Ok(documents.trees.clone()),
            }
        }
    }
}

/// A number that JSON does not have; Helm makes JSON of all YAML that it reads.
pub(super) fn no_json(root: Cursor<'_>) -> Option<Cursor<'_>> {
    let is_wild = |scalar: &Cursor<'_>| {
        let is_wild = |typed: Typed<'_>| matches!(typed, Typed::Float(number) if !number.is_finite());
        scalar.typed_as(Schema::GoYamlV2, is_wild).unwrap_or_default()
    };
    root.scalars().find(is_wild)
}

/// A layer by itself.
pub(super) struct Given {
    /// Where it stands; `None` for a command line.
    pub at: Option<Span>,
    /// The file that is all of it.
    pub file: Option<SourceId>,
    /// Its values.
    pub map: Map,
}

/// All layers as one map, and each by itself. `is_named` says whether a key stands in the chart.
pub(super) fn combined(
    files: &Files<'_>,
    layers: &[ValuesLayer],
    fallback: Span,
    is_named: &dyn Fn(&str) -> bool,
) -> Result<(Map, Vec<Given>), Event> {
    let mut values = Map::default();
    let mut given = Vec::new();
    for layer in layers {
        match layer {
            ValuesLayer::Set { kind, text, at: written } => {
                let origin = written.map(|span| Origin::value(span, StepId::PARSED));
                let place = written.unwrap_or(fallback);
                let mut read = |path: &str| content(files, path, place);
                let alone = Map::default();
                for map in [&values, &alone] {
                    set_into(map, *kind, text, origin, &mut read)
                        .map_err(|message| refused(place, unparsed(text, &message, written.is_some())))?;
                }
                given.push(Given { at: *written, file: None, map: alone });
            }
            ValuesLayer::Secret { text, target, at: written } => {
                let origin = Origin::value(*written, StepId::PARSED);
                let over = match target {
                    Some(target) => {
                        let over = Map::default();
                        let text = format!("{target}={}", unshown::UNSHOWN);
                        let mut none = |_: &str| Err("no file is read".to_owned());
                        set_into(&over, SetKind::Text, &text, Some(origin), &mut none)
                            .map_err(|_| refused(*written, "`targetPath` leads to no value".to_owned()))?;
                        over
                    }
                    None => unshown::values(text, origin, is_named)
                        .ok_or_else(|| refused(*written, "the Secret holds no map of values".to_owned()))?,
                };
                // What it repeats must not be told.
                given.push(Given { at: None, file: None, map: deep_copy(&over) });
                values = merged(files.map, &values, &over);
            }
            layer => {
                let maps = read(files, layer, fallback)?;
                let (at, file) = stands(files, layer);
                for map in maps {
                    // `--set` changes maps in place, also those that came from a file.
                    given.push(Given { at, file, map: deep_copy(&map) });
                    values = merged(files.map, &values, &map);
                }
            }
        }
    }
    Ok((values, given))
}

/// What is wrong with `name=value`. The value of a file may be a secret, and so may any word of it.
fn unparsed(text: &str, message: &str, is_written: bool) -> String {
    if !is_written {
        return format!("failed parsing `{text}`: {message}");
    }
    let name = text.split('=').next().unwrap_or_default();
    match message.contains('"') {
        true => format!("failed parsing the value of `{name}`"),
        false => format!("failed parsing the value of `{name}`: {message}"),
    }
}

/// Where a layer stands that was read, and the file that is all of it.
fn stands(files: &Files<'_>, layer: &ValuesLayer) -> (Option<Span>, Option<SourceId>) {
    match layer {
        ValuesLayer::File { path, .. } => {
            let file = files.source(path);
            (file.map(|file| Span::new(file, 0, 0)), file)
        }
        ValuesLayer::Inline(tree) | ValuesLayer::Embedded(tree) => {
            let root = Cursor::new(files.map, tree);
            (files.map.editable(root.span(), root.step()), None)
        }
        ValuesLayer::Set { at, .. } => (*at, None),
        ValuesLayer::Secret { at, .. } => (Some(*at), None),
    }
}

/// The text of a file that `--set-file` names, relative to the root.
fn content(files: &Files<'_>, path: &str, at: Span) -> Result<Text, String> {
    let Place::File(path) = files.place(camino::Utf8Path::new(""), path) else {
        return Err(format!("there is no file `{path}`"));
    };
    let content = files.content(&path, at).map_err(|error| error.message)?;
    let text = files.map.source(content.source).text();
    let whole = Origin::value(Span::new(content.source, 0, text.len() as u32), StepId::PARSED);
    let mut read = Text::default();
    read.push_from(text, Some(whole));
    Ok(read)
}

fn read(files: &Files<'_>, layer: &ValuesLayer, fallback: Span) -> Result<Vec<Map>, Event> {
    let trees = trees(files, layer, fallback)?;
    let values = trees.iter().map(|tree| Value::read(Cursor::new(files.map, tree)));
    let map = |value: Value| match value.data {
        Data::Map(map) => Some(map),
        _ => None,
    };
    Ok(values.filter_map(map).collect())
}

/// The maps that a layer lays over those before; none for a single value. `fallback` is the place of what is named in
/// no file.
pub(super) fn trees(files: &Files<'_>, layer: &ValuesLayer, fallback: Span) -> Result<Vec<Tree>, Event> {
    let sources = files.map;
    let refuse = |what: &str| {
        let what = what.to_owned();
        move |(span, problem)| refused(span, format!("failed to parse {what}: {problem}"))
    };
    match layer {
        ValuesLayer::File { path, at, is_optional } => {
            let at = at.unwrap_or(fallback);
            match files.place(camino::Utf8Path::new(""), path.as_str()) {
                Place::File(path) => {
                    let documents = files.documents(&path, at).map_err(super::load::event)?;
                    maps(sources, &documents).map_err(refuse(path.as_str()))
                }
                _ if *is_optional => Ok(Vec::new()),
                Place::Outside => {
                    Err(refused(at, format!("the values file `{path}` is not in the repository")))
                }
                Place::Directory(_) | Place::Missing => Err(Event::new(
                    crate::render::EventKind::MissingValuesFile,
                    at,
                    format!("the values file `{path}` is not there"),
                )),
            }
        }
        ValuesLayer::Inline(tree) => {
            let root = Cursor::new(sources, tree);
            match crate::yaml::inflate(sources, tree) {
                Some(tree) if root.is_map() => Ok(vec![tree]),
                _ if root.is_null() => Ok(Vec::new()),
                _ => Err(refused(root.span(), "values are a map".to_owned())),
            }
        }
        ValuesLayer::Embedded(tree) => {
            let scalar = Cursor::new(sources, tree);
            maps(sources, &files.embedded(scalar)).map_err(refuse("these values"))
        }
        ValuesLayer::Set { .. } | ValuesLayer::Secret { .. } => Ok(Vec::new()),
    }
}
