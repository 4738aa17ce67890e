//! `input.review`: what Gatekeeper hands to a template about an object.

use crate::rego::{Builder, Value};
use crate::yaml::Cursor;

use super::inventory::Namespace;
use super::matching::{Match, Matched};
use super::selector::Labels;
use super::subject::Subject;
use super::value::{get, object, text};

/// An object before admission.
#[derive(Clone, Debug)]
pub struct Request {
    /// `object` and `oldObject`, those that there are.
    subjects: Vec<Subject>,
    /// The namespace of the request.
    namespace: String,
    review: Value,
}

impl Request {
    /// The request for an object as Gatekeeper's audit and `gator` make it: no operation, no user.
    pub fn of_object(subject: Subject, value: Value, namespace: Option<&Namespace>) -> Self {
        let Subject { group, version, kind, .. } = &subject;
        let kind = names(["group", "version", "kind"], [group, version, kind]);
        let mut fields = vec![("kind", kind), ("object", value)];
        for (name, value) in [("name", &subject.name), ("namespace", &subject.namespace)] {
            if !value.is_empty() {
                fields.push((name, Value::from(value.as_str())));
            }
        }
        let namespace_object = namespace.map_or(Value::Null, |namespace| namespace.object.clone());
        fields.push(("namespaceObject", namespace_object));
        let review = completed(object(fields));
        Self { namespace: subject.namespace.clone(), subjects: vec![subject], review }
    }

    /// The request of an AdmissionReview.
    ///
    /// # Errors
    /// Why the API server would not send it.
    pub fn of_admission(root: Cursor<'_>, builder: &mut Builder) -> Result<Self, String> {
        let Some(request) = root.get("request").filter(|request| request.is_map()) else {
            return Err("The AdmissionReview has no `request`".to_owned());
        };
        let part = |name: &str| request.get(name).filter(|part| !part.is_null());
        let is_delete = part("operation").and_then(|operation| operation.text()).as_deref() == Some("DELETE");
        let (object, old) = match (part("object"), part("oldObject")) {
            (None, None) => return Err("The AdmissionReview has neither `object` nor `oldObject`".to_owned()),
            (_, None) if is_delete => return Err("A DELETE needs `oldObject`".to_owned()),
            // What is deleted is looked at like what is made.
            (_, old) if is_delete => (old, old),
            (object, old) => (object, old),
        };
        for part in [object, old].into_iter().flatten() {
            if part.get("kind").is_none() {
                return Err("The object of an AdmissionReview needs `kind`".to_owned());
            }
        }
        let mut review = builder.value(request);
        if let (Ok(fields), Some(object)) = (review.as_object_mut(), object) {
            fields.insert(Value::from("object"), builder.value(object));
        }
        let review = completed(review);
        Ok(Self {
            subjects: [object, old].into_iter().flatten().map(Subject::read).collect(),
            namespace: get(&review, "namespace").and_then(text).unwrap_or_default().to_owned(),
            review,
        })
    }

    /// The object, and the old one, those that there are.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter()
    }

    /// The namespace that the request names; empty for none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether a constraint is about the object, or about the old one.
    pub fn matches(&self, criteria: &Match, namespace: Option<&Labels>) -> Matched {
        let matched = self.subjects.iter().map(|subject| criteria.matches(subject, namespace));
        matched.into_iter().find(|matched| *matched != Matched::No).unwrap_or(Matched::No)
    }

    /// `input` for a constraint with these parameters.
    pub fn input(&self, parameters: &Value) -> Value {
        object([("review", self.review.clone()), ("parameters", parameters.clone())])
    }
}

/// With the fields of an AdmissionRequest that Gatekeeper always writes, empty where nobody set them.
fn completed(mut review: Value) -> Value {
    let always = [
        ("uid", Value::from("")),
        ("kind", names(["group", "version", "kind"], ["", "", ""])),
        ("resource", names(["group", "version", "resource"], ["", "", ""])),
        ("operation", Value::from("")),
        ("userInfo", object([])),
        ("object", Value::Null),
        ("oldObject", Value::Null),
        ("options", Value::Null),
        ("namespaceObject", Value::Null),
    ];
    if let Ok(fields) = review.as_object_mut() {
        for (name, empty) in always {
            let name = Value::from(name);
            if fields.get(&name).is_none() {
                fields.insert(name, empty);
            }
        }
    }
    review
}

fn names<const N: usize>(fields: [&str; N], values: [&str; N]) -> Value {
    object(fields.into_iter().zip(values.map(Value::from)))
}
