//! What was looked at and what was not, and why: the last line of every report is made from this.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

/// Why a discovered file was not analysed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SkipReason {
    /// Neither YAML nor JSON nor another file that plimsoll reads.
    NotConfiguration,
    /// Excluded by this pattern of the configuration, the command line or the built-in list.
    Excluded(String),
    /// Larger than the limit, in bytes.
    TooLarge(u64),
    /// Not UTF-8; the offset of the first wrong byte.
    NotUtf8(usize),
    /// A symbolic link; what it names is analysed where it lies, if that is inside the repository.
    SymbolicLink,
    /// Encrypted as a whole, by this tool.
    Encrypted(&'static str),
    /// A template of some engine that is no YAML before it is filled in.
    Template,
    /// The operating system refused to read it.
    Unreadable(String),
}

impl SkipReason {
    /// The words of the coverage line and of `--show-files`.
    pub fn describe(&self) -> String {
        match self {
            Self::NotConfiguration => "not configuration".to_owned(),
            Self::Excluded(pattern) => format!("excluded by `{pattern}`"),
            Self::TooLarge(limit) => format!("larger than {limit} bytes (limits.file-size)"),
            Self::NotUtf8(offset) => format!("not UTF-8 (byte {offset})"),
            Self::SymbolicLink => "symbolic link".to_owned(),
            Self::Template => "template, no YAML before it is rendered".to_owned(),
            Self::Encrypted(tool) => format!("encrypted with {tool}"),
            Self::Unreadable(error) => format!("unreadable: {error}"),
        }
    }

    /// Whether a person should be told at once, because the file was meant to be analysed.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }

    /// Whether the file is configuration that plimsoll would have read but could not.
    pub fn is_gap(&self) -> bool {
        matches!(self, Self::TooLarge(_) | Self::NotUtf8(_) | Self::Unreadable(_))
    }
}

/// A file that was not analysed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skip {
    /// Path relative to the root.
    pub path: Utf8PathBuf,
    /// Why.
    pub reason: SkipReason,
}

/// Counts for the coverage line.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// Files that were discovered.
    pub seen: usize,
    /// Files that were read and analysed.
    pub analysed: usize,
    /// Kubernetes objects on which rules ran.
    pub objects: usize,
    /// All others, sorted by path.
    pub skipped: Vec<Skip>,
    /// Overlays and directories that were rendered.
    pub units: usize,
    /// Releases of charts that were rendered.
    pub charts: usize,
    /// Parts of units that were not rendered, by what they are ("remote base", "Helm chart").
    pub not_rendered: BTreeMap<&'static str, usize>,
    /// Objects of units that were rendered in part. What is not there may change what rules say about them.
    pub partial: usize,
    /// What owners name and nobody could follow, by the reason.
    pub not_followed: BTreeMap<String, usize>,
    /// Parts of pipelines that were not read, by what they are.
    pub unread_pipelines: BTreeMap<&'static str, usize>,
    /// Objects and documents of analysed files that were not linted as deployed, by what they are.
    pub not_linted: BTreeMap<&'static str, usize>,
    /// Demands of CustomResourceDefinitions that could not be evaluated for objects.
    pub not_verified: usize,
}

impl Coverage {
    /// The files of the repository that were not read because nothing about their names says configuration.
    pub fn not_configuration(&self) -> impl Iterator<Item = &Utf8Path> {
        let skipped = self.skipped.iter().filter(|skip| skip.reason == SkipReason::NotConfiguration);
        skipped.map(|skip| skip.path.as_path())
    }

    /// The files of the repository that were not read for another reason, unless somebody excludes them.
    pub fn left_out(&self) -> impl Iterator<Item = &Utf8Path> {
        let is_other = |reason: &SkipReason| {
            !matches!(reason, SkipReason::NotConfiguration | SkipReason::Excluded(_) | SkipReason::Template)
        };
        self.skipped.iter().filter(move |skip| is_other(&skip.reason)).map(|skip| skip.path.as_path())
    }
}
