//! Constraints: what a template is asked with, and about which objects.

use crate::finding::Level;
use crate::rego::{Builder, Value};
use crate::source::Span;
use crate::yaml::{Cursor, push_name};

use super::matching::Match;
use super::problem::{Problem, ProblemKind, place};
use super::schema::{Misfit, Schema};
use super::template::Template;
use super::value;

/// The group of constraints.
pub const GROUP: &str = "constraints.gatekeeper.sh";

/// A constraint that Gatekeeper would take.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// `kind`: that of its template.
    pub kind: String,
    /// `metadata.name`
    pub name: String,
    /// Which objects it is about.
    pub matching: Match,
    /// `spec.parameters`, with the defaults of the template.
    pub parameters: Value,
    /// What happens to an object that violates it.
    pub enforcement: Enforcement,
    /// Where its name is written.
    pub place: Span,
    /// Where the kind is written in its template.
    pub template: Span,
}

/// `enforcementAction`, and what `scopedEnforcementActions` says for each enforcement point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Enforcement {
    /// The same everywhere.
    Everywhere(Level),
    /// At each of these points; `*` is all of them.
    At(Vec<(String, Level)>),
}

impl Enforcement {
    /// The worst that happens at any point.
    pub fn level(&self) -> Level {
        match self {
            Enforcement::Everywhere(level) => *level,
            Enforcement::At(points) => points.iter().map(|(_, level)| *level).max().unwrap_or(Level::Note),
        }
    }

    /// What happens at a point; `None` where the constraint is not evaluated.
    pub fn level_at(&self, point: &str) -> Option<Level> {
        match self {
            Enforcement::Everywhere(level) => Some(*level),
            Enforcement::At(points) => {
                let there = points.iter().filter(|(name, _)| name == "*" || name == point);
                there.map(|(_, level)| *level).max()
            }
        }
    }
}

impl Constraint {
    /// Reads a constraint of a template.
    ///
    /// # Errors
    /// Everything for which Gatekeeper would refuse it.
    pub fn read(
        root: Cursor<'_>,
        template: &Template<'_>,
        criteria: &Schema,
        builder: &mut Builder,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut refuse = |at: Cursor<'_>, message: String| {
            problems.push(Problem::new(ProblemKind::Constraint, at, message));
        };
        let text = |at: Option<Cursor<'_>>| at.and_then(|at| at.text()).unwrap_or_default().into_owned();
        let version = root.get("apiVersion").unwrap_or(root);
        if !["v1beta1", "v1alpha1"].iter().any(|known| text(Some(version)) == format!("{GROUP}/{known}")) {
            refuse(version, format!("Gatekeeper has no `{}`", text(Some(version))));
        }
        let named = root.path(&["metadata", "name"]).unwrap_or(root);
        if !named.text().is_some_and(|name| is_subdomain(&name)) {
            refuse(named, format!("`{}` is no name of a constraint", text(root.path(&["metadata", "name"]))));
        }
        let spec = root.get("spec");
        let field = |name: &str| spec.and_then(|spec| spec.get(name)).filter(|field| !field.is_null());
        let known = ["match", "parameters", "enforcementAction", "scopedEnforcementActions"];
        unknown_fields(spec, &known, &mut refuse);
        if let Some(at) = field("match") {
            misfits(at, "match", criteria, &builder.value(at), &mut refuse);
        }
        let matching = field("match").map_or_else(|| Ok(Match::default()), Match::read);
        let matching = matching.unwrap_or_else(|(at, message)| {
            refuse(at, message);
            Match::default()
        });
        let written = field("parameters").map_or_else(|| value::object([]), |at| builder.value(at));
        let parameters = match (&template.schema, field("parameters")) {
            (Some(schema), Some(at)) => {
                let parameters = schema.defaulted(written);
                misfits(at, "parameters", schema, &parameters, &mut refuse);
                parameters
            }
            // The API server fills in the fields of what is there, and `parameters` is not.
            (Some(schema), None) => schema.defaulted_when_absent(),
            (None, Some(at)) => {
                refuse(at, format!("The template of `{}` takes no parameters", template.kind));
                written
            }
            (None, None) => written,
        };
        let enforcement = enforcement(spec, &mut refuse);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (kind, name) = (template.kind.clone(), text(Some(named)));
        let (place, template) = (place(named), place(template.place));
        Ok(Self { kind, name, matching, parameters, enforcement, place, template })
    }
}

fn enforcement(spec: Option<Cursor<'_>>, refuse: &mut impl FnMut(Cursor<'_>, String)) -> Enforcement {
    let action = |at: Cursor<'_>, refuse: &mut dyn FnMut(Cursor<'_>, String)| match at.text().as_deref() {
        Some("deny") => Level::Error,
        Some("warn") => Level::Warning,
        Some("dryrun") => Level::Note,
        other => {
            let name = other.unwrap_or_default();
            refuse(at, format!("`{name}` is no enforcement action: deny, warn, dryrun or scoped"));
            Level::Note
        }
    };
    let Some(written) = spec.and_then(|spec| spec.get("enforcementAction")).filter(|at| !at.is_null()) else {
        return Enforcement::Everywhere(Level::Error);
    };
    if written.text().as_deref() != Some("scoped") {
        return Enforcement::Everywhere(action(written, refuse));
    }
    let Some(scoped) = spec.and_then(|spec| spec.get("scopedEnforcementActions")) else {
        refuse(written, "Scoped enforcement needs `scopedEnforcementActions`".to_owned());
        return Enforcement::At(Vec::new());
    };
    let mut points = Vec::new();
    for entry in scoped.items() {
        let level = action(entry.get("action").unwrap_or(entry), refuse);
        let names = entry.get("enforcementPoints").into_iter().flat_map(|list| list.items());
        let names = names.filter_map(|point| point.get("name")?.text());
        points.extend(names.map(|name| (name.into_owned(), level)));
    }
    Enforcement::At(points)
}

fn unknown_fields(at: Option<Cursor<'_>>, known: &[&str], refuse: &mut impl FnMut(Cursor<'_>, String)) {
    for entry in at.map(|at| at.entries()).unwrap_or_default() {
        let name = entry.key.text().unwrap_or_default();
        if !known.contains(&&*name) {
            refuse(entry.key, format!("`{name}` is none of {}", known.join(", ")));
        }
    }
}

/// What of a value does not fit, each at the deepest value that is written.
fn misfits(
    at: Cursor<'_>,
    name: &str,
    schema: &Schema,
    value: &Value,
    refuse: &mut impl FnMut(Cursor<'_>, String),
) {
    for Misfit { path, message } in schema.misfits(value) {
        let mut route = name.to_owned();
        for step in &path {
            match step.parse::<usize>() {
                Ok(index) => route.push_str(&format!("[{index}]")),
                Err(_) => push_name(&mut route, step),
            }
        }
        refuse(deepest(at, &path), format!("`{route}` {message}"));
    }
}

/// The value at the end of a path, or the last one that is written.
fn deepest<'w>(at: Cursor<'w>, path: &[String]) -> Cursor<'w> {
    let mut found = at;
    for name in path {
        let next = match name.parse::<usize>() {
            Ok(index) if found.is_seq() => found.items().nth(index),
            _ => found.get(name),
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    found
}

/// Whether a name is a DNS subdomain of RFC 1123.
fn is_subdomain(name: &str) -> bool {
    let is_end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|&byte| is_end(byte))
            && bytes.last().is_some_and(|&byte| is_end(byte))
            && bytes.iter().all(|&byte| is_end(byte) || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}
