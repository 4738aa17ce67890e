//! Label selectors as Kubernetes reads them.

use crate::yaml::Cursor;

/// Labels of an object, sorted by their names.
pub type Labels = std::collections::BTreeMap<String, String>;

/// Requirements that must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement {
    label: String,
    test: Test,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`.
    ///
    /// # Errors
    /// The expression that Kubernetes refuses, with the reason.
    pub fn read(at: Cursor<'_>) -> Result<Self, (Cursor<'_>, String)> {
        let labels = at.get("matchLabels").map(|labels| labels.entries()).unwrap_or_default();
        let equal = |entry: crate::yaml::Entry<'_>| {
            let (label, value) = (entry.key.text()?.into_owned(), entry.value.text()?.into_owned());
            Some(Requirement { label, test: Test::In(vec![value]) })
        };
        let mut requirements: Vec<Requirement> = labels.into_iter().filter_map(equal).collect();
        for expression in at.get("matchExpressions").into_iter().flat_map(|list| list.items()) {
            requirements.push(requirement(expression)?);
        }
        Ok(Self(requirements))
    }

    /// Whether all requirements hold; an empty selector selects everything.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|Requirement { label, test }| {
            let value = labels.get(label);
            match test {
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Test::Exists => value.is_some(),
                Test::DoesNotExist => value.is_none(),
            }
        })
    }
}

fn requirement(at: Cursor<'_>) -> Result<Requirement, (Cursor<'_>, String)> {
    let Some(label) = at.get("key").and_then(|key| key.text()) else {
        return Err((at, "The expression of a selector needs a `key`".to_owned()));
    };
    let values = at.get("values").into_iter().flat_map(|values| values.items());
    let values: Vec<String> = values.filter_map(|value| value.text()).map(|text| text.into_owned()).collect();
    let operator = at.get("operator").unwrap_or(at);
    let name = operator.text().unwrap_or_default();
    let test = match &*name {
        "In" => Test::In(values),
        "NotIn" => Test::NotIn(values),
        "Exists" if values.is_empty() => Test::Exists,
        "DoesNotExist" if values.is_empty() => Test::DoesNotExist,
        "Exists" | "DoesNotExist" => return Err((operator, format!("`{name}` takes no `values`"))),
        _ => return Err((operator, format!("`{name}` is no operator of a selector"))),
    };
    match &test {
        Test::In(values) | Test::NotIn(values) if values.is_empty() => {
            Err((operator, format!("`{name}` needs `values`")))
        }
        _ => Ok(Requirement { label: label.into_owned(), test }),
    }
}
