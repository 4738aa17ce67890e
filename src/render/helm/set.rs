//! `--set` and its kin: `a.b[0]=1,c={x,y}` as values.
//!
//! Owns Helm's little language. What its parser panics about is an error here, as it is there. Source:
//! `pkg/strvals/parser.go`.

use crate::template::{Data, Map, Origin, Text, Value};

use super::json;

/// How the text behind `=` is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SetKind {
    /// `--set`: `true`, `null` and integers are what they look like.
    Typed,
    /// `--set-string`: text.
    Text,
    /// `--set-json`: JSON.
    Json,
    /// `--set-file`: the content of the file of that name.
    File,
    /// `--set-literal`: text, to the end, whatever is in it.
    Literal,
}

/// What ends reading.
enum Stop {
    /// The end of the text.
    End,
    /// It is wrong.
    Wrong(String),
}

type Step<T = ()> = Result<T, Stop>;

const MAX_INDEX: usize = 65_536;
const MAX_NESTING: u32 = 30;

struct Parser<'p> {
    signs: Vec<char>,
    at: usize,
    kind: SetKind,
    /// Where the values that it makes stand.
    origin: Option<Origin>,
    /// The text of a file.
    read: &'p mut dyn FnMut(&str) -> Result<Text, String>,
}

/// Sets what `text` says in a map. `read` gives the text of a file.
pub(super) fn set_into(
    map: &Map,
    kind: SetKind,
    text: &str,
    origin: Option<Origin>,
    read: &mut dyn FnMut(&str) -> Result<Text, String>,
) -> Result<(), String> {
    let mut parser = Parser { signs: text.chars().collect(), at: 0, kind, origin, read };
    loop {
        match parser.key(map, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(message)) => return Err(message),
        }
    }
}

