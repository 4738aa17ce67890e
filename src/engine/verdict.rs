//! Where a verdict of a policy lies, once its path is known: absent fields, objects of a unit, commands of a job.
//!
//! Must not ask policies, nor report.

use crate::ci::Job;
use crate::model::ObjectView;
use crate::policy::{Key, Place, Verdict, locate};
use crate::rego::Value;
use crate::source::Span;
use crate::yaml::Cursor;

use super::At;

/// A place in an object, or that of the keys that are missing there.
pub fn missing_at(object: Option<ObjectView<'_>>, value: Cursor<'_>, missing: &[Key]) -> At {
    let names: Vec<&str> = missing
        .iter()
        .map_while(|key| match key {
            Key::Name(name) => Some(name.as_str()),
            Key::Index(_) => None,
        })
        .collect();
    match object {
        Some(object) if !names.is_empty() => At::missing_below(&object, value, &names),
        // What is wrong with a field as a whole stands at its name, not where its first entry begins.
        _ if missing.is_empty() && value.text().is_some() => At::value(value),
        _ => At::key(value),
    }
}

/// A verdict about a unit as one about an object of it: `objects`, its number, and the way from there.
pub fn of_unit(mut verdict: Verdict, objects: &[Value]) -> (Verdict, Option<usize>) {
    let mut at = None;
    for place in verdict.places.iter_mut().chain(&mut verdict.related) {
        match place {
            Place::Path(keys) => {
                if let [Key::Name(name), Key::Index(index), ..] = keys.as_slice()
                    && name == "objects"
                    && at.is_none_or(|at| at == *index)
                {
                    at = Some(*index);
                    keys.drain(..2);
                }
            }
            Place::Piece(piece) if at.is_none() => {
                at = objects.iter().position(|object| locate::holds(object, piece))
            }
            Place::Piece(_) | Place::File(..) => {}
        }
    }
    (verdict, at)
}

/// The command that a path leads to: `["commands", 3, "words", 0]`.
pub fn command_at(verdict: &Verdict, job: &Job) -> Option<Span> {
    verdict.places.iter().find_map(|place| match place {
        Place::Path(keys) => match keys.as_slice() {
            [Key::Name(name), Key::Index(index), ..] if name == "commands" => {
                let mut commands = job.commands().filter(|command| !command.words.is_empty());
                commands.nth(*index).map(|command| command.words_span())
            }
            _ => None,
        },
        Place::File(..) | Place::Piece(_) => None,
    })
}
