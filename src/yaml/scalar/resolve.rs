//! The type of a plain scalar, as the two versions of go-yaml that read our files see it.
//!
//! Owns the tables of go-yaml's `resolve.go`. Must not know tags: a node with `!!str` is not asked.

/// Which go-yaml reads the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schema {
    /// go-yaml v2, behind `sigs.k8s.io/yaml`: manifests on their way to the API server, Helm values. YAML 1.1
    /// booleans: `yes`, `on` and `y` are `true`.
    GoYamlV2,
    /// go-yaml v3, behind kyaml: what Kustomize reads. Of the booleans only `true` and `false`.
    GoYamlV3,
}

/// A plain scalar with its type. Dates and base-60 numbers are strings, as they are when they reach JSON.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Typed<'t> {
    /// `~`, `null`, or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits `i64`.
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// A floating point number, `.inf` and `.nan` included.
    Float(f64),
    /// Everything else.
    Str(&'t str),
}

/// The type of the decoded text of a plain scalar. A quoted or block scalar is a string and needs no answer.
#[inline]
pub fn resolve(text: &str, schema: Schema) -> Typed<'_> {
    // Nearly every value ends at its first byte; of the words only those are compared that begin like one.
    let Some(first) = text.bytes().next() else { return Typed::Null };
    match first {
        b'0'..=b'9' | b'+' | b'-' => number(text),
        b'.' => fraction(text),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' if text.len() <= 5 => {
            word(text, schema)
        }
        _ => Typed::Str(text),
    }
}

#[inline(never)]
fn word(text: &str, schema: Schema) -> Typed<'_> {
    match text {
        "~" | "null" | "Null" | "NULL" => Typed::Null,
        "true" | "True" | "TRUE" => Typed::Bool(true),
        "false" | "False" | "FALSE" => Typed::Bool(false),
        _ if schema == Schema::GoYamlV3 => Typed::Str(text),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Typed::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Typed::Bool(false),
        _ => Typed::Str(text),
    }
}

/// Text that begins with a dot.
fn fraction(text: &str) -> Typed<'_> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Typed::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" => Typed::Float(f64::INFINITY),
        _ => float(text).map_or(Typed::Str(text), Typed::Float),
    }
}

/// Text that begins with a digit or a sign.
#[inline(never)]
fn number(text: &str) -> Typed<'_> {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Typed::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Typed::Float(f64::NEG_INFINITY),
        _ => {}
    }
    // Image tags, versions, sizes and dates end here: they have a byte that no number has.
    let numeric = |byte: u8| byte.is_ascii_hexdigit() || b"xXoO_+-.".contains(&byte);
    if !text.bytes().all(numeric) {
        return Typed::Str(text);
    }
    let joined;
    let plain = if text.contains('_') {
        joined = text.replace('_', "");
        joined.as_str()
    } else {
        text
    };
    if let Some(integer) = integer(plain) {
        return integer;
    }
    float(plain).map_or(Typed::Str(text), Typed::Float)
}

/// Go's `strconv.ParseInt(text, 0, 64)` and `ParseUint`: a leading zero is octal, `0x`, `0o` and `0b` name
/// their base.
fn integer(plain: &str) -> Option<Typed<'static>> {
    let (sign, digits) = match plain.as_bytes().first()? {
        b'-' => (Some('-'), &plain[1..]),
        b'+' => (Some('+'), &plain[1..]),
        _ => (None, plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match sign {
        Some('-') => 0_i64.checked_sub_unsigned(magnitude).map(Typed::Int),
        _ if magnitude <= i64::MAX as u64 => Some(Typed::Int(magnitude as i64)),
        None => Some(Typed::Uint(magnitude)),
        Some(_) => None, // ParseUint takes no sign
    }
}

/// go-yaml's `yamlStyleFloat`, `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, when the value is finite.
fn float(plain: &str) -> Option<f64> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let whole = digits(rest);
    let rest = &rest[whole..];
    let (rest, fraction) = match rest.strip_prefix('.') {
        Some(rest) => (&rest[digits(rest)..], digits(rest)),
        None => (rest, 0),
    };
    if whole + fraction == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if exponent.is_empty() || digits(exponent) != exponent.len() {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}
