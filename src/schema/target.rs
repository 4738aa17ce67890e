//! Minor versions of Kubernetes: those that there are schemas for, and those that are meant.

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
    first: u16,
    last: u16,
    /// The versions that count, among those that there are schemas for; the oldest of these in the place of older ones.
    pub minors: Minors,
}

impl Target {
    /// From the oldest to the newest minor version that is meant; all that there are schemas for when nothing says it.
    pub fn new(meant: Option<(u16, u16)>) -> Self {
        let (start, count) = super::bundle::shipped().range();
        let end = start + count - 1;
        let (first, last) = meant.unwrap_or((start, end));
        let minors = first.clamp(start, end)..=last.clamp(start, end);
        let minors = minors.fold(0, |minors, minor| minors | 1 << (minor - start));
        Self { first: first.min(end), last: last.min(end), minors: Minors(minors) }
    }

    /// Whether Kubernetes' own fields are known for a version that is meant. Older ones had others.
    pub fn has_schemas(self) -> bool {
        self.last >= super::bundle::shipped().range().0
    }

    /// The oldest version that is meant.
    pub fn oldest(self) -> u16 {
        self.first
    }

    /// The newest version that is meant.
    pub fn newest(self) -> u16 {
        self.last
    }

    /// The version that is meant, where it is one alone.
    pub fn one(self) -> Option<u16> {
        (self.first == self.last).then_some(self.first)
    }

    /// `Kubernetes 1.31`, or the range that was looked at.
    pub fn describe(self) -> String {
        match self.one() {
            Some(minor) => format!("Kubernetes 1.{minor}"),
            None => format!("Kubernetes 1.{} to 1.{}", self.first, self.last),
        }
    }
}
