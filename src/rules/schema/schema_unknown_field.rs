//! `schema-unknown-field`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// A field that the schema of its kind does not have.
    ///
    /// ## Why
    ///
    /// A field that nobody knows does nothing: the API server refuses the object, or drops the field without a word and
    /// the setting is not there. Most are slips of the keys, or stand one level too high or too low.
    ///
    /// Kubernetes' own kinds are compared with the definitions of the version that `kubernetes-version` or the
    /// repository's own clusters name, or of all versions that plimsoll knows when nothing does. Custom resources are compared with the
    /// CustomResourceDefinitions of the repository, and else with the ones that plimsoll brings of well-known projects.
    ///
    /// ## What passes
    ///
    /// - kinds that nothing is known about, and custom resources that a CustomResourceDefinition of the repository does
    ///   not describe either
    /// - values that something fills in or decrypts first: `${NAME}`, `{{ … }}`, `ENC[…]`
    /// - patches, which are looked at as part of what they make
    /// - the status, and the installation manifests of Flux and Argo CD
    /// - fields that are unlike all others where the repository does not define the custom resource: another version of
    ///   the project may have them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replica: 3
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           imagePullPolicy: Always
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           imagePullPolicy: Always
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>
    pub static RULE = "schema-unknown-field" {
        level: Error,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [KubeLinter "schema-validation"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    checked::problems(object, cx, |problem, value, cx| {
        let ProblemKind::Unknown(unknown) = &problem.kind else { return };
        if value.text().is_some_and(|text| is_mark(&text)) {
            return;
        }
        let name = value.key().and_then(|key| key.text()).unwrap_or_default();
        let place = checked::place(object, value);
        let target = checked::Schemas::of(cx.world()).target;
        let (message, help) = match (unknown.elsewhere, &unknown.near) {
            (Some((first, last)), _) => (
                format!("{} has no field `{name}` in {place}", target.describe()),
                format!(
                    "it is there from Kubernetes 1.{first} to 1.{last}: remove it, or target one of these"
                ),
            ),
            (None, Some(near)) => {
                (format!("{place} has no field `{name}`"), format!("did you mean `{near}`?"))
            }
            (None, None) => (
                format!("{place} has no field `{name}`"),
                "remove it, or move it to where it belongs: the indentation may be wrong".to_owned(),
            ),
        };
        let why = "the API server refuses the object, or drops the field without a word";
        cx.report(At::key(value), Report { message, why: why.into(), help: help.into() });
    });
}

/// Whether a value says that the field is a mark for what makes a chart from the object: `REMOVE_ME{{ … }}`. A template
/// alone says nothing of its field.
fn is_mark(text: &str) -> bool {
    let is_word = |mark: &str| !mark.is_empty() && mark.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    text.split_once("{{").is_some_and(|(mark, rest)| is_word(mark) && rest.contains("}}"))
}
