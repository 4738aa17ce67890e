//! JSON: text as values and values as text, with origins.

use super::super::bytes;
use super::super::go;
use super::super::text::{Origin, Text};
use super::super::value::{DEPTH, Data, Map, Slot, Value};

/// How JSON is written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Whether what means something in HTML is escaped.
    pub html: bool,
    /// Whether every item has a line of its own.
    pub pretty: bool,
}

/// A value as JSON.
pub(super) fn write(value: &Value, style: Style) -> Text {
    let mut json = Text::default();
    write_value(value, style, &mut json, 0, DEPTH);
    json
}

fn write_string(text: &Text, style: Style, to: &mut Text) {
    let string = text.as_str();
    let simple = |sign: char| match sign {
        '"' | '\\' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => false,
        '<' | '>' | '&' => !style.html,
        sign => bytes::byte(sign).is_none(),
    };
    to.push_str("\"");
    let mut start = 0;
    // What is copied as it is keeps its place exactly.
    for (at, sign) in string.char_indices().filter(|(_, sign)| !simple(*sign)) {
        to.push_slice(text, start..at);
        start = at + sign.len_utf8();
        let escape = match sign {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            sign if bytes::byte(sign).is_some() => "\\ufffd".to_owned(),
            sign => format!("\\u{:04x}", u32::from(sign)),
        };
        to.push_from(&escape, text.slice(at..start).origin());
    }
    to.push_slice(text, start..string.len());
    to.push_str("\"");
}

fn line(style: Style, to: &mut Text, indent: usize) {
    if style.pretty {
        to.push_str("\n");
        to.push_str(&"  ".repeat(indent));
    }
}

fn write_value(value: &Value, style: Style, to: &mut Text, indent: usize, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &value.data {
        Data::Text(text) => write_string(text, style, to),
        Data::Float(number) => to.push_from(&go::json(*number), value.origin),
        Data::List(items) if items.is_empty() => to.push_from("[]", value.origin),
        Data::List(items) => {
            to.push_str("[");
            for (index, item) in items.iter().enumerate() {
                to.push_str(if index > 0 { "," } else { "" });
                line(style, to, indent + 1);
                write_value(item, style, to, indent + 1, depth);
            }
            line(style, to, indent);
            to.push_str("]");
        }
        Data::Map(map) if map.is_empty() => to.push_from("{}", value.origin),
        Data::Map(map) => {
            to.push_str("{");
            for (index, (key, slot)) in map.slots().iter().enumerate() {
                to.push_str(if index > 0 { "," } else { "" });
                line(style, to, indent + 1);
                write_string(&Text::with(key.to_string(), slot.key), style, to);
                to.push_str(if style.pretty { ": " } else { ":" });
                write_value(&slot.value, style, to, indent + 1, depth);
            }
            line(style, to, indent);
            to.push_str("}");
        }
        Data::Object(object) => write_value(&object.plain(), style, to, indent, depth),
        _ => {
            let printed = value.printed("null");
            to.push_from(printed.as_str(), value.origin);
        }
    }
}

/// Reads JSON, or says what is wrong as `encoding/json` does.
pub(super) fn read(text: &Text) -> Result<Value, String> {
    let mut reader = Reader { text, bytes: text.as_str().as_bytes(), at: 0 };
    let value = reader.value(DEPTH)?;
    reader.space();
    match reader.bytes.get(reader.at) {
        None => Ok(value),
        Some(_) => reader.wrong("after top-level value"),
    }
}

