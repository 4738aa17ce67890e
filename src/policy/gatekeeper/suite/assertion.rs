//! What a case says about the violations of its object.

use regex::Regex;

use crate::template::go_regex;
use crate::yaml::Cursor;

/// How many violations have a message like this.
pub struct Assertion {
    count: Count,
    message: Option<String>,
}

enum Count {
    /// At least one, `yes`, which is what an assertion says that says nothing.
    Some,
    /// None, `no`.
    None,
    /// This many.
    Exactly(usize),
    /// As written: neither of them.
    Wrong(String),
}

impl Assertion {
    /// Reads an entry of `assertions`.
    pub fn read(at: Cursor<'_>) -> Self {
        let violations = at.get("violations").filter(|violations| !violations.is_null());
        let count = violations.map_or(Count::Some, |violations| {
            let number = violations.int().and_then(|number| usize::try_from(number).ok());
            match (number, violations.text().as_deref()) {
                (Some(number), _) => Count::Exactly(number),
                (None, Some("yes")) => Count::Some,
                (None, Some("no")) => Count::None,
                (None, other) => Count::Wrong(other.unwrap_or_default().to_owned()),
            }
        });
        let message = at.get("message").filter(|message| !message.is_null());
        Self { count, message: message.and_then(|message| message.text()).map(|text| text.into_owned()) }
    }

    /// Compares with the messages of the violations.
    ///
    /// # Errors
    /// What is otherwise, with the messages.
    pub fn check(&self, messages: &[String]) -> Result<(), String> {
        let pattern = match &self.message {
            Some(message) => Some(
                Regex::new(&go_regex::translate(message))
                    .map_err(|_| format!("`{message}` is no regular expression"))?,
            ),
            None => None,
        };
        let is_meant = |message: &&String| pattern.as_ref().is_none_or(|pattern| pattern.is_match(message));
        let found = messages.iter().filter(is_meant).count();
        let expected = match &self.count {
            Count::Some if found > 0 => return Ok(()),
            Count::None if found == 0 => return Ok(()),
            Count::Exactly(number) if found == *number => return Ok(()),
            Count::Some => "at least one".to_owned(),
            Count::None => "none".to_owned(),
            Count::Exactly(number) => number.to_string(),
            Count::Wrong(written) => {
                return Err(format!("`violations` must be a number, yes or no, not `{written}`"));
            }
        };
        let like = self.message.as_ref().map_or_else(String::new, |message| format!(" like `{message}`"));
        let messages = messages.join("; ");
        Err(format!("{found} violations{like} instead of {expected}: {messages}")
            .trim_end_matches(": ")
            .to_owned())
    }
}
