//! Orders of objects and kinds: the legacy order of the output, and the order in which Kustomize keeps its specs.
//!
//! Source: `SortOrderTransformer` and `resid.Gvk.IsLessThan` of Kustomize 5.5.0. Must not know what is ordered.

use std::borrow::Cow;
use std::cmp::Ordering;

/// Group, version and kind as text; empty parts are absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) struct GvkParts<'a> {
    /// API group.
    pub group: &'a str,
    /// API version.
    pub version: &'a str,
    /// Kind.
    pub kind: &'a str,
}

/// What the legacy order looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render) struct OrderKey<'a> {
    /// What the object is.
    pub gvk: GvkParts<'a>,
    /// Its namespace as written, empty when it has none.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// Kinds that come first and last in the output; all others stand between them, by group, version and kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct LegacyOrder {
    first: Cow<'static, [Cow<'static, str>]>,
    last: Cow<'static, [Cow<'static, str>]>,
}

macro_rules! kinds {
    ($($kind:ident),*) => { Cow::Borrowed(&[$(Cow::Borrowed(stringify!($kind))),*]) };
}

/// The order of `kustomize build` and of `sortOptions: {order: legacy}` without lists of its own.
pub(in crate::render) static LEGACY_ORDER: LegacyOrder = LegacyOrder {
    // Each before what may need it.
    first: kinds![
        Namespace,
        ResourceQuota,
        StorageClass,
        CustomResourceDefinition,
        ServiceAccount,
        PodSecurityPolicy,
        Role,
        ClusterRole,
        RoleBinding,
        ClusterRoleBinding,
        ConfigMap,
        Secret,
        Endpoints,
        Service,
        LimitRange,
        PriorityClass,
        PersistentVolume,
        PersistentVolumeClaim,
        Deployment,
        StatefulSet,
        CronJob,
        PodDisruptionBudget
    ],
    // They can refuse whatever comes after them.
    last: kinds![MutatingWebhookConfiguration, ValidatingWebhookConfiguration],
};

impl LegacyOrder {
    /// The order of `sortOptions.legacySortOptions`.
    pub fn new(first: Vec<String>, last: Vec<String>) -> Self {
        let owned = |kinds: Vec<String>| Cow::Owned(kinds.into_iter().map(Cow::Owned).collect());
        Self { first: owned(first), last: owned(last) }
    }

    /// Which of two objects is printed first.
    pub fn compare(&self, a: OrderKey<'_>, b: OrderKey<'_>) -> Ordering {
        if a.gvk == b.gvk {
            return joined(&[or(a.namespace, "~X"), "|", or(a.name, "~N")]).cmp(joined(&[
                or(b.namespace, "~X"),
                "|",
                or(b.name, "~N"),
            ]));
        }
        let by_text = self.rank(a.gvk.kind).cmp(&self.rank(b.gvk.kind)).then_with(|| by_text(a.gvk, b.gvk));
        // The namespaces of Kubernetes come before what other groups call a namespace.
        let namespaces = a.gvk.kind == "Namespace" && b.gvk.kind == "Namespace";
        let core = a.gvk.group.is_empty() || b.gvk.group.is_empty();
        if namespaces && core { by_text.reverse() } else { by_text }
    }

    /// Negative for kinds that come first, positive for those that come last. Of a kind that is named twice the last
    /// place counts, and `last` counts more than `first`.
    fn rank(&self, kind: &str) -> isize {
        let place = |kinds: &[Cow<'static, str>]| kinds.iter().rposition(|known| known == kind);
        match (place(&self.last), place(&self.first)) {
            (Some(at), _) => 1 + at as isize,
            (None, Some(at)) => at as isize - self.first.len() as isize,
            (None, None) => 0,
        }
    }
}

/// The order in which Kustomize keeps its specs: that of the output, without the exception for namespaces.
pub(super) fn compare_kinds(a: GvkParts<'_>, b: GvkParts<'_>) -> Ordering {
    LEGACY_ORDER.rank(a.kind).cmp(&LEGACY_ORDER.rank(b.kind)).then_with(|| by_text(a, b))
}

/// By group, then version, then kind, as one text: absent parts come after all letters.
fn by_text(a: GvkParts<'_>, b: GvkParts<'_>) -> Ordering {
    fn text<'a>(gvk: &GvkParts<'a>) -> [&'a str; 5] {
        [or(gvk.group, "~G"), "_", or(gvk.version, "~V"), "_", or(gvk.kind, "~K")]
    }
    joined(&text(&a)).cmp(joined(&text(&b)))
}

fn or<'a>(text: &'a str, absent: &'a str) -> &'a str {
    if text.is_empty() { absent } else { text }
}

/// The bytes of texts one after the other. Comparing part by part would differ where one part begins another.
fn joined<'a>(parts: &'a [&'a str]) -> impl Iterator<Item = u8> + 'a {
    parts.iter().flat_map(|part| part.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `group/version/kind namespace/name`
    fn key(text: &str) -> OrderKey<'_> {
        let (gvk, object) = text.split_once(' ').unwrap_or((text, "/"));
        let [group, version, kind] = gvk.split('/').collect::<Vec<_>>()[..] else { panic!("{text}") };
        let (namespace, name) = object.split_once('/').unwrap_or(("", object));
        OrderKey { gvk: GvkParts { group, version, kind }, namespace, name }
    }

    fn assert_ordered(order: &LegacyOrder, objects: &[&str]) {
        for (at, a) in objects.iter().enumerate() {
            for (other, b) in objects.iter().enumerate() {
                assert_eq!(order.compare(key(a), key(b)), at.cmp(&other), "{a}, {b}");
            }
        }
    }

    #[test]
    fn the_legacy_order() {
        assert_ordered(
            &LEGACY_ORDER,
            &[
                "/v1/Namespace /b",
                "example.org/v1/Namespace /a",
                "zoo.org/v1/Namespace /a",
                "/v1/ConfigMap a-b/y",
                "/v1/ConfigMap a/x",
                "/v1/ConfigMap a/y",
                "/v1/ConfigMap /x",
                "/v1/Secret a/a",
                // No group comes after every group.
                "serving.knative.dev/v1/Service a/a",
                "/v1/Service a/a",
                "apps/v1/Deployment a/a",
                "extensions/v1beta1/Deployment a/a",
                "batch/v1/CronJob a/a",
                "apps/v1/DaemonSet a/a",
                "batch/v1/Job a/a",
                "/v1/Pod a/a",
                "//Thing a/a",
                "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration /a",
                "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration /a",
            ],
        );
    }

    #[test]
    fn an_order_of_ones_own() {
        let texts = |kinds: &[&str]| kinds.iter().map(ToString::to_string).collect();
        let order = LegacyOrder::new(texts(&["Pod", "Secret"]), texts(&["Secret", "Namespace"]));
        assert_ordered(&order, &["/v1/Pod a/a", "/v1/ConfigMap a/a", "/v1/Secret a/a", "/v1/Namespace /a"]);
    }
}
