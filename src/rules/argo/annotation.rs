//! Annotations of Argo CD that hold a list, and sync options wherever they stand.

use crate::engine::At;
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::application::{Application, is_templated};

/// A word of a list, and where it stands.
pub struct Word<'w> {
    /// The word, without the blanks around it.
    pub text: String,
    /// The scalar it stands in.
    pub value: Cursor<'w>,
    /// Its bytes in the decoded scalar.
    range: (usize, usize),
}

impl Word<'_> {
    /// The place for a report.
    pub fn at(&self) -> At {
        At::part(self.value, self.range.0, self.range.1)
    }
}

/// The annotations of an object, and of the Applications that an ApplicationSet makes.
pub fn annotation<'w>(object: &ObjectView<'w>, name: &str) -> Vec<Cursor<'w>> {
    let is_set = object.kind() == "ApplicationSet";
    let template =
        is_set.then(|| object.root.path(&["spec", "template", "metadata", "annotations"])).flatten();
    let annotations = [object.annotations(), template].into_iter().flatten();
    annotations.filter_map(|annotations| annotations.get(name)).collect()
}

/// The words of a list with commas. Nothing of a list that a template fills in.
pub fn words(value: Cursor<'_>) -> Vec<Word<'_>> {
    let text = value.text().unwrap_or_default();
    if is_templated(&text) {
        return Vec::new();
    }
    let mut start = 0;
    let mut words = Vec::new();
    for part in text.split(',') {
        let blank = part.len() - part.trim_start().len();
        let word = part.trim();
        if !word.is_empty() {
            let range = (start + blank, start + blank + word.len());
            words.push(Word { text: word.to_owned(), value, range });
        }
        start += part.len() + 1;
    }
    words
}

/// The sync options of an object: those of its annotation, and for an Application those of its sync policy, which are
/// not taken apart at commas.
pub fn sync_options<'w>(object: &ObjectView<'w>) -> Vec<Word<'w>> {
    let annotations = annotation(object, "argocd.argoproj.io/sync-options");
    let mut options: Vec<Word<'w>> = annotations.into_iter().flat_map(words).collect();
    options.extend(policy_options(object));
    options
}

/// The options that hold for all objects of an Application.
pub fn policy_options<'w>(object: &ObjectView<'w>) -> Vec<Word<'w>> {
    let is_application =
        object.group() == "argoproj.io" && matches!(object.kind(), "Application" | "ApplicationSet");
    let Some(application) = Application::new(object).filter(|_| is_application) else { return Vec::new() };
    let items = application.root.path(&["spec", "syncPolicy", "syncOptions"]);
    let items = items.into_iter().flat_map(|list| list.items());
    let words = items.filter_map(|value| {
        let text = value.text().filter(|text| !is_templated(text))?.into_owned();
        Some(Word { range: (0, text.len()), text, value })
    });
    words.collect()
}
