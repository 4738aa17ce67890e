//! JSON pointers (RFC 6901), and the way along one into an object.
//!
//! Owns what a path of an operation means. Must not know operations.

use std::borrow::Cow;

use crate::render::kustomize::error::{BuildError, Result};
use crate::source::{Input, SourceMap, StepId};
use crate::yaml::{Cursor, Draft, Kind, push_name};

/// A path: the scalar it is written in, and its parts.
pub(super) struct Pointer<'a> {
    /// Where it is written.
    pub scalar: Cursor<'a>,
    text: Cow<'a, str>,
    tokens: Vec<Token>,
}

/// One part of a path.
pub(super) struct Token {
    /// The name or index, decoded.
    pub text: String,
    /// Where it stands in the decoded text of the scalar.
    from: usize,
    to: usize,
}

/// The collection that a path ends in.
pub(super) struct Place<'d, 'p> {
    /// A mapping or a list.
    pub container: &'d mut Draft,
    /// The name or index in it.
    pub token: &'p Token,
    /// Way to the collection, as [`Cursor::json_path`] writes it.
    path: String,
}

impl<'a> Pointer<'a> {
    /// The path that a scalar holds.
    pub fn new(scalar: Cursor<'a>, text: Cow<'a, str>) -> Self {
        let mut tokens = Vec::new();
        // As in Kustomize, what stands before the first slash means nothing.
        let mut from = text.find('/').map_or(text.len() + 1, |slash| slash + 1);
        while from <= text.len() {
            let raw = text[from..].split('/').next().unwrap_or_default();
            let to = from + raw.len();
            tokens.push(Token { text: decode(raw), from, to });
            from = to + 1;
        }
        Self { scalar, text, tokens }
    }

    /// Whether it names the whole object.
    pub fn is_root(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it leads below `metadata.annotations`, and how many names further.
    pub fn below_annotations(&self) -> Option<usize> {
        match self.tokens.as_slice() {
            [first, second, rest @ ..] if first.text == "metadata" && second.text == "annotations" => {
                Some(rest.len())
            }
            _ => None,
        }
    }

    /// Whether it leads to `metadata.annotations`, or to something around it.
    pub fn is_around_annotations(&self) -> bool {
        let names = ["metadata", "annotations"];
        self.tokens.len() <= names.len()
            && self.tokens.iter().zip(names).all(|(token, name)| token.text == name)
    }

    /// An error about it. `problem` is what a sentence says of the path.
    pub fn error(&self, problem: impl std::fmt::Display) -> BuildError {
        BuildError::new(self.scalar.span(), format!("`{}` {problem}", self.text))
    }

    /// The collection that it ends in. Lists on the way that operations have changed before are added to `inputs`:
    /// what an index means depends on them. `verb` is what was to be done, `whose` names the object.
    pub fn place<'d, 'p>(
        &'p self,
        map: &SourceMap,
        root: &'d mut Draft,
        inputs: &mut Vec<Input>,
        (verb, whose): (&str, &dyn std::fmt::Display),
    ) -> Result<Place<'d, 'p>> {
        let Some((token, parents)) = self.tokens.split_last() else {
            return Err(self.error(format_args!("is no path into an object: it must begin with `/`")));
        };
        let mut at = root;
        let mut path = String::new();
        let mut done = String::new();
        for parent in parents {
            note_changed_list(at, inputs);
            let next = match at.kind() {
                Kind::Map => {
                    push_name(&mut path, &parent.text);
                    at.get_mut(map, &parent.text)
                }
                Kind::Seq => at.items_mut().and_then(|items| {
                    let index = index(&parent.text, items.len()).ok()?;
                    path.push_str(&format!("[{index}]"));
                    items.get_mut(index)
                }),
                Kind::Scalar | Kind::Alias => None,
            };
            done.push('/');
            done.push_str(&parent.text);
            let Some(next) = next.filter(|next| !next.is_null(map)) else {
                return Err(self.error(format_args!("cannot be {verb}: {whose} has no `{done}`")));
            };
            at = next;
        }
        if !matches!(at.kind(), Kind::Map | Kind::Seq) {
            let problem = format_args!("cannot be {verb}: `{done}` of {whose} is no mapping or list");
            return Err(self.error(problem));
        }
        note_changed_list(at, inputs);
        Ok(Place { container: at, token, path })
    }
}

impl Token {
    /// The name as a key of a mapping.
    pub fn key(&self, map: &SourceMap, scalar: Cursor<'_>, step: StepId) -> Draft {
        let span = scalar.part(self.from, self.to);
        let as_written = map.slice(span) == self.text;
        let span = if as_written { span } else { map.compose(&[(&self.text, Some((span, scalar.step())))]) };
        Draft::key(map, span, step)
    }

    /// The position in a list that has so many, of the items or of the gaps between them.
    pub fn index(&self, positions: usize) -> std::result::Result<usize, String> {
        index(&self.text, positions)
    }
}

impl Place<'_, '_> {
    /// Whether the collection is a list.
    pub fn is_list(&self) -> bool {
        self.container.kind() == Kind::Seq
    }

    /// The JSON path of an item or a field of the collection.
    pub fn json_path(&self, index: Option<usize>) -> String {
        let mut path = self.path.clone();
        match index {
            Some(index) => path.push_str(&format!("[{index}]")),
            None => push_name(&mut path, &self.token.text),
        }
        path
    }
}

/// An index, counted from the end when it is negative.
fn index(text: &str, positions: usize) -> std::result::Result<usize, String> {
    // Go's `Atoi` reads what Rust reads: a sign and digits.
    let number: i64 = text.parse().map_err(|_| format!("`{text}` is no index of a list"))?;
    let distance = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let found = if number < 0 { positions.checked_sub(distance) } else { Some(distance) };
    found.filter(|&index| index < positions).ok_or_else(|| format!("the list has no place {text}"))
}

fn note_changed_list(at: &Draft, inputs: &mut Vec<Input>) {
    if let Draft::Seq(node, _) = at
        && node.step != StepId::PARSED
    {
        inputs.push(Input::control(node.span, node.step));
    }
}

/// `~1` is a slash and `~0` a tilde; a lone tilde is itself.
fn decode(raw: &str) -> String {
    // In this order `~01` stays `~1`.
    raw.replace("~1", "/").replace("~0", "~")
}
