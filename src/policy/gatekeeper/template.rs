//! ConstraintTemplates: what they say, before anything is compiled.

use crate::rego::Builder;
use crate::yaml::Cursor;

use super::problem::{Problem, ProblemKind};
use super::rename::Role;
use super::schema::Schema;

/// The group of templates.
pub const GROUP: &str = "templates.gatekeeper.sh";

/// The only target that Gatekeeper has.
const TARGET: &str = "admission.k8s.gatekeeper.sh";

/// A template whose policy is written in Rego.
pub struct Template<'w> {
    /// The kind of its constraints.
    pub kind: String,
    /// Where that kind is written.
    pub place: Cursor<'w>,
    /// `metadata.gatekeeper.sh/title`
    pub title: String,
    /// The annotation `description`.
    pub description: String,
    /// What parameters its constraints take; `None` for none.
    pub schema: Option<Schema>,
    /// The modules, the entry first.
    pub modules: Vec<Module<'w>>,
    /// Whether they are written as before OPA 1.0.
    pub is_v0: bool,
}

/// A module as it is written.
pub struct Module<'w> {
    /// The scalar that holds it.
    pub at: Cursor<'w>,
    /// What it is to the template.
    pub role: Role,
}

impl<'w> Template<'w> {
    /// Reads a template.
    ///
    /// # Errors
    /// Why Gatekeeper would refuse it, or what of it is not evaluated.
    pub fn read(root: Cursor<'w>, builder: &mut Builder) -> Result<Self, Problem> {
        let refused = |at: Cursor<'w>, message: String| Problem::new(ProblemKind::Template, at, message);
        let text = |at: Option<Cursor<'w>>| at.and_then(|at| at.text()).unwrap_or_default();
        let version = root.get("apiVersion").unwrap_or(root);
        if !["v1", "v1beta1", "v1alpha1"]
            .iter()
            .any(|known| text(Some(version)).ends_with(&format!("/{known}")))
        {
            return Err(refused(version, format!("Gatekeeper has no `{}`", text(Some(version)))));
        }
        let metadata = root.get("metadata").unwrap_or(root);
        let Some(place) = root.path(&["spec", "crd", "spec", "names", "kind"]) else {
            let message = "A ConstraintTemplate needs `spec.crd.spec.names.kind`".to_owned();
            return Err(refused(metadata.get("name").unwrap_or(root), message));
        };
        let (kind, name) = (text(Some(place)).into_owned(), text(metadata.get("name")));
        if name != kind.to_lowercase() {
            let message =
                format!("The template of `{kind}` must be called `{}`, not `{name}`", kind.to_lowercase());
            return Err(refused(metadata.get("name").unwrap_or(root), message));
        }
        let targets = root.path(&["spec", "targets"]);
        let all: Vec<Cursor<'w>> = targets.into_iter().flat_map(|targets| targets.items()).collect();
        let &[target] = all.as_slice() else {
            let message = format!("A ConstraintTemplate has one target, not {}", all.len());
            return Err(refused(targets.unwrap_or(place), message));
        };
        let handler = target.get("target").unwrap_or(target);
        if text(Some(handler)) != TARGET {
            return Err(refused(
                handler,
                format!("The target must be `{TARGET}`, not `{}`", text(Some(handler))),
            ));
        }
        let source = source(target)?;
        let is_v0 = text(source.get("version")) != "v1";
        let Some(rego) = source.get("rego") else {
            return Err(refused(source, "The source of a template in Rego needs `rego`".to_owned()));
        };
        let libraries = source.get("libs").into_iter().flat_map(|libraries| libraries.items());
        let libraries = libraries.map(|at| Module { at, role: Role::Library });
        let annotation = |name: &str| text(metadata.path(&["annotations", name])).trim().to_owned();
        Ok(Self {
            title: annotation("metadata.gatekeeper.sh/title"),
            description: annotation("description"),
            schema: schema(root, &text(Some(version)), builder),
            modules: std::iter::once(Module { at: rego, role: Role::Entry }).chain(libraries).collect(),
            is_v0,
            kind,
            place,
        })
    }
}

/// Where `rego`, `libs` and `version` of a target stand.
fn source(target: Cursor<'_>) -> Result<Cursor<'_>, Problem> {
    if target.get("rego").and_then(|rego| rego.text()).is_some_and(|rego| !rego.is_empty()) {
        return Ok(target);
    }
    let engines: Vec<Cursor<'_>> = target.get("code").into_iter().flat_map(|code| code.items()).collect();
    let named = |code: Cursor<'_>| code.get("engine").and_then(|engine| engine.text()).map(String::from);
    if let Some(code) = engines.iter().find(|code| named(**code).as_deref() == Some("Rego")) {
        return Ok(code.get("source").unwrap_or(*code));
    }
    match engines.first() {
        Some(code) => {
            let engine = named(*code).unwrap_or_default();
            let message =
                format!("Nothing is evaluated of this template: its engine is `{engine}`, not Rego");
            Err(Problem::new(ProblemKind::NotEvaluated, code.get("engine").unwrap_or(*code), message))
        }
        None => Err(Problem::new(ProblemKind::Template, target, "The template has no code".to_owned())),
    }
}

fn schema(root: Cursor<'_>, version: &str, builder: &mut Builder) -> Option<Schema> {
    let validation = root.path(&["spec", "crd", "spec", "validation"]);
    // Only `v1` wants structural schemas unless it is told otherwise.
    let is_legacy = validation.and_then(|validation| validation.get("legacySchema")?.bool());
    let is_legacy = is_legacy.unwrap_or(!version.ends_with("/v1"));
    let written =
        validation.and_then(|validation| validation.get("openAPIV3Schema")).filter(|at| at.is_map());
    match written {
        Some(schema) => Some(Schema::new(builder.value(schema), is_legacy)),
        None => is_legacy.then(|| Schema::new(super::value::object([]), true)),
    }
}
