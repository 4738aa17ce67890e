//! `cluster-state-in-manifest`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::rules::support::listed;
use crate::yaml::Cursor;

rule! {
    /// A manifest that was copied out of a cluster with what only the cluster may write.
    ///
    /// ## Why
    ///
    /// `resourceVersion` and `uid` make the API server refuse it elsewhere or after a change, and `status`
    /// shows up as a difference in every sync.
    ///
    /// ## What is reported
    ///
    /// `status` with something in it, `managedFields`, `uid`, `resourceVersion`, `selfLink`, a
    /// `creationTimestamp`, and the annotation of `kubectl apply`.
    ///
    /// ## What passes
    ///
    /// - empty values, as `kubectl create --dry-run` prints them: `creationTimestamp: null`, `status: {}`
    /// - CustomResourceDefinitions, whose generator writes a `status`
    /// - what lies among tests
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   uid: 4f1c0c1e-8f0e-4a52-9d0a-2f8c2b9f4a11
    ///   resourceVersion: "4711"
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   creationTimestamp: null
    /// spec:
    ///   ports:
    ///     - port: 80
    /// status:
    ///   loadBalancer: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/#object-spec-and-status>
    pub static RULE = "cluster-state-in-manifest" {
        level: Warning,
        precision: High,
        tags: ["object"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

/// Fields of `metadata` that the API server writes.
const WRITTEN: [&str; 5] = ["creationTimestamp", "managedFields", "resourceVersion", "selfLink", "uid"];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let path = object.file().map_or("", |file| object.map.source(file.source).path().as_str());
    let is_test = path.split('/').any(|part| matches!(part, "test" | "tests" | "testdata" | "fixtures"));
    if object.kind() == "CustomResourceDefinition" || object.api_version().is_empty() || is_test {
        return;
    }
    let metadata = object.root.get("metadata");
    let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    let mut found: Vec<(Cursor<'_>, &str)> = WRITTEN
        .into_iter()
        .filter_map(|name| Some((field(name)?, name)))
        .filter(|(value, _)| says(*value))
        .collect();
    let annotation = field("annotations").and_then(|annotations| annotations.get(LAST_APPLIED));
    found.extend(annotation.map(|annotation| (annotation, "last-applied-configuration")));
    found.extend(object.root.get("status").filter(|status| says(*status)).map(|status| (status, "status")));
    found.sort_by_key(|(value, _)| (value.span().source, value.span().start));
    let Some((first, _)) = found.first() else { return };
    let names: Vec<String> = found.iter().map(|(_, name)| format!("`{name}`")).collect();
    let report = Report {
        message: format!(
            "{} `{}` has {}, which only the cluster writes",
            object.kind(),
            object.name(),
            listed(&names, "and")
        ),
        why: "it is refused or ignored, and shows up as a difference in every sync".into(),
        help: "remove what the cluster wrote".into(),
    };
    cx.report(At::key(*first), report);
}

/// Whether a value holds anything.
fn says(value: Cursor<'_>) -> bool {
    let is_said =
        |scalar: Cursor<'_>| !scalar.is_null() && scalar.text().is_some_and(|text| !text.is_empty());
    value.scalars().any(is_said)
}
