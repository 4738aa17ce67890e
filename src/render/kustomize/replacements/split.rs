//! `options`: which part of a text is meant.
//!
//! Owns how texts are parted. Must not know where the parts come from or go to.

use std::borrow::Cow;

use crate::render::kustomize::error::{BuildError, Result};
use crate::render::kustomize::stage::{field, string_field};
use crate::yaml::Cursor;

/// The part of a text that stands at an index between delimiters; without a delimiter, all of it.
pub(super) struct Split<'w> {
    /// The text, and the scalar it is written in.
    pub delimiter: Option<(Cow<'w, str>, Cursor<'w>)>,
    pub index: i64,
    /// Whether to make fields that are not there.
    pub create: bool,
}

impl<'w> Split<'w> {
    pub fn parse(of: Cursor<'w>) -> Result<Self> {
        let options = field(of, "options");
        let mut split = Split { delimiter: None, index: 0, create: false };
        let Some(options) = options else { return Ok(split) };
        if let Some(text) = string_field(options, "delimiter")?.filter(|text| !text.is_empty()) {
            split.delimiter = field(options, "delimiter").map(|at| (text, at));
        }
        if let Some(index) = field(options, "index") {
            let wrong = || BuildError::new(index.span(), "`index` must be a whole number");
            split.index = index.int().ok_or_else(wrong)?;
        }
        if let Some(create) = field(options, "create") {
            let wrong = || BuildError::new(create.span(), "`create` must be true or false");
            split.create = create.bool().ok_or_else(wrong)?;
        }
        Ok(split)
    }

    /// Where the part stands in a text: before it, within it, or after it.
    pub fn part(&self, text: &str, delimiter: &str) -> SplitPart {
        let Ok(index) = usize::try_from(self.index) else { return SplitPart::Before };
        let mut start = 0;
        for (at, part) in text.split(delimiter).enumerate() {
            if at == index {
                return SplitPart::Within(start, start + part.len());
            }
            start += part.len() + delimiter.len();
        }
        SplitPart::After
    }
}

/// Where a part stands, or would.
pub(super) enum SplitPart {
    Before,
    /// From one byte to another.
    Within(usize, usize),
    After,
}