fn wrong<T>(message: impl Into<String>) -> Step<T> {
    Err(Stop::Wrong(message.into()))
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let sign = self.signs.get(self.at).copied();
        self.at += usize::from(sign.is_some());
        sign
    }

    /// The text up to one of `stops`, and which it was; `None` at the end.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(sign) = self.next() {
            match sign {
                sign if stops.contains(&sign) => return (text, Some(sign)),
                '\\' => match self.next() {
                    Some(escaped) => text.push(escaped),
                    None => return (text, None),
                },
                sign => text.push(sign),
            }
        }
        (text, None)
    }

    fn key(&mut self, map: &Map, nesting: u32) -> Step {
        let stops: &[char] =
            if self.kind == SetKind::Literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (name, stop) = self.until(stops);
        match stop {
            None if name.is_empty() => Err(Stop::End),
            None => wrong(format!("key {name:?} has no value")),
            Some('[') => {
                let index = self.index()?;
                let known = match map.get(&name).map(|known| known.data) {
                    None => Vec::new(),
                    Some(Data::List(list)) => list.to_vec(),
                    Some(_) => return wrong(format!("unable to parse key: {name:?} is no list")),
                };
                let (list, done) = self.item(known, index, nesting);
                self.set(map, &name, list.into());
                done
            }
            Some('=') => {
                let (value, done) = self.value()?;
                self.set(map, &name, value);
                done
            }
            Some('.') => {
                if nesting >= MAX_NESTING {
                    return wrong(format!("value names are nested deeper than {MAX_NESTING} levels"));
                }
                let inner = match map.get(&name).map(|known| known.data) {
                    None => Map::default(),
                    Some(Data::Map(inner)) => inner,
                    Some(_) => return wrong(format!("unable to parse key: {name:?} is no map")),
                };
                let done = self.key(&inner, nesting + 1);
                if done.is_ok() && inner.is_empty() {
                    return wrong(format!("key map {name:?} has no value"));
                }
                if !inner.is_empty() {
                    self.set(map, &name, inner.into());
                }
                done
            }
            Some(_) => {
                self.set(map, &name, self.text(String::new()));
                wrong(format!("key {name:?} has no value (cannot end with ,)"))
            }
        }
    }

    fn set(&self, map: &Map, name: &str, value: Value) {
        if !name.is_empty() {
            map.set(name, Value { origin: value.origin.or(self.origin), ..value });
        }
    }

    fn index(&mut self) -> Step<usize> {
        let (text, stop) = self.until(&[']']);
        let index = text.parse::<i64>().ok().filter(|_| stop.is_some());
        match index {
            None => wrong(format!("error parsing index: {text:?} is no number")),
            Some(index) if index < 0 => wrong(format!("negative {index} index not allowed")),
            Some(index) => Ok(usize::try_from(index).unwrap_or(usize::MAX)),
        }
    }

    /// The list with an item set, whatever else was wrong.
    fn item(&mut self, mut list: Vec<Value>, index: usize, nesting: u32) -> (Vec<Value>, Step) {
        let (rest, stop) = self.until(&['[', '.', '=']);
        if !rest.is_empty() {
            return (list, wrong(format!("unexpected data at end of array index: {rest:?}")));
        }
        if nesting >= MAX_NESTING {
            return (list, wrong(format!("value names are nested deeper than {MAX_NESTING} levels")));
        }
        let known = list.get(index).map(|known| known.data.clone());
        let (value, done) = match stop {
            None => return (list, Err(Stop::End)),
            Some('=') => match self.value() {
                Ok((value, Ok(()))) => (value, Ok(())),
                Ok((value, done)) => (value, done),
                Err(stop) => return (list, Err(stop)),
            },
            Some('[') => {
                let next = match self.index() {
                    Ok(next) => next,
                    Err(stop) => return (list, Err(stop)),
                };
                let inner = match known {
                    None | Some(Data::Nil) => Vec::new(),
                    Some(Data::List(inner)) => inner.to_vec(),
                    Some(_) => return (list, wrong("unable to parse key: an item is no list")),
                };
                match self.item(inner, next, nesting + 1) {
                    (inner, Ok(())) => (inner.into(), Ok(())),
                    (_, stop) => return (list, stop),
                }
            }
            Some(_) => {
                let inner = match known {
                    Some(Data::Map(inner)) => inner,
                    _ => Map::default(),
                };
                match self.key(&inner, nesting + 1) {
                    Ok(()) => (inner.into(), Ok(())),
                    stop => return (list, stop),
                }
            }
        };
        if index > MAX_INDEX {
            return (list, wrong(format!("index {index} is greater than {MAX_INDEX}")));
        }
        if list.len() <= index {
            list.resize_with(index + 1, || Data::Nil.into());
        }
        if let Some(place) = list.get_mut(index) {
            *place = Value { origin: value.origin.or(self.origin), ..value };
        }
        (list, done)
    }

    /// What stands behind `=`, and whether the end follows.
    fn value(&mut self) -> Step<(Value, Step)> {
        if self.kind == SetKind::Json {
            return self.json();
        }
        if self.kind == SetKind::Literal {
            let text = self.signs.get(self.at..).unwrap_or_default().iter().collect();
            self.at = self.signs.len();
            return Ok((self.text(text), Ok(())));
        }
        match self.signs.get(self.at) {
            None => Ok((self.text(String::new()), Err(Stop::End))),
            Some('{') => {
                self.at += 1;
                let mut list: Vec<Value> = Vec::new();
                loop {
                    let (text, stop) = self.until(&[',', '}']);
                    match stop {
                        None => return wrong("list must terminate with '}'"),
                        Some(stop) => {
                            list.push(self.read_value(&text)?);
                            if stop == '}' {
                                break;
                            }
                        }
                    }
                }
                if self.signs.get(self.at) == Some(&',') {
                    self.at += 1;
                }
                Ok((list.into(), Ok(())))
            }
            Some(_) => {
                let (text, _) = self.until(&[',']);
                Ok((self.read_value(&text)?, Ok(())))
            }
        }
    }

    fn json(&mut self) -> Step<(Value, Step)> {
        if self.is_nothing() {
            return Ok((Value { data: Data::Nil, origin: self.origin }, Ok(())));
        }
        let rest: String = self.signs.get(self.at..).unwrap_or_default().iter().collect();
        let mut documents = serde_json::Deserializer::from_str(&rest).into_iter::<serde_json::Value>();
        let value = match documents.next() {
            Some(Ok(value)) => json::value(&value, self.origin),
            Some(Err(error)) => return wrong(error.to_string()),
            None => return wrong("it is no JSON"),
        };
        let read = rest.get(..documents.byte_offset()).unwrap_or_default().chars().count();
        self.at += read;
        self.is_nothing();
        Ok((value, Ok(())))
    }

    /// Skips blanks, and a comma behind them; says whether that or the end was there.
    fn is_nothing(&mut self) -> bool {
        while let Some(sign) = self.signs.get(self.at) {
            match sign {
                ',' => {
                    self.at += 1;
                    return true;
                }
                sign if sign.is_whitespace() => self.at += 1,
                _ => return false,
            }
        }
        true
    }

    fn text(&self, text: String) -> Value {
        let mut made = Text::default();
        made.push_from(&text, self.origin);
        Value { origin: self.origin, ..Value::from(made) }
    }

    fn read_value(&mut self, text: &str) -> Step<Value> {
        let data = match self.kind {
            SetKind::File => match (self.read)(text) {
                Ok(content) => return Ok(content.into()),
                Err(message) => return wrong(message),
            },
            SetKind::Typed if text.eq_ignore_ascii_case("true") => Data::Bool(true),
            SetKind::Typed if text.eq_ignore_ascii_case("false") => Data::Bool(false),
            SetKind::Typed if text.eq_ignore_ascii_case("null") => Data::Nil,
            SetKind::Typed if text == "0" => Data::Int64(0),
            SetKind::Typed if !text.starts_with('0') => match text.parse::<i64>() {
                Ok(number) => Data::Int64(number),
                Err(_) => return Ok(self.text(text.to_owned())),
            },
            _ => return Ok(self.text(text.to_owned())),
        };
        Ok(Value { data, origin: self.origin })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn set(kind: SetKind, texts: &[&str]) -> Result<String, String> {
        let map = Map::default();
        for text in texts {
            let mut read = |name: &str| Ok(Text::made(format!("content of {name}")));
            set_into(&map, kind, text, None, &mut read)?;
        }
        Ok(json::of(&map.into()).to_string())
    }

    fn typed(text: &str) -> String {
        set(SetKind::Typed, &[text]).unwrap()
    }

    #[test]
    fn values_are_what_they_look_like() {
        assert_eq!(
            typed("a=1,b=true,c=null,d=007,e=x y,f=0,g=-5,h="),
            r#"{"a":1,"b":true,"c":null,"d":"007","e":"x y","f":0,"g":-5,"h":""}"#
        );
        assert_eq!(typed("a.b.c=1,a.b.d=2"), r#"{"a":{"b":{"c":1,"d":2}}}"#);
        assert_eq!(typed(r"a\.b=x\,y,c\=d=1"), r#"{"a.b":"x,y","c=d":1}"#);
        assert_eq!(typed("a={x,1,true},b={}"), r#"{"a":["x",1,true],"b":[""]}"#);
        assert_eq!(typed("a=1.5,b=1e3"), r#"{"a":"1.5","b":"1e3"}"#);
    }

    #[test]
    fn lists_grow_as_they_are_asked_to() {
        assert_eq!(typed("a[0]=x,a[2]=y"), r#"{"a":["x",null,"y"]}"#);
        assert_eq!(typed("a[0].b=1,a[0].c=2,a[1][1]=z"), r#"{"a":[{"b":1,"c":2},[null,"z"]]}"#);
        assert!(set(SetKind::Typed, &["a[65537]=1"]).is_err());
        assert!(set(SetKind::Typed, &["a[-1]=1"]).is_err());
        assert!(set(SetKind::Typed, &["a[x]=1"]).is_err());
    }

    #[test]
    fn what_helm_refuses_is_refused() {
        for text in ["a", "a.b", "a,b=1", "a={x", "a[0]b=1", "a=1,a.b=2", "a=1,a[0]=2"] {
            assert!(set(SetKind::Typed, &[text]).is_err(), "{text}");
        }
        assert!(set(SetKind::Typed, &[&format!("{}=1", ["a"; 40].join("."))]).is_err());
    }

    #[test]
    fn other_kinds_of_values() {
        assert_eq!(set(SetKind::Text, &["a=1,b=true"]).unwrap(), r#"{"a":"1","b":"true"}"#);
        assert_eq!(
            set(SetKind::Json, &[r#"a={"x":[1,2]},b.c="y",d="#]).unwrap(),
            r#"{"a":{"x":[1,2]},"b":{"c":"y"},"d":null}"#
        );
        assert_eq!(
            set(SetKind::File, &["a.b=conf/x.txt"]).unwrap(),
            r#"{"a":{"b":"content of conf/x.txt"}}"#
        );
        assert_eq!(set(SetKind::Literal, &["a.b=x,y=z"]).unwrap(), r#"{"a":{"b":"x,y=z"}}"#);
    }
}
