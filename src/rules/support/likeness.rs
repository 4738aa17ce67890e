//! How alike objects of two environments are, leaving out what environments differ in on purpose.
//!
//! Must not know which objects belong together.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashSet, FxHasher};

use crate::model::{ObjectView, environments};
use crate::source::SourceId;
use crate::yaml::Cursor;

/// Fields in which environments differ on purpose, wherever they stand: where it runs, how it is reached, how much of
/// it there is and of what size, and which version.
const DIFFERS: [&str; 33] = [
    "clusterIP",
    "cpu",
    "digest",
    "domain",
    "domains",
    "externalName",
    "host",
    "hostname",
    "hostnames",
    "hosts",
    "limits",
    "loadBalancerIP",
    "maxReplicas",
    "maxUnavailable",
    "memory",
    "minAvailable",
    "minReplicas",
    "namespace",
    "newTag",
    "nodeSelector",
    "replicaCount",
    "replicas",
    "requests",
    "revision",
    "server",
    "storage",
    "storageClass",
    "storageClassName",
    "tag",
    "targetNamespace",
    "targetRevision",
    "url",
    "version",
];

/// Nodes of one object that are looked at, and how deep: aliases may make much out of little.
const NODES: usize = 100_000;
const DEPTH: usize = 64;

/// One value, or one line of a longer text, at its place in an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Value {
    /// Of the kind and name of the object, the fields on the way, and the value.
    hash: u64,
    /// The file that it is written in.
    source: SourceId,
}

/// The values of an object.
pub fn values(object: &ObjectView<'_>) -> Vec<Value> {
    let mut walk = Walk { object, values: Vec::new(), left: NODES };
    let root = extend(extend(0, object.kind()), &base_name(object));
    walk.visit(object.root, root, "", DEPTH);
    walk.values
}

/// What an object is called in all environments alike: without their names, and without the hash of its content.
pub fn base_name(object: &ObjectView<'_>) -> String {
    let name = object.name();
    let is_hashed = name.rsplit_once('-').filter(|(_, hash)| {
        let fits = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
        hash.len() == 10 && hash.bytes().all(fits) && hash.bytes().any(|byte| byte.is_ascii_digit())
    });
    without_environments(is_hashed.map_or(&*name, |(name, _)| name)).into_owned()
}

/// How many values two sets have together, and in each of them: those that are written in a file which the other one
/// reads as well are not counted.
pub struct Comparison {
    /// Values that both have.
    pub same: usize,
    /// Different values in the smaller set.
    pub smaller: usize,
    /// Different values in both sets together.
    pub all: usize,
}

/// Compares the values of two sets of objects.
pub fn compare(a: &[Value], b: &[Value]) -> Comparison {
    let sources = |values: &[Value]| values.iter().map(|value| value.source).collect::<FxHashSet<_>>();
    let (in_a, in_b) = (sources(a), sources(b));
    let own = |values: &[Value], other: &FxHashSet<SourceId>| {
        let own = values.iter().filter(|value| !other.contains(&value.source));
        own.map(|value| value.hash).collect::<FxHashSet<u64>>()
    };
    let (a, b) = (own(a, &in_b), own(b, &in_a));
    let same = a.intersection(&b).count();
    Comparison { same, smaller: a.len().min(b.len()), all: a.len() + b.len() - same }
}

/// A text without the names of environments: `web` for `prod-web` and for `web-staging`.
pub fn without_environments(text: &str) -> Cow<'_, str> {
    const JOINTS: [char; 3] = ['-', '_', '.'];
    let found = environments(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut rest = String::with_capacity(text.len());
    let mut end = 0;
    for (at, _) in found {
        rest.push_str(text.get(end..at.start).unwrap_or_default());
        end = at.end;
        // What joined the name to its neighbours goes with it, once.
        if rest.ends_with(JOINTS) {
            rest.pop();
        } else if text.get(end..).is_some_and(|text| text.starts_with(JOINTS)) {
            end += 1;
        }
    }
    rest.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(rest)
}

struct Walk<'o, 'w> {
    object: &'o ObjectView<'w>,
    values: Vec<Value>,
    left: usize,
}

impl<'w> Walk<'_, 'w> {
    /// Collects the values below a field, `name`, whose way from the root is hashed in `path`.
    fn visit(&mut self, value: Cursor<'w>, path: u64, name: &str, depth: usize) {
        if self.left == 0 || depth == 0 {
            return;
        }
        self.left -= 1;
        if value.is_map() {
            for entry in value.entries() {
                let key = entry.key.text().unwrap_or_default();
                let is_name = depth + 1 == DEPTH && name == "metadata" && key == "name";
                if !is_name && DIFFERS.binary_search(&&*key).is_err() {
                    self.visit(entry.value, extend(path, &without_environments(&key)), &key, depth - 1);
                }
            }
        } else if value.is_seq() {
            for item in value.items() {
                // What has a name is found by it. The place of the rest in the list says little.
                let item_name = item.get("name").and_then(|name| name.text()).unwrap_or_default();
                self.visit(item, extend(path, &without_environments(&item_name)), name, depth - 1);
            }
        } else {
            let text = value.text().unwrap_or_default();
            let text = if name == "image" { untagged(&text) } else { &text };
            let at = self.object.map.editable(value.span(), value.step());
            let source = at.map_or(self.object.object.source, |span| span.source);
            for line in text.lines() {
                let hash = extend(path, without_environments(line).trim_end());
                self.values.push(Value { hash, source });
            }
        }
    }
}

/// An image without its tag and digest.
fn untagged(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rfind('/').map_or(0, |slash| slash + 1);
    image.get(name..).and_then(|last| last.find(':')).map_or(image, |colon| &image[..name + colon])
}

fn extend(path: u64, part: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (path, part).hash(&mut hasher);
    hasher.finish()
}

/// Whether two objects say the same, apart from the order of keys that nobody minds.
pub fn are_equal(one: &ObjectView<'_>, other: &ObjectView<'_>) -> bool {
    let leaves = |object: &ObjectView<'_>| {
        let root = object.object.tree.root();
        // `"1"` and `1` are two values.
        let leaf = |leaf: Cursor<'_>| {
            (leaf.json_path(root), leaf.text().map(|text| text.into_owned()), leaf.string().is_some())
        };
        let mut leaves: Vec<_> = object.root.scalars().map(leaf).collect();
        leaves.sort();
        leaves
    };
    one.object.tree.nodes().len() == other.object.tree.nodes().len() && leaves(one) == leaves(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted() {
        assert!(DIFFERS.is_sorted());
    }

    #[test]
    fn images_lose_their_tags() {
        let cases = [
            ("web", "web"),
            ("web:1.2", "web"),
            ("localhost:5000/web", "localhost:5000/web"),
            ("localhost:5000/web:1.2@sha256:0", "localhost:5000/web"),
        ];
        for (image, expected) in cases {
            assert_eq!(untagged(image), expected);
        }
    }

    #[test]
    fn environments_are_left_out() {
        let cases = [
            ("prod", ""),
            ("product", "product"),
            ("prod-web", "web"),
            ("web-prod", "web"),
            ("web.staging.example.com", "web.example.com"),
            ("web-prod.example.com", "web.example.com"),
            ("https://prod-api/dev", "https://api/"),
            ("dev-prod", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(without_environments(text), expected);
        }
    }
}
