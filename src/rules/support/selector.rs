//! Selectors of labels as Kubernetes reads them.
//!
//! Must not know what is selected.

use std::borrow::Cow;

use crate::yaml::Cursor;

/// Labels that controllers give to pods on their own: what selects by them cannot be judged by a template.
const GIVEN: [&str; 8] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-",
    "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/",
];

/// A selector.
pub struct Selector<'w> {
    labels: Vec<(Cow<'w, str>, Cow<'w, str>)>,
    expressions: Vec<Cursor<'w>>,
    is_unknown: bool,
}

impl<'w> Selector<'w> {
    /// A mapping of labels, as Services have it.
    pub fn of_labels(labels: Cursor<'w>) -> Self {
        let mut selector = Self { labels: Vec::new(), expressions: Vec::new(), is_unknown: false };
        selector.add(labels);
        selector
    }

    /// `matchLabels` and `matchExpressions`.
    pub fn of(selector: Cursor<'w>) -> Self {
        let mut read = Self { labels: Vec::new(), expressions: Vec::new(), is_unknown: false };
        selector.get("matchLabels").into_iter().for_each(|labels| read.add(labels));
        let expressions = selector.get("matchExpressions");
        read.expressions.extend(expressions.into_iter().flat_map(|list| list.items()));
        read
    }

    fn add(&mut self, labels: Cursor<'w>) {
        for entry in labels.entries() {
            let (Some(key), Some(value)) = (entry.key.text(), entry.value.text()) else { continue };
            if GIVEN.iter().any(|given| key.starts_with(given)) {
                continue;
            }
            // Text that something fills in later may become anything.
            self.is_unknown |= value.contains(['$', '{', '<']) || key.contains(['$', '{', '<']);
            self.labels.push((key, value));
        }
    }

    /// Whether nothing is asked for: it selects everything, or nothing for a Service.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// Whether it cannot be judged: a template fills it in.
    pub fn is_unknown(&self) -> bool {
        self.is_unknown
    }

    /// The labels that must be there.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    /// Whether labels fulfil everything that is asked for.
    pub fn matches(&self, labels: &[(Box<str>, Box<str>)]) -> bool {
        let value = |key: &str| labels.iter().find(|(known, _)| **known == *key).map(|(_, value)| &**value);
        self.labels().all(|(key, wanted)| value(key) == Some(wanted))
            && self.expressions.iter().all(|expression| fulfils(*expression, value))
    }

    /// The labels as `key=value`, as a message shows them.
    pub fn shown(&self) -> String {
        let shown: Vec<String> = self.labels().map(|(key, value)| format!("`{key}: {value}`")).collect();
        super::listed(&shown, "and")
    }
}

/// Whether the label that an expression names, given by its value, fulfils it.
pub fn fulfils<'a>(expression: Cursor<'_>, value: impl Fn(&str) -> Option<&'a str>) -> bool {
    let text = |name: &str| expression.get(name).and_then(|value| value.text()).unwrap_or_default();
    let key = text("key");
    if GIVEN.iter().any(|given| key.starts_with(given)) {
        return true;
    }
    let is_listed = |wanted: &str| {
        let values = expression.get("values").into_iter().flat_map(|values| values.items());
        values.filter_map(|value| value.text()).any(|value| value == wanted)
    };
    match (text("operator").as_ref(), value(&key)) {
        ("In", value) => value.is_some_and(is_listed),
        ("NotIn", value) => !value.is_some_and(is_listed),
        ("Exists", value) => value.is_some(),
        ("DoesNotExist", value) => value.is_none(),
        // Something that the API refuses.
        _ => true,
    }
}
