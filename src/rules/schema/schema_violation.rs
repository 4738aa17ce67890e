//! `schema-violation`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::{Catalog, Lookup, ProblemKind, lifecycle};

use crate::yaml::Cursor;

use super::checked;

rule! {
    /// A value that the schema of its kind does not allow: another type, a word that is none of those it may be.
    ///
    /// ## Why
    ///
    /// The API server refuses such an object, and what is applied together with it stays as it was.
    ///
    /// Kubernetes' own kinds are compared with the definitions of the version that `kubernetes-version` or the
    /// repository's own clusters name, or of all versions that plimsoll knows when nothing does. Custom resources are compared with the
    /// CustomResourceDefinitions of the repository, and else with the ones that plimsoll brings of well-known projects.
    /// A definition in the repository also says which patterns, formats, ranges, sets, alternatives (`oneOf`, `anyOf`, `not`)
    /// and rules in CEL (`x-kubernetes-validations`) hold.
    ///
    /// ## What passes
    ///
    /// - kinds that nothing is known about, and custom resources that a CustomResourceDefinition of the repository does
    ///   not describe either
    /// - values that something fills in or decrypts first: `${NAME}`, `{{ … }}`, `ENC[…]`
    /// - patches, which are looked at as part of what they make
    /// - the status, and the installation manifests of Flux and Argo CD
    /// - words that are unlike all that a custom resource may have where the repository does not define it: another
    ///   version of the project may have more
    /// - rules in CEL that compare with what was there before, and those that cannot be evaluated, which
    ///   `schema-not-verified` lists
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: "3"
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
    ///           imagePullPolicy: Allways
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
    pub static RULE = "schema-violation" {
        level: Error,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [KubeLinter "schema-validation"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

const WHY: &str = "the API server refuses the object, and what is applied together with it stays as it was";

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    wrong_group(object, cx);
    checked::problems(object, cx, |problem, value, cx| {
        let name = checked::name(object, value);
        let (message, help) = match &problem.kind {
            ProblemKind::Type { wanted, found } => (
                format!("`{name}` in {} is {found}, and must be {wanted}", checked::place(object, value)),
                match (*wanted, *found) {
                    ("text", "a number" | "a boolean") => "write it in quotes".to_owned(),
                    (_, "text") => "write it without quotes, as what it is".to_owned(),
                    _ => format!("write {wanted}"),
                },
            ),
            ProblemKind::Word { allowed, near } => {
                let written = value.text().unwrap_or_default();
                let place = checked::place(object, value);
                let message = format!("`{name}` in {place} cannot be `{written}`");
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write {}", crate::schema::listed(allowed, "or")),
                };
                (message, help)
            }
            ProblemKind::Limit(limit) => (
                format!("{} must {limit}", subject(object, value)),
                "write a value that the CustomResourceDefinition allows".to_owned(),
            ),
            ProblemKind::Rule { rule, message } => {
                let message = message.as_deref().map_or_else(|| format!("`{rule}`"), str::to_owned);
                (
                    format!("{} breaks a rule of its definition: {message}", subject(object, value)),
                    format!("the rule is `{rule}`, where `self` is {}", subject(object, value)),
                )
            }
            ProblemKind::Unknown(_)
            | ProblemKind::Unverified(_)
            | ProblemKind::Duplicate { .. }
            | ProblemKind::Missing(_)
            | ProblemKind::Unquoted { .. }
            | ProblemKind::Quantity => return,
        };
        // What is wrong with a collection as a whole stands at its name.
        let at = if value.text().is_some() { At::value(value) } else { At::key(value) };
        cx.report(at, Report { message, why: WHY.into(), help: help.into() });
    });
}

/// What a problem is about: a field and where it stands, or the object.
fn subject(object: &ObjectView<'_>, value: Cursor<'_>) -> String {
    match value.index() == object.root.index() {
        true => object.kind().to_owned(),
        false => format!("`{}` in {}", checked::name(object, value), checked::place(object, value)),
    }
}

/// A kind that Kubernetes has, under an API version that does not have it: `v1` of a Deployment.
fn wrong_group(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    if !Catalog::is_built_in(api_version) || lifecycle(api_version, kind).is_some() {
        return;
    }
    let schemas = checked::Schemas::of(cx.world());
    if !schemas.target.has_schemas() {
        return;
    }
    if !matches!(schemas.catalog.find(object.map, api_version, kind), Lookup::Unknown) {
        return;
    }
    let (Some(meant), Some(at)) = (Catalog::meant(api_version, kind), object.root.get("kind")) else {
        return;
    };
    let is_version = meant.starts_with('v') || meant.contains('/');
    let at = if is_version { object.root.get("apiVersion").unwrap_or(at) } else { at };
    let report = Report {
        message: format!("`{api_version}` has no {kind}"),
        why: WHY.into(),
        help: format!("did you mean `{meant}`?").into(),
    };
    cx.report(At::value(at), report);
}
