//! The configuration: what people write in `plimsoll.yaml`, and what it means for a run.
//!
//! In two steps. [`Config`] is the file as typed, every word with its span; one declaration of it drives reading,
//! the JSON schema and the documentation. [`Settings`] is what follows from it, the command line and the rules
//! there are. Must not do I/O and must not know rules: their declarations are passed in.

mod catalog;
mod date;
mod de;
mod file;
mod paths;
mod schema;
mod settings;
mod spanned;

pub use catalog::{Catalog, Unknown};
pub use date::Date;
pub use file::{
    Certificates, Config, Conventions, Environment, FailOn, Helm, HelmRelease, Ignore, Images, LevelName,
    Limits, LoadRestrictor, Match, Override, PodSpecKind, PortRange, ProfileName, RequiredKey, Selector,
    Tier,
};
pub use paths::PathSet;
pub use schema::{documentation, schema};
pub use settings::{
    CommandLine, ConfiguredIgnore, DeclaredEnvironment, KubernetesVersion, ObjectPattern, RenderOptions,
    RuleOptions, Settings,
};
pub use spanned::{Entries, Spanned};

use crate::source::Span;

/// Where a repository's configuration may lie, relative to its root.
pub const FILE_NAMES: [&str; 3] = ["plimsoll.yaml", ".plimsoll.yaml", ".github/plimsoll.yaml"];

/// What is wrong with the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// Where in the configuration file; `None` when the command line or the choice of the file is wrong.
    pub span: Option<Span>,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ConfigError {
    /// Something that is wrong at a place.
    pub fn new(span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self { span: span.into(), message: message.into(), help: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into().or(self.help);
        self
    }
}

/// The configuration file of a repository, given those of [`FILE_NAMES`] that exist in it.
///
/// # Errors
/// There are several: which one counts would be a guess.
pub fn choose<'a>(present: &[&'a str]) -> Result<Option<&'a str>, ConfigError> {
    match present {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        [first, .., last] => Err(ConfigError::new(
            None,
            format!("both `{first}` and `{last}` exist, and a repository has one configuration"),
        )
        .help(format!("keep one of: {}", present.join(", ")))),
    }
}

/// "did you mean `x`?", when one of the names is close enough to be what was meant.
pub(crate) fn suggestion<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.to_lowercase();
    let similar = names.into_iter().map(|name| (strsim::jaro_winkler(&word, &name.to_lowercase()), name));
    // Below 0.8 the two share little more than letters. The first of equal ones, so that order decides nothing else.
    let best = similar
        .filter(|(score, _)| *score > 0.8)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, name)| format!("did you mean `{name}`?"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_chosen_and_two_are_an_error_that_names_both() {
        assert_eq!(choose(&[]), Ok(None));
        assert_eq!(choose(&["plimsoll.yaml"]), Ok(Some("plimsoll.yaml")));
        let error = choose(&["plimsoll.yaml", ".github/plimsoll.yaml"]).unwrap_err();
        assert!(error.message.contains("`plimsoll.yaml`"), "{error:?}");
        assert!(error.message.contains("`.github/plimsoll.yaml`"), "{error:?}");
    }

    #[test]
    fn suggestions_need_some_likeness() {
        let names = ["image-latest-tag", "host-network"];
        assert_eq!(
            suggestion("image-lastest-tag", names).as_deref(),
            Some("did you mean `image-latest-tag`?")
        );
        assert_eq!(suggestion("Host_Network", names).as_deref(), Some("did you mean `host-network`?"));
        assert_eq!(suggestion("qqq", names), None);
    }
}
