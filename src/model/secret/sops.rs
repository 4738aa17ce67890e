//! Which values of a file sops must have encrypted, by what the file itself says.
//!
//! The decision is that of sops (`Tree.shouldBeEncrypted`): every part of a path is tested, items of lists have
//! the path of their list, empty strings and null are never encrypted, and without any setting only the suffix
//! `_unencrypted` leaves a value clear.

use std::sync::Arc;

use regex::bytes::Regex;

use crate::source::SourceMap;
use crate::template::go_regex;
use crate::yaml::{Comment, Cursor};

use super::creation_rule::Expressions;

/// What sops was told about a file.
#[derive(Debug)]
pub struct Sops {
    unencrypted_suffix: Option<String>,
    encrypted_suffix: Option<String>,
    unencrypted_regex: Option<Arc<Regex>>,
    encrypted_regex: Option<Arc<Regex>>,
    unencrypted_comment_regex: Option<Arc<Regex>>,
    encrypted_comment_regex: Option<Arc<Regex>>,
}

/// The field that holds the metadata of sops.
const FIELD: &str = "sops";

/// Whether a document carries the metadata of sops.
pub fn is_sops(root: Cursor<'_>) -> bool {
    root.get(FIELD).is_some_and(|sops| sops.get("mac").is_some() || sops.get("lastmodified").is_some())
}

/// Whether a text is a value that sops encrypted.
pub fn is_encrypted(text: &str) -> bool {
    text.starts_with("ENC[") && text.trim_end().ends_with(']')
}

/// Whether sops has been over an env file or an ini file, in which it leaves keys readable.
pub fn is_sops_text(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        line.starts_with("sops_mac=") || line.starts_with("sops_lastmodified=") || line == "[sops]"
    })
}

impl Sops {
    /// Reads the metadata of a document. `None` without metadata, and for a regular expression that cannot be
    /// read here: then nothing can be said.
    pub fn read(root: Cursor<'_>) -> Option<Self> {
        is_sops(root)
            .then(|| root.get(FIELD))
            .flatten()
            .and_then(|sops| Self::of(sops, &Expressions::default()))
    }

    /// Reads the settings of a mapping: metadata, or a creation rule. `None` as for [`read`](Self::read).
    pub fn of(sops: Cursor<'_>, expressions: &Expressions) -> Option<Self> {
        let text = |name: &str| {
            let text = sops.get(name).and_then(|value| value.text()).map(|text| text.into_owned());
            text.filter(|text| !text.is_empty())
        };
        let regex = |name: &str| match text(name) {
            Some(pattern) => expressions.get(&pattern).map(Some),
            None => Some(None),
        };
        let mut read = Self {
            unencrypted_suffix: text("unencrypted_suffix"),
            encrypted_suffix: text("encrypted_suffix"),
            unencrypted_regex: regex("unencrypted_regex")?,
            encrypted_regex: regex("encrypted_regex")?,
            unencrypted_comment_regex: regex("unencrypted_comment_regex")?,
            encrypted_comment_regex: regex("encrypted_comment_regex")?,
        };
        let is_set = read.unencrypted_suffix.is_some()
            || read.encrypted_suffix.is_some()
            || read.unencrypted_regex.is_some()
            || read.encrypted_regex.is_some()
            || read.unencrypted_comment_regex.is_some()
            || read.encrypted_comment_regex.is_some();
        if !is_set {
            read.unencrypted_suffix = Some("_unencrypted".to_owned());
        }
        Some(read)
    }

    /// The values that must be encrypted and are not.
    pub fn clear_leaves<'w>(&self, root: Cursor<'w>, comments: &[Comment]) -> Vec<Cursor<'w>> {
        let mut walk = Walk {
            sops: self,
            map: root.map(),
            comments,
            path: Vec::new(),
            said: Vec::new(),
            clear: Vec::new(),
        };
        for entry in root.entries() {
            if entry.key.text().is_some_and(|key| key != FIELD) {
                walk.entry(entry.key, entry.value);
            }
        }
        walk.clear
    }

    /// `path` are the keys on the way, `said` the comments above each of them.
    fn must_encrypt(&self, path: &[String], said: &[String]) -> bool {
        let any = |regex: &Regex, texts: &[String]| texts.iter().any(|text| regex.is_match(text.as_bytes()));
        let mut encrypted = true;
        if let Some(suffix) = &self.unencrypted_suffix {
            encrypted = !path.iter().any(|key| key.ends_with(suffix));
        }
        if let Some(suffix) = &self.encrypted_suffix {
            encrypted = path.iter().any(|key| key.ends_with(suffix));
        }
        if let Some(regex) = &self.unencrypted_regex {
            encrypted &= !any(regex, path);
        }
        if let Some(regex) = &self.encrypted_regex {
            encrypted = any(regex, path);
        }
        if let Some(regex) = &self.unencrypted_comment_regex {
            encrypted &= !any(regex, said);
        }
        if let Some(regex) = &self.encrypted_comment_regex {
            encrypted = any(regex, said);
        }
        encrypted
    }
}

/// Fields of the settings that hold regular expressions.
const EXPRESSIONS: [&str; 4] =
    ["unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex"];

/// The expressions of settings that cannot be read: the field, where it is written, and what is wrong with it.
pub fn unreadable<'w>(settings: Cursor<'w>) -> Vec<(&'static str, Cursor<'w>, String)> {
    let fields = std::iter::once("path_regex").chain(EXPRESSIONS);
    let wrong = |field: &'static str| {
        let value = settings.get(field)?;
        let error = go_regex::compile(&value.text()?).err()?;
        Some((field, value, error))
    };
    fields.filter_map(wrong).collect()
}

struct Walk<'a, 'w> {
    sops: &'a Sops,
    map: &'w SourceMap,
    comments: &'a [Comment],
    path: Vec<String>,
    said: Vec<String>,
    clear: Vec<Cursor<'w>>,
}

impl<'w> Walk<'_, 'w> {
    fn entry(&mut self, key: Cursor<'w>, value: Cursor<'w>) {
        let said = self.said.len();
        self.comments_above(key);
        self.path.push(key.text().unwrap_or_default().into_owned());
        self.value(value);
        self.path.pop();
        self.said.truncate(said);
    }

    fn value(&mut self, value: Cursor<'w>) {
        if value.alias().is_some() {
            return;
        }
        if value.is_map() {
            for entry in value.entries() {
                self.entry(entry.key, entry.value);
            }
        } else if value.is_seq() {
            for item in value.items() {
                let said = self.said.len();
                self.comments_above(item);
                self.value(item);
                self.said.truncate(said);
            }
        } else if let Some(text) = value.text()
            && !text.is_empty()
            && !value.is_null()
            && !is_encrypted(&text)
            && self.sops.must_encrypt(&self.path, &self.said)
        {
            self.clear.push(value);
        }
    }

    /// The comments on the lines right above a key or item.
    fn comments_above(&mut self, at: Cursor<'w>) {
        let (span, source) = (at.span(), self.map.source(at.span().source));
        let mut start = span.start;
        let before = self.comments.partition_point(|comment| comment.span.start < start);
        for comment in self.comments[..before].iter().rev().take_while(|comment| comment.own_line) {
            let between = source.text().get(comment.span.end() as usize..start as usize).unwrap_or("x");
            if between.contains(|c: char| !c.is_ascii_whitespace() && c != '-') {
                break;
            }
            start = comment.span.start;
            let text = source.slice(comment.span);
            self.said.push(text.trim_start_matches('#').trim().to_owned());
        }
    }
}
