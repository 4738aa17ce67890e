//! Values that a release takes from a Secret. What a chart makes of them is rendered, what they are stays where it is.
//!
//! Owns what stands in their place. No byte of the Secret gets any further: neither a template nor a message can show
//! what it never had, whatever it does to its values. The keys are those that the chart itself names.

use crate::source::{Source, SourceId, SourceKind, SourceMap};
use crate::template::{Data, Map, Origin, Slot, Value};
use crate::yaml::{self, Cursor, Limits};

use super::maps::DEPTH;

/// What stands for a text or a number. Schemas, and rules about images, names and credentials, know that something fills
/// it in, and YAML takes it without quotes wherever it takes a word.
pub const UNSHOWN: &str = "<<SECRET>>";

/// The values of a text; `None` when it is no map in YAML. `origin` is the place that asks for them, and `is_named` says
/// whether a key stands in the chart.
pub(super) fn values(text: &str, origin: Origin, is_named: &dyn Fn(&str) -> bool) -> Option<Map> {
    let map = SourceMap::new(vec![Source::new("values.yaml", SourceKind::File, text.to_owned())]);
    let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), Limits::default());
    let tree = parsed.trees().next()?;
    let tree = yaml::inflate(&map, &tree)?;
    match without_texts(Value::read(Cursor::new(&map, &tree)), origin, is_named, DEPTH).data {
        Data::Map(values) => Some(values),
        _ => None,
    }
}

/// What stands for one value.
pub(super) fn value(origin: Origin) -> Value {
    let mut text = crate::template::Text::default();
    text.push_from(UNSHOWN, Some(origin));
    text.into()
}

/// Maps, lists, what is empty, and what is yes or no: nothing of it is secret, and conditions depend on it.
fn without_texts(from: Value, origin: Origin, is_named: &dyn Fn(&str) -> bool, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value(origin) };
    let below = |value| without_texts(value, origin, is_named, depth);
    let data = match from.data {
        Data::Text(text) if !text.is_empty() => return value(origin),
        Data::Float(_) | Data::Int(_) | Data::Int64(_) => return value(origin),
        Data::List(items) => Value::from(items.iter().cloned().map(below).collect::<Vec<_>>()).data,
        Data::Map(entries) => {
            let mut unnamed = 0;
            let mut entry = |(key, slot): (std::rc::Rc<str>, Slot)| {
                let key = match is_named(&key) {
                    true => key,
                    false => {
                        unnamed += 1;
                        format!("{UNSHOWN}{unnamed}").into()
                    }
                };
                (key, Slot { key: Some(origin), value: below(slot.value) })
            };
            Data::Map(entries.slots().into_iter().map(&mut entry).collect())
        }
        data @ (Data::Bool(_) | Data::Text(_)) => data,
        _ => Data::Nil,
    };
    Value { data, origin: Some(origin) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::{Span, StepId};

    #[test]
    fn nothing_but_shapes_and_names_of_the_chart_are_left() {
        let at = Origin::value(Span::new(SourceId(7), 1, 2), StepId::PARSED);
        let text = "on: true\npin: 1234\nempty: ''\nnone: null\nusers: {walrus: [a, {password: b}]}\n";
        let made = values(text, at, &|key| key != "walrus").unwrap();
        let shown = serde_json::to_string(&super::super::json::of(&made.clone().into())).unwrap();
        let expected = "{\"empty\":\"\",\"none\":null,\"pin\":\"<<SECRET>>\",\"true\":true,\"users\":\
                        {\"<<SECRET>>1\":[\"<<SECRET>>\",{\"password\":\"<<SECRET>>\"}]}}";
        assert_eq!(shown, expected);
        assert!(values("just text", at, &|_| true).is_none());
        assert!(values("a: [", at, &|_| true).is_none());
    }
}
