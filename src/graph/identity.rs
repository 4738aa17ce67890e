//! Clusters, and what an object is called in one.

use super::OwnerId;

/// Index of a [`Cluster`] in its [`Graph`](super::Graph).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClusterId(pub u32);

/// A cluster that some owner lives in or delivers to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cluster {
    /// What the repository calls it: the directory of a Flux entry point, the name or address of an Argo CD
    /// destination; empty for the one cluster of a repository that does not name it.
    pub name: String,
    /// Whether it stands for clusters that are known only when it runs: two objects in it may well be in two.
    pub is_opaque: bool,
}

/// What an object is called among all clusters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectKey {
    /// Where it is.
    pub cluster: ClusterId,
    /// API group, `""` for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// The namespace it ends up in: its own, else the one that its owner sets, else `default`; empty for
    /// cluster-scoped kinds.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// An object that an owner applies.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Placed {
    /// What it is called.
    pub key: ObjectKey,
    /// Who applies it.
    pub owner: OwnerId,
    /// The unit it is in, an index into the rendering's.
    pub unit: usize,
    /// Its index in the unit.
    pub index: usize,
}
