//! Since when and until when an API version is served, from the tables beside the schemas.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

const KUBERNETES: &str = include_str!("../../schemas/kubernetes/lifecycle.tsv");
const ECOSYSTEM: &str = include_str!("../../schemas/kubernetes/ecosystem.tsv");

/// The life of one kind in one API version of Kubernetes, in minor versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lifecycle {
    /// The first that serves it, when that is known.
    pub introduced: Option<u16>,
    /// The first that calls it deprecated.
    pub deprecated: Option<u16>,
    /// The first that does not serve it any more.
    pub removed: Option<u16>,
    /// What to use: an API version, with a kind when that is another one. Empty when there is nothing.
    pub instead: &'static str,
}

/// The life of an API version of something that is installed beside Kubernetes, in its own releases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ecosystem {
    kinds: &'static str,
    /// What is installed.
    pub product: &'static str,
    /// The release that called it deprecated; may be empty.
    pub deprecated: &'static str,
    /// The release that no longer serves it; may be empty.
    pub removed: &'static str,
    /// What to use: an API version, with a kind when that is another one.
    pub instead: &'static str,
}

/// The rows of a table without its head.
fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
}

/// Group, version and kind.
type Named = (&'static str, &'static str, &'static str);

/// What is known about a kind of Kubernetes in an API version. Most have no story: they are served by every version.
pub fn lifecycle(api_version: &str, kind: &str) -> Option<Lifecycle> {
    static TABLE: OnceLock<FxHashMap<Named, Lifecycle>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let rows = rows::<8>(KUBERNETES).map(
            |[group, version, kind, introduced, deprecated, removed, instead, _]| {
                let [introduced, deprecated, removed] =
                    [introduced, deprecated, removed].map(|minor| minor.parse().ok());
                ((group, version, kind), Lifecycle { introduced, deprecated, removed, instead })
            },
        );
        rows.collect()
    });
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    table.get(&(group, version, kind)).copied()
}

/// The same for what is installed beside Kubernetes.
pub fn ecosystem(api_version: &str, kind: &str) -> Option<Ecosystem> {
    static TABLE: OnceLock<FxHashMap<(&str, &str), Vec<Ecosystem>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: FxHashMap<(&str, &str), Vec<Ecosystem>> = FxHashMap::default();
        for [group, version, kinds, product, deprecated, removed, instead, _] in rows::<8>(ECOSYSTEM) {
            let row = Ecosystem { kinds, product, deprecated, removed, instead };
            table.entry((group, version)).or_default().push(row);
        }
        table
    });
    let (group, version) = api_version.rsplit_once('/')?;
    let rows = table.get(&(group, version))?;
    let is_of = |row: &&Ecosystem| row.kinds.is_empty() || row.kinds.split(',').any(|known| known == kind);
    rows.iter().find(is_of).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let count = |table: &str| table.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows::<8>(KUBERNETES).count(), count(KUBERNETES));
        assert_eq!(rows::<8>(ECOSYSTEM).count(), count(ECOSYSTEM));
        assert!(
            rows::<8>(ECOSYSTEM).all(|row| row.last().is_some_and(|source| source.starts_with("https://")))
        );
    }

    /// Rows in which the tables of other linters are wrong.
    #[test]
    fn removals_are_those_of_kubernetes() {
        let removed = |version: &str, kind: &str| lifecycle(version, kind).and_then(|life| life.removed);
        let cases = [
            ("extensions/v1beta1", "Deployment", Some(16)),
            ("extensions/v1beta1", "Ingress", Some(22)),
            ("apps/v1beta2", "Deployment", Some(16)),
            ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", Some(22)),
            ("apiregistration.k8s.io/v1beta1", "APIService", Some(22)),
            ("policy/v1beta1", "PodSecurityPolicy", Some(25)),
            ("node.k8s.io/v1beta1", "RuntimeClass", Some(25)),
            ("events.k8s.io/v1beta1", "Event", Some(25)),
            ("authorization.k8s.io/v1beta1", "SubjectAccessReview", Some(22)),
            ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", Some(26)),
            ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", Some(32)),
            ("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicy", Some(32)),
            ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", Some(34)),
            ("resource.k8s.io/v1beta1", "ResourceClaim", None),
            ("storage.k8s.io/v1beta1", "VolumeAttributesClass", Some(37)),
            ("networking.k8s.io/v1alpha1", "ClusterCIDR", Some(29)),
            ("networking.k8s.io/v1beta1", "ServiceCIDR", Some(37)),
            ("coordination.k8s.io/v1alpha1", "LeaseCandidate", Some(32)),
            ("resource.k8s.io/v1alpha2", "ResourceClass", Some(31)),
            ("autoscaling/v2beta2", "HorizontalPodAutoscaler", Some(26)),
            ("autoscaling/v1", "HorizontalPodAutoscaler", None),
            ("apps/v1", "Deployment", None),
        ];
        for (version, kind, expected) in cases {
            assert_eq!(removed(version, kind), expected, "{version} {kind}");
        }
    }
}
