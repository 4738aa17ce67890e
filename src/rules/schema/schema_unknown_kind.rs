//! `schema-unknown-kind`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::{Catalog, Lookup, ecosystem, lifecycle};

use super::checked;

rule! {
    /// An object of a kind that no schema is known for.
    ///
    /// ## Why
    ///
    /// Whether its fields are right cannot be said. The definition may belong into the repository, or the kind or its
    /// API version is misspelt. A version that a CustomResourceDefinition does not serve (`served: false`) is not there for
    /// the API server.
    ///
    /// ## What passes
    ///
    /// - kinds of Kubernetes, kinds that a CustomResourceDefinition of the repository defines, and those of well-known
    ///   projects
    /// - API versions that are gone: `api-removed` reports those
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: example.com/v1
    /// kind: Thing
    /// metadata:
    ///   name: one
    /// ---
    /// apiVersion: apiextensions.k8s.io/v1
    /// kind: CustomResourceDefinition
    /// metadata:
    ///   name: things.example.com
    /// spec:
    ///   group: example.com
    ///   scope: Namespaced
    ///   names:
    ///     kind: Thing
    ///     plural: things
    ///   versions:
    ///     - name: v1
    ///       served: true
    ///       storage: true
    ///       schema:
    ///         openAPIV3Schema:
    ///           type: object
    ///           properties:
    ///             spec:
    ///               type: object
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/>
    pub static RULE = "schema-unknown-kind" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["schema", "coverage"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    if lifecycle(api_version, kind).is_some() || ecosystem(api_version, kind).is_some() {
        return;
    }
    let schemas = checked::Schemas::of(cx.world());
    if !schemas.target.has_schemas() && Catalog::is_built_in(api_version) {
        return;
    }
    let help = match schemas.catalog.find(object.map, api_version, kind) {
        Lookup::Known(_) | Lookup::Opaque => return,
        Lookup::OtherVersion(versions) if versions.is_empty() => {
            "let its CustomResourceDefinition serve a version (`served: true`)".to_owned()
        }
        Lookup::OtherVersion(versions) => format!("known are {}", crate::schema::listed(&versions, "and")),
        Lookup::Unknown => {
            "add its CustomResourceDefinition to the repository, or correct the name".to_owned()
        }
    };
    let Some(at) = object.root.get("kind") else { return };
    let report = Report {
        message: format!("no schema is known for {kind} in `{api_version}`"),
        why: "whether its fields are right cannot be said".into(),
        help: help.into(),
    };
    cx.report(At::value(at), report);
}
