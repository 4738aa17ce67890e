//! The kinds of Ingresses.

use crate::model::KindName;

/// An Ingress, by its group today and before.
pub(super) const INGRESSES: [KindName; 2] = [
    KindName { group: "networking.k8s.io", kind: "Ingress" },
    KindName { group: "extensions", kind: "Ingress" },
];
