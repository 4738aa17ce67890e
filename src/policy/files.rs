//! Files that policies are asked about as files: which of them, and as what.
//!
//! Must not open any: who knows the repository reads what is chosen here.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::rego::Value;

use super::input::{Format, documents, line};
use super::{Dialect, Key, Loaded, Place, PolicyRule, Target, Verdict};

/// Which rules are asked about which files, by their paths relative to the root.
pub struct Chosen {
    /// Indices of rules, each with what chooses its files.
    rules: Vec<(usize, By)>,
}

enum By {
    /// Globs of the header.
    Globs(GlobSet),
    /// Formats that have no other way to a policy than as files.
    Formats(Vec<Format>),
}

impl Chosen {
    /// What the rules want.
    pub fn by(loaded: &Loaded) -> Self {
        let by = |rule: &PolicyRule| match &rule.target {
            Target::File(globs) => Some(By::Globs(set(globs).unwrap_or_default())),
            Target::Document(formats) => {
                let is_other = |format: &&Format| !matches!(format, Format::Yaml | Format::Json);
                Some(By::Formats(formats.iter().filter(is_other).copied().collect()))
            }
            _ => None,
        };
        let rules = loaded.rules.iter().enumerate();
        Self { rules: rules.filter_map(|(index, rule)| Some((index, by(rule)?))).collect() }
    }

    /// Whether no rule wants files.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that are asked about a file.
    pub fn rules(&self, path: &str) -> Vec<usize> {
        let format = Format::of(path);
        let wants = |by: &By| match by {
            By::Globs(globs) => globs.is_match(path),
            By::Formats(formats) => format.is_some_and(|format| formats.contains(&format)),
        };
        self.rules.iter().filter(|(_, by)| wants(by)).map(|(index, _)| *index).collect()
    }
}

/// Globs of a header as one. A glob without `/` is about names in any directory.
///
/// # Errors
/// A glob that is none.
pub fn set(globs: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let anywhere = if glob.contains('/') { glob.clone() } else { format!("**/{glob}") };
        let built = GlobBuilder::new(anywhere.trim_start_matches('/')).literal_separator(true).build();
        set.add(built.map_err(|error| format!("`{glob}` is no glob: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.to_string())
}

/// What a dialect gives to policies about a file that is no tree, one after the other.
///
/// # Errors
/// A text that is not of the format.
pub fn inputs(dialect: Dialect, format: Format, path: &str, text: &str) -> Result<Vec<Value>, String> {
    match (dialect, format) {
        (Dialect::Trivy, Format::Dockerfile) => Ok(vec![super::dockerfile(path, text)?]),
        _ => Ok(documents(format.read(text)?)),
    }
}

/// The line, from 1, of what a verdict about such a file names; `None` where it names nothing of it.
pub fn line_of(verdict: &Verdict, format: Format, text: &str, input: &Value) -> Option<u32> {
    verdict.places.iter().find_map(|place| match place {
        Place::Path(keys) => line(format, text, keys),
        Place::File(_, line, _) => Some(*line).filter(|line| *line > 0),
        // An instruction that was handed back.
        Place::Piece(piece) => {
            let index = input.as_array().ok()?.iter().position(|item| item == piece)?;
            line(format, text, &[Key::Index(index)])
        }
    })
}
