//! Which schema an object has: that of a CustomResourceDefinition of the repository, else the shipped one.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::source::SourceMap;
use crate::yaml::{Cursor, Tree};

use super::bundle::shipped;
use super::crd;
use super::shape::Shape;
use super::target::Minors;

/// A version of a kind that the repository defines. Its schema is read when the first object asks for it.
#[derive(Debug)]
struct Local {
    version: String,
    schema: Tree,
    shape: OnceLock<Shape>,
}

/// The versions that the repository defines, by group.
type Groups = FxHashMap<String, Vec<Local>>;

/// The schemas of one repository.
#[derive(Debug, Default)]
pub struct Catalog {
    /// By kind.
    local: FxHashMap<String, Groups>,
}

/// What is known about a kind.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'c> {
    pub(super) shape: &'c Shape,
    /// Whether this is the very schema that the cluster has: Kubernetes' own, or one of the repository. Others are
    /// those of one version of a project, of which the cluster may have another.
    pub is_exact: bool,
    /// The versions of Kubernetes that serve it.
    pub minors: Minors,
    /// What it was made from; `None` for one of the repository.
    pub origin: Option<&'static str>,
}

/// The answer to which schema an object has.
#[derive(Debug)]
pub enum Lookup<'c> {
    /// These: several when the repository defines the kind more than once, and never none.
    Known(Vec<Kind<'c>>),
    /// The repository defines the kind, and says nothing about its fields.
    Opaque,
    /// The group has the kind in these versions alone.
    OtherVersion(Vec<String>),
    /// Nothing is known.
    Unknown,
}

impl Catalog {
    /// The schemas that these objects define, beside the shipped ones. Of other objects nothing is taken.
    pub fn new<'w>(objects: impl Iterator<Item = Cursor<'w>>) -> Self {
        let mut catalog = Self::default();
        for object in objects {
            let Some(names) = crd::names(object) else { continue };
            let versions = catalog.local.entry(names.kind).or_default().entry(names.group).or_default();
            for (version, schema) in names.versions {
                // The same file may be part of several overlays.
                let is_known = |known: &Local| known.version == version && known.schema.shares(&schema);
                if !versions.iter().any(is_known) {
                    versions.push(Local { version, schema, shape: OnceLock::new() });
                }
            }
        }
        catalog
    }

    /// Whether any group has a kind, as far as is known.
    pub fn knows(&self, kind: &str) -> bool {
        self.local.contains_key(kind) || !shipped().groups(kind).is_empty()
    }

    /// What is known about an object with this `apiVersion` and `kind`.
    pub fn find(&self, map: &SourceMap, api_version: &str, kind: &str) -> Lookup<'_> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        if let Some(versions) = self.local.get(kind).and_then(|groups| groups.get(group)) {
            let found = versions.iter().filter(|local| local.version == version);
            let kinds: Vec<Kind<'_>> = found
                .map(|local| Kind {
                    shape: local.shape.get_or_init(|| crd::shape(Cursor::new(map, &local.schema))),
                    is_exact: true,
                    minors: shipped().every(),
                    origin: None,
                })
                .collect();
            if kinds.iter().any(|kind| matches!(kind.shape, Shape::Any)) {
                return Lookup::Opaque;
            }
            if !kinds.is_empty() {
                return Lookup::Known(kinds);
            }
        }
        let groups = shipped().groups(kind);
        let Some((_, versions)) = groups.iter().find(|(known, _)| *known == group) else {
            return match self.local.get(kind).and_then(|groups| groups.get(group)) {
                Some(versions) => Lookup::OtherVersion(names(versions.iter().map(|local| &*local.version))),
                None => Lookup::Unknown,
            };
        };
        let found = versions.iter().filter(|known| known.version == version);
        let kinds: Vec<Kind<'_>> = found
            .map(|known| Kind {
                shape: shipped().definition(known.definition),
                is_exact: known.origin.starts_with("Kubernetes "),
                minors: known.minors,
                origin: Some(known.origin),
            })
            .collect();
        match kinds.is_empty() {
            true => Lookup::OtherVersion(names(versions.iter().map(|known| known.version))),
            false => Lookup::Known(kinds),
        }
    }

    /// The group that Kubernetes itself has a kind in, when it is not this one, or the kind of this version of a group
    /// of Kubernetes that is meant by a name that is none.
    pub fn meant(api_version: &str, kind: &str) -> Option<String> {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let is_own = |origin: &str| origin.starts_with("Kubernetes ");
        let others = shipped().groups(kind).iter();
        let own = others.filter(|(_, versions)| versions.iter().any(|known| is_own(known.origin)));
        if let [(group, versions)] = own.collect::<Vec<_>>().as_slice() {
            let version =
                versions.iter().find(|known| !known.version.contains("alpha")).map(|known| known.version)?;
            return Some(if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") });
        }
        let names = shipped().kinds_of(group, version);
        near(kind, names).map(str::to_owned)
    }

    /// Whether Kubernetes itself has a version of a group.
    pub fn is_built_in(api_version: &str) -> bool {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let is_plain =
            !group.contains('.') || group == "networking.k8s.io" || group == "rbac.authorization.k8s.io";
        is_plain && shipped().kinds_of(group, version).next().is_some()
    }
}

fn names<'a>(versions: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = versions.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// The name that may be meant by one that is none of these: one that differs in case alone, or in a slip of the keys.
pub(super) fn near<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// Names less alike than this are not proposed.
    const ALIKE: f64 = 0.75;
    /// More slips make it another name.
    const SLIPS: usize = 2;
    let length = wanted.chars().count();
    let scored = names.filter_map(|name| {
        let letters = name.chars().count();
        if letters.abs_diff(length) > SLIPS {
            return None;
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some((1.0, name));
        }
        // A letter of a short name is a good part of it, and makes another name of it.
        let slips = strsim::osa_distance(wanted, name);
        let alike = 1.0 - slips as f64 / length.max(letters).max(1) as f64;
        (slips <= SLIPS && alike >= ALIKE).then_some((alike, name))
    });
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1))).map(|(_, name)| name)
}
