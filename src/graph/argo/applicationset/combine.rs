//! Generators of generators: `matrix` and `merge`.
//!
//! Owns how elements are combined. Source: `applicationset/generators/{matrix,merge}.go`.

use crate::template::{Data, Map, Value};
use crate::yaml::Cursor;

use super::element::{Element, Params};
use super::{ELEMENTS, Run};

impl Run<'_, '_> {
    /// Every element of the first generator with every one of the second, which sees the parameters of the first.
    pub fn matrix(
        &mut self,
        body: Cursor<'_>,
        outer: Option<&Params>,
        above: &[&'static str],
    ) -> Vec<Element> {
        let above = [above, &["matrix"]].concat();
        let generators: Vec<Cursor<'_>> =
            body.get("generators").into_iter().flat_map(|list| list.items()).collect();
        let [first, second] = generators.as_slice() else { return Vec::new() };
        let mut elements = Vec::new();
        for one in self.generate(*first, outer, &above) {
            let seen = outer.map_or_else(|| one.params.clone(), |outer| outer.merged(&one.params));
            for other in self.generate(*second, Some(&seen), &above) {
                // The first generator wins.
                let params = other.params.merged(&one.params);
                let symbolic = one.symbolic.clone().or(other.symbolic);
                elements.push(Element { params, symbolic, template: None });
            }
            if elements.len() > ELEMENTS {
                break;
            }
        }
        elements
    }

    /// The elements of the first generator, with the parameters of those of the others that have the same keys.
    pub fn merge(
        &mut self,
        body: Cursor<'_>,
        outer: Option<&Params>,
        above: &[&'static str],
    ) -> Vec<Element> {
        let above = [above, &["merge"]].concat();
        let keys: Vec<String> = body
            .get("mergeKeys")
            .into_iter()
            .flat_map(|list| list.items())
            .filter_map(|key| Some(key.text()?.into_owned()))
            .collect();
        let mut generators = body.get("generators").into_iter().flat_map(|list| list.items());
        let Some(base) = generators.next() else { return Vec::new() };
        let mut elements = self.generate(base, outer, &above);
        for generator in generators {
            let overrides = self.generate(generator, outer, &above);
            elements = elements.iter().flat_map(|element| merged(element, &overrides, &keys)).collect();
            elements.truncate(ELEMENTS + 1);
        }
        elements
    }
}

/// An element with the overrides for it. A symbolic one stays, and for each override with keys that are known there is
/// one with its parameters as well: that the override is written says that there is such an element.
fn merged(element: &Element, overrides: &[Element], keys: &[String]) -> Vec<Element> {
    let Some(own) = key(&element.params, keys) else {
        let named = overrides.iter().filter(|other| key(&other.params, keys).is_some());
        let with = |other: &Element| Element {
            params: element.params.merged(&other.params),
            symbolic: element.symbolic.clone(),
            template: None,
        };
        let mut rest = element.clone();
        for other in overrides {
            rest.params.map = with_absent(&rest.params.map, &other.params.map);
        }
        return std::iter::once(rest).chain(named.map(with)).collect();
    };
    let mut result = element.clone();
    for other in overrides {
        match key(&other.params, keys) {
            Some(key) if key == own => result.params = result.params.merged(&other.params),
            Some(_) => {}
            // It may be for this one: what it sets may be either.
            None => {
                let why = other.symbolic.clone().unwrap_or_else(|| "a merge key is not known".into());
                for (name, _) in other.params.map.entries() {
                    if !keys.contains(&name) {
                        result.params = opened(&result.params, &name, &why);
                    }
                }
            }
        }
    }
    vec![result]
}

/// The parameters of elements that no override names, if there are any: what only overrides set is not known of them,
/// since each may well be named.
fn with_absent(base: &Map, overrides: &Map) -> Map {
    let map = base.copy();
    for (name, value) in overrides.entries() {
        match (base.get(&name).map(|known| known.data), value.data) {
            (None, _) => map.set(name, Value::opaque("only elements that are named have it")),
            (Some(Data::Map(known)), Data::Map(value)) => {
                map.set(name, with_absent(&known, &value).into());
            }
            _ => {}
        }
    }
    map
}

fn opened(params: &Params, name: &str, why: &str) -> Params {
    let map = params.map.copy();
    map.set(name, Value::opaque(why));
    Params { map, open: params.open.clone() }
}

/// The values of the merge keys; `None` when one is not known.
fn key(params: &Params, keys: &[String]) -> Option<Vec<Option<String>>> {
    let value = |name: &String| match params.find(name) {
        Some(Value { data: Data::Opaque(_), .. }) => None,
        value => Some(value.map(|value| value.printed("").as_str().to_owned())),
    };
    keys.iter().map(value).collect()
}
