//! The `selector` of a generator: which of its elements count.
//!
//! Owns label selectors over parameters, with three answers: an element whose parameters are not known may count.

use std::collections::BTreeMap;

use crate::template::{Data, Value};
use crate::yaml::Cursor;

use super::element::Params;

/// Whether an element may count; `false` only when it certainly does not.
pub fn may_match(selector: Cursor<'_>, params: &Params) -> bool {
    let labels = selector.get("matchLabels").map(|labels| labels.entries()).unwrap_or_default();
    let holds = |key: &str, wanted: &dyn Fn(Option<&str>) -> bool| match params.find(key) {
        Some(Value { data: Data::Opaque(_), .. }) => true,
        Some(value) => wanted(Some(value.printed("").as_str())),
        None => wanted(None),
    };
    let labelled = labels.iter().all(|entry| {
        let (key, value) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
        holds(&key, &|found| found == Some(&value))
    });
    let expressions = selector.get("matchExpressions").into_iter().flat_map(|list| list.items());
    labelled
        && expressions.into_iter().all(|expression| {
            let text = |name: &str| expression.get(name).and_then(|value| value.text()).unwrap_or_default();
            let values: Vec<_> = expression.get("values").into_iter().flat_map(|list| list.items()).collect();
            let is_in = |found: &str| values.iter().any(|value| value.text().is_some_and(|it| it == found));
            match text("operator").as_ref() {
                "In" => holds(&text("key"), &|found| found.is_some_and(is_in)),
                "NotIn" => holds(&text("key"), &|found| !found.is_some_and(is_in)),
                "Exists" => holds(&text("key"), &|found| found.is_some()),
                "DoesNotExist" => holds(&text("key"), &|found| found.is_none()),
                _ => true,
            }
        })
}

/// The labels that everything has which a selector selects.
pub fn implied(selector: Cursor<'_>) -> BTreeMap<String, Value> {
    let mut implied = BTreeMap::new();
    for entry in selector.get("matchLabels").map(|labels| labels.entries()).unwrap_or_default() {
        implied.insert(
            entry.key.text().unwrap_or_default().into_owned(),
            Value::read_with_written_keys(entry.value),
        );
    }
    for expression in selector.get("matchExpressions").into_iter().flat_map(|list| list.items()) {
        let text = |name: &str| expression.get(name).and_then(|value| value.text()).unwrap_or_default();
        let values: Vec<_> = expression.get("values").into_iter().flat_map(|list| list.items()).collect();
        if let ("In", [only]) = (text("operator").as_ref(), values.as_slice()) {
            implied.insert(text("key").into_owned(), Value::read_with_written_keys(*only));
        }
    }
    implied
}
