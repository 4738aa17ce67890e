//! Minor versions of Kubernetes: those that there are schemas for, and those that are meant.

use crate::config::KubernetesVersion;

/// A set of minor versions among those that there are schemas for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Minors(pub(super) u32);

impl Minors {
    /// Whether a version is in both.
    pub fn overlaps(self, other: Minors) -> bool {
        self.0 & other.0 != 0
    }

    /// The newest version alone.
    pub fn newest(self) -> Minors {
        Minors(if self.0 == 0 { 0 } else { 1 << self.0.ilog2() })
    }
}

/// The versions of Kubernetes that objects are checked against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// The version that somebody named; `None` when nothing says it.
    pub minor: Option<u16>,
    /// The versions that count: that one, or all there are schemas for.
    pub minors: Minors,
}

impl Target {
    /// What follows from the configured version, which is one that there are schemas for.
    pub fn new(version: Option<KubernetesVersion>) -> Self {
        let (first, count) = super::bundle::shipped().range();
        let minor = version.map(|version| version.minor);
        let minors = match minor {
            Some(minor) => 1 << minor.clamp(first, first + count - 1).saturating_sub(first),
            None => (1 << count) - 1,
        };
        Self { minor, minors: Minors(minors) }
    }

    /// The oldest version that is meant.
    pub fn oldest(self) -> u16 {
        self.minor.unwrap_or(Self::known().0)
    }

    /// The newest version that is meant.
    pub fn newest(self) -> u16 {
        self.minor.unwrap_or(Self::known().1)
    }

    /// The first and the last version that there are schemas for.
    fn known() -> (u16, u16) {
        let (first, count) = super::bundle::shipped().range();
        (first, first + count - 1)
    }

    /// `Kubernetes 1.31`, or the range that was looked at when no version is named.
    pub fn describe(self) -> String {
        let (first, last) = Self::known();
        match self.minor {
            Some(minor) => format!("Kubernetes 1.{minor}"),
            None => format!("Kubernetes 1.{first} to 1.{last}"),
        }
    }
}
