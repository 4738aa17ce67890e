//! Semantic versions and constraints on them, as `Masterminds/semver` has them.

use std::cmp::Ordering;

use super::super::object::Object;
use super::super::value::{Data, Value};
use super::cost::Cost::Deep;
use super::logic::truth;
use super::{Answer, Function, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("semver", "s", Deep, |arguments| {
        let version = Version::parse(arguments.str(0)?).ok_or(INVALID)?;
        Ok(Object::Version(version).into())
    }),
    plain("semverCompare", "ss", Deep, |arguments| {
        let constraint = arguments.str(0)?;
        let any = alternatives(constraint).ok_or_else(|| format!("improper constraint: {constraint:?}"))?;
        let version = Version::parse(arguments.str(1)?).ok_or(INVALID)?;
        Ok(truth(any.iter().any(|all| all.iter().all(|one| one.allows(&version)))))
    }),
];

/// Whether a text is a semantic version.
pub fn is_version(text: &str) -> bool {
    Version::parse(text).is_some()
}

/// Whether a constraint allows a version; it does not when either cannot be read.
pub fn allows(constraint: &str, version: &str) -> bool {
    let (Some(any), Some(version)) = (alternatives(constraint), Version::parse(version)) else {
        return false;
    };
    any.iter().any(|all| all.iter().all(|one| one.allows(&version)))
}

const INVALID: &str = "invalid semantic version";

/// A semantic version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    patch: u64,
    pre: String,
    metadata: String,
    original: String,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn is_label(text: &str) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}

impl Version {
    /// Reads a version; the second and third number may be left out.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = rest.split_once('+').map_or((rest, None), |(rest, label)| (rest, Some(label)));
        let (numbers, pre) = rest.split_once('-').map_or((rest, None), |(rest, label)| (rest, Some(label)));
        if [metadata, pre].into_iter().flatten().any(|label| !is_label(label)) {
            return None;
        }
        let mut parts = numbers.split('.').map(|part| {
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten()
        });
        let mut number = || parts.next().unwrap_or(Some(0));
        let (major, minor, patch) = (number()?, number()?, number()?);
        let label = |label: Option<&str>| label.unwrap_or_default().to_owned();
        let (pre, metadata) = (label(pre), label(metadata));
        parts.next().is_none().then(|| Self { major, minor, patch, pre, metadata, original: text.to_owned() })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| compare_labels(&self.pre, &other.pre))
    }

    pub(crate) fn method(&self, name: &str, arguments: &[Value]) -> Option<Answer> {
        let number = |number: u64| Data::Int(number as i64).into();
        let other = || match &arguments.first()?.data {
            Data::Object(object) => match &**object {
                Object::Version(version) => Some(version),
                _ => None,
            },
            _ => None,
        };
        Some(Ok(match name {
            "Major" => number(self.major),
            "Minor" => number(self.minor),
            "Patch" => number(self.patch),
            "Prerelease" => Value::made(self.pre.as_str()),
            "Metadata" => Value::made(self.metadata.as_str()),
            "Original" => Value::made(self.original.as_str()),
            "String" => Value::made(self.to_string()),
            "Compare" => Data::Int(self.compare(other()?) as i64).into(),
            "LessThan" => truth(self.compare(other()?) == Ordering::Less),
            "GreaterThan" => truth(self.compare(other()?) == Ordering::Greater),
            "Equal" => truth(self.compare(other()?) == Ordering::Equal),
            _ => return None,
        }))
    }
}

