//! The rules that exist, and what people may call them.

use globset::GlobBuilder;

use crate::finding::Rule;

use super::suggestion;

/// All rules there are, whether they run or not. Every place where a person names rules asks here.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    rules: Vec<&'static Rule>,
}

/// A selector that names no rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unknown {
    /// One sentence without a full stop.
    pub message: String,
    /// "did you mean …?"
    pub help: Option<String>,
}

impl Catalog {
    /// A catalog of these rules.
    pub fn new(rules: &[&'static Rule]) -> Self {
        Self { rules: rules.to_vec() }
    }

    /// The rules, in the order in which they were given.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Indices of the rules that a selector names: by name, by a glob over names, by `tag:…`, or by another tool's
    /// id, which several rules may carry.
    ///
    /// # Errors
    /// It names none.
    pub fn find(&self, selector: &str) -> Result<Vec<usize>, Unknown> {
        let selector = selector.trim();
        if let Some(tag) = selector.strip_prefix("tag:") {
            return self.by_tag(tag);
        }
        if selector.contains(['*', '?', '[', '{']) {
            return self.by_glob(selector);
        }
        if let Some(index) = self.rules.iter().position(|rule| rule.name.eq_ignore_ascii_case(selector)) {
            return Ok(vec![index]);
        }
        let aliased =
            self.indices(|rule| rule.aliases.iter().any(|alias| alias.id.eq_ignore_ascii_case(selector)));
        if !aliased.is_empty() {
            return Ok(aliased);
        }
        let names = self.rules.iter().map(|rule| rule.name.as_ref());
        let ids = self.rules.iter().flat_map(|rule| rule.aliases.iter().map(|alias| alias.id.as_ref()));
        Err(Unknown {
            message: format!("unknown rule `{selector}`"),
            help: suggestion(selector, names.chain(ids)),
        })
    }

    fn indices(&self, wanted: impl Fn(&Rule) -> bool) -> Vec<usize> {
        self.rules.iter().enumerate().filter(|(_, rule)| wanted(rule)).map(|(index, _)| index).collect()
    }

    fn by_tag(&self, tag: &str) -> Result<Vec<usize>, Unknown> {
        let found = self.indices(|rule| rule.tags.iter().any(|known| known == tag));
        if !found.is_empty() {
            return Ok(found);
        }
        let tags = self.rules.iter().flat_map(|rule| rule.tags.iter().map(AsRef::as_ref));
        Err(Unknown { message: format!("no rule has the tag `{tag}`"), help: suggestion(tag, tags) })
    }

    fn by_glob(&self, pattern: &str) -> Result<Vec<usize>, Unknown> {
        let glob = GlobBuilder::new(pattern).build();
        let glob =
            glob.map_err(|error| Unknown { message: error.to_string(), help: None })?.compile_matcher();
        let found = self.indices(|rule| glob.is_match(rule.name.as_ref()));
        if found.is_empty() {
            return Err(Unknown { message: format!("no rule is named like `{pattern}`"), help: None });
        }
        Ok(found)
    }
}