struct Reader<'t> {
    text: &'t Text,
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
    }

    fn wrong<T>(&self, context: &str) -> Result<T, String> {
        match self.text.as_str().get(self.at..).and_then(|rest| rest.chars().next()) {
            None => Err("unexpected end of JSON input".to_owned()),
            Some('\'') => Err(format!("invalid character '\\'' {context}")),
            Some(sign) => {
                Err(format!("invalid character {} {context}", format!("{sign:?}").replace("\\0", "\\x00")))
            }
        }
    }

    fn origin(&self, start: usize) -> Option<Origin> {
        self.text.slice(start..self.at).origin()
    }

    fn value(&mut self, depth: u32) -> Result<Value, String> {
        let Some(depth) = depth.checked_sub(1) else { return Err("exceeded max depth".to_owned()) };
        self.space();
        let start = self.at;
        let Some(first) = self.bytes.get(start) else { return self.wrong("") };
        match first {
            b'{' => self.object(depth, start),
            b'[' => self.array(depth, start),
            b'"' => self.string().map(|text| Value { origin: text.origin(), ..text.into() }),
            b'-' | b'0'..=b'9' => self.number(start),
            b't' => self.word(start, "true", Data::Bool(true)),
            b'f' => self.word(start, "false", Data::Bool(false)),
            b'n' => self.word(start, "null", Data::Nil),
            _ => self.wrong("looking for beginning of value"),
        }
    }

    fn word(&mut self, start: usize, word: &str, data: Data) -> Result<Value, String> {
        for (index, byte) in word.bytes().enumerate() {
            self.at = start + index;
            if self.bytes.get(self.at) != Some(&byte) {
                let expected = char::from(byte);
                return self.wrong(&format!("in literal {word} (expecting '{expected}')"));
            }
        }
        self.at = start + word.len();
        Ok(Value { data, origin: self.origin(start) })
    }

    fn number(&mut self, start: usize) -> Result<Value, String> {
        let more = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        while self.bytes.get(self.at).is_some_and(more) {
            self.at += 1;
        }
        let number = self.text.as_str().get(start..self.at).and_then(|text| text.parse::<f64>().ok());
        match number {
            Some(number) => Ok(Value { data: Data::Float(number), origin: self.origin(start) }),
            None => self.wrong("in numeric literal"),
        }
    }

    fn string(&mut self) -> Result<Text, String> {
        let mut made = Text::default();
        self.at += 1;
        let mut start = self.at;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    made.push_slice(self.text, start..self.at);
                    self.at += 1;
                    return Ok(made);
                }
                Some(b'\\') => {
                    made.push_slice(self.text, start..self.at);
                    let from = self.at;
                    let sign = self.escape()?;
                    made.push_from(sign.encode_utf8(&mut [0; 4]), self.origin(from));
                    start = self.at;
                }
                Some(0..=0x1f) => return self.wrong("in string literal"),
                Some(_) => self.at += 1,
                None => return self.wrong(""),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let sign = match self.bytes.get(self.at) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(sign @ (b'"' | b'\\' | b'/')) => char::from(*sign),
            Some(b'u') => {
                let high = self.code(self.at + 1)?;
                self.at += 4;
                let low = if self.bytes.get(self.at + 1..self.at + 3) == Some(b"\\u") {
                    self.code(self.at + 3).ok().filter(|low| (0xdc00..0xe000).contains(low))
                } else {
                    None
                };
                match (high, low) {
                    (0xd800..0xdc00, Some(low)) => {
                        self.at += 6;
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return self.wrong("in string escape code"),
        };
        self.at += 1;
        Ok(sign)
    }

    fn code(&self, at: usize) -> Result<u32, String> {
        let digits = self.text.as_str().get(at..at + 4);
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.ok_or_else(|| "invalid character in \\u hexadecimal character escape".to_owned())
    }

    fn object(&mut self, depth: u32, start: usize) -> Result<Value, String> {
        let map = Map::default();
        self.at += 1;
        self.space();
        if self.bytes.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(Value { origin: self.origin(start), ..map.into() });
        }
        loop {
            self.space();
            if self.bytes.get(self.at) != Some(&b'"') {
                return self.wrong("looking for beginning of object key string");
            }
            let key = self.string()?;
            self.space();
            if self.bytes.get(self.at) != Some(&b':') {
                return self.wrong("after object key");
            }
            self.at += 1;
            let value = self.value(depth)?;
            map.set_slot(key.as_str(), Slot { key: key.origin(), value });
            self.space();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return self.wrong("after object key:value pair"),
            }
        }
        self.at += 1;
        Ok(Value { origin: self.origin(start), ..map.into() })
    }

    fn array(&mut self, depth: u32, start: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(Value { origin: self.origin(start), ..items.into() });
        }
        loop {
            items.push(self.value(depth)?);
            self.space();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return self.wrong("after array element"),
            }
        }
        self.at += 1;
        Ok(Value { origin: self.origin(start), ..Value::from(items) })
    }
}