/// A version without a label comes after all with one; parts are compared as numbers where both are.
fn compare_labels(one: &str, other: &str) -> Ordering {
    match (one.is_empty(), other.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// A comparison with a version, of which numbers may be left open.
struct Constraint {
    operator: &'static str,
    version: Version,
    /// Any number is open.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

const OPERATORS: &[&str] = &["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];

/// The constraints between `||`, each a list of which all have to hold.
fn alternatives(text: &str) -> Option<Vec<Vec<Constraint>>> {
    text.split("||").map(all).collect()
}

fn all(text: &str) -> Option<Vec<Constraint>> {
    let ranged = ranges(text);
    let mut rest = ranged.trim();
    let mut constraints = Vec::new();
    while !rest.is_empty() {
        let operator = OPERATORS.iter().find(|operator| rest.starts_with(**operator)).copied().unwrap_or("");
        rest = rest[operator.len()..].trim_start();
        let end =
            rest.find(|sign: char| sign.is_whitespace() || ",<>=!~^".contains(sign)).unwrap_or(rest.len());
        constraints.push(Constraint::parse(operator, &rest[..end])?);
        rest = rest[end..].trim_start();
        let after = rest.strip_prefix(',').map(str::trim_start);
        if after.is_some_and(str::is_empty) {
            return None;
        }
        rest = after.unwrap_or(rest);
    }
    (!constraints.is_empty()).then_some(constraints)
}

/// `1.2 - 1.4` as `>=1.2 <=1.4`.
fn ranges(text: &str) -> String {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let mut index = 1;
    while index + 1 < words.len() {
        if words[index] == "-" {
            words[index - 1] = format!(">={}", words[index - 1]);
            words[index + 1] = format!("<={}", words[index + 1]);
            words.remove(index);
        }
        index += 1;
    }
    words.join(" ")
}

impl Constraint {
    fn parse(operator: &'static str, text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let end = plain.find(['-', '+']).unwrap_or(plain.len());
        let (numbers, label) = plain.split_at(end);
        let is_open = |part: Option<&&str>| part.is_none_or(|part| matches!(*part, "x" | "X" | "*"));
        let parts: Vec<&str> = numbers.split('.').collect();
        let is_part = |part: &&str| {
            is_open(Some(part)) || !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if parts.len() > 3 || !parts.iter().all(is_part) {
            return None;
        }
        let number = |index: usize| parts.get(index).copied().unwrap_or("0");
        let (mut minor_dirty, mut patch_dirty) = (false, false);
        let text = if is_open(parts.first()) {
            format!("0.0.0{label}")
        } else if is_open(parts.get(1)) {
            minor_dirty = true;
            format!("{}.0.0{label}", number(0))
        } else if is_open(parts.get(2)) {
            patch_dirty = true;
            format!("{}.{}.0{label}", number(0), number(1))
        } else {
            plain.to_owned()
        };
        let dirty = minor_dirty || patch_dirty || is_open(parts.first());
        Some(Self { operator, version: Version::parse(&text)?, dirty, minor_dirty, patch_dirty })
    }

    fn allows(&self, version: &Version) -> bool {
        let con = &self.version;
        // Who does not ask for labels gets none.
        if !version.pre.is_empty() && con.pre.is_empty() {
            return false;
        }
        let order = version.compare(con);
        match self.operator {
            "!=" => self.differs(version),
            ">" if !self.dirty => order == Ordering::Greater,
            ">" if version.major != con.major => version.major > con.major,
            ">" if self.minor_dirty => false,
            ">" if self.patch_dirty => version.minor > con.minor,
            ">" => order == Ordering::Greater,
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" if !self.dirty => order != Ordering::Greater,
            "<=" | "=<" => {
                let later = version.major == con.major && version.minor > con.minor && !self.minor_dirty;
                version.major <= con.major && !later
            }
            "^" => self.caret(version),
            "~" | "~>" => self.tilde(version),
            _ if self.dirty => self.tilde(version),
            _ => order == Ordering::Equal,
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let con = &self.version;
        if !self.dirty {
            return version.compare(con) != Ordering::Equal;
        }
        if con.major != version.major || con.minor != version.minor && !self.minor_dirty {
            return true;
        }
        if self.minor_dirty {
            return false;
        }
        if con.patch != version.patch && !self.patch_dirty {
            return true;
        }
        compare_labels(&version.pre, &con.pre) != Ordering::Equal
    }

    fn tilde(&self, version: &Version) -> bool {
        let con = &self.version;
        if version.compare(con) == Ordering::Less {
            return false;
        }
        let is_zero =
            (con.major, con.minor, con.patch) == (0, 0, 0) && !self.minor_dirty && !self.patch_dirty;
        is_zero || version.major == con.major && (version.minor == con.minor || self.minor_dirty)
    }

    fn caret(&self, version: &Version) -> bool {
        let con = &self.version;
        if version.compare(con) == Ordering::Less {
            return false;
        }
        if con.major > 0 || self.minor_dirty {
            return version.major == con.major;
        }
        if version.major > 0 {
            return false;
        }
        if con.minor > 0 || self.patch_dirty {
            return version.minor == con.minor;
        }
        version.minor == 0 && con.patch == version.patch
    }
}
