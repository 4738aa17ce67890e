//! What `violation` says, as verdicts.

use std::collections::BTreeSet;

use crate::finding::Level;
use crate::rego::{Stop, Value};

use super::super::answer::bounded;
use super::super::{Place, Verdict};
use super::value::{get, object, text};

/// The verdicts of an answer: each pair of `msg` and `details` once, as Gatekeeper counts them.
///
/// # Errors
/// A message that is no string, and more violations than anybody reads; what has no message says nothing.
pub fn verdicts(answer: Option<&Value>, level: Level) -> Result<Vec<Verdict>, Stop> {
    let responses = answer.and_then(|answer| answer.as_set().ok());
    bounded(responses.map_or(0, |responses| responses.len())).map_err(Stop::Error)?;
    let mut said: BTreeSet<(&str, Value)> = BTreeSet::new();
    for response in responses.into_iter().flat_map(|responses| responses.iter()) {
        let Some(message) = get(response, "msg") else { continue };
        let Some(message) = text(message) else {
            return Err(Stop::Error("The `msg` of a violation is no string".to_owned()));
        };
        let details = get(response, "details").cloned().unwrap_or_else(|| object([]));
        said.insert((message, details));
    }
    let verdict = |(message, details): (&str, Value)| Verdict {
        message: message.to_owned(),
        level: Some(level),
        places: Some(details)
            .filter(|details| *details != object([]))
            .map(Place::Piece)
            .into_iter()
            .collect(),
        ..Verdict::default()
    };
    Ok(said.into_iter().map(verdict).collect())
}
