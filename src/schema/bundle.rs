//! The schemas that plimsoll ships, as `scripts/schemas/generate.py` writes them.
//!
//! The stream is inflated when the first object asks for a kind; a definition is read when a value first meets it.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use zlib_rs::{Inflate, InflateFlush, Status};

use crate::yaml::key_hash;

use super::shape::{Bounds, Field, Fields, Key, Name, Shape, Text};
use super::target::Minors;

const PACKED: &[u8] = include_bytes!("../../schemas/kubernetes/schemas.bin");

/// A stream that leads deeper is broken: inside of a definition every object is a definition of its own.
const DEPTH: u32 = 64;

/// Where a definition is written, and what it says once somebody has asked.
#[derive(Debug)]
struct Definition {
    bytes: &'static [u8],
    shape: OnceLock<Shape>,
}

/// A kind in one of its API versions.
#[derive(Debug)]
pub struct ShippedKind {
    /// `v1`
    pub version: &'static str,
    /// The versions of Kubernetes that serve it.
    pub minors: Minors,
    /// What it was made from.
    pub origin: &'static str,
    /// Its definition.
    pub definition: u32,
}

/// The shipped schemas.
#[derive(Debug, Default)]
pub struct Bundle {
    first: u16,
    count: u16,
    strings: Vec<&'static str>,
    definitions: Vec<Definition>,
    /// By kind, then group.
    kinds: FxHashMap<&'static str, Vec<(&'static str, Vec<ShippedKind>)>>,
}

/// The shipped schemas, read when they are first asked for.
pub fn shipped() -> &'static Bundle {
    static SHIPPED: OnceLock<Bundle> = OnceLock::new();
    // A test reads all of it, so what is shipped can be read.
    SHIPPED.get_or_init(|| Bundle::read(inflate(PACKED)).unwrap_or_default())
}

/// The bytes behind a length and a deflate stream. They are kept for as long as the program runs.
fn inflate(packed: &'static [u8]) -> &'static [u8] {
    let Some((length, stream)) = packed.split_first_chunk() else { return &[] };
    let mut bytes = vec![0; u32::from_le_bytes(*length) as usize];
    match Inflate::new(false, 15).decompress(stream, &mut bytes, InflateFlush::Finish) {
        Ok(Status::StreamEnd) => bytes.leak(),
        Ok(_) | Err(_) => &[],
    }
}

impl Bundle {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let mut reader = Reader { bytes };
        let (first, count) = (reader.number()? as u16, reader.number()? as u16);
        let strings = reader.many(|reader| {
            let length = reader.number()?;
            std::str::from_utf8(reader.take(length)?).ok()
        })?;
        let definitions = reader.many(|reader| {
            let length = reader.number()?;
            Some(Definition { bytes: reader.take(length)?, shape: OnceLock::new() })
        })?;
        let mut bundle = Self { first, count, strings, definitions, kinds: FxHashMap::default() };
        for _ in 0..reader.number()? {
            let mut text = || reader.number().and_then(|at| bundle.strings.get(at).copied());
            let (group, version, kind, origin) = (text()?, text()?, text()?, text()?);
            let minors = bundle.minors(&mut reader)?;
            let definition = reader.number()? as u32;
            let groups = bundle.kinds.entry(kind).or_default();
            let shipped = ShippedKind { version, minors, origin, definition };
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, versions)) => versions.push(shipped),
                None => groups.push((group, vec![shipped])),
            }
        }
        Some(bundle)
    }

    /// The first minor version and how many there are.
    pub fn range(&self) -> (u16, u16) {
        (self.first, self.count)
    }

    /// All versions of Kubernetes.
    pub fn every(&self) -> Minors {
        Minors((1 << self.count) - 1)
    }

    /// The groups that have a kind of this name, each with its versions.
    pub fn groups(&self, kind: &str) -> &[(&'static str, Vec<ShippedKind>)] {
        self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The names of all kinds in a version of a group.
    pub fn kinds_of(&self, group: &str, version: &str) -> impl Iterator<Item = &'static str> {
        let has = move |groups: &[(&str, Vec<ShippedKind>)]| {
            let of_group = groups.iter().filter(|(name, _)| *name == group);
            of_group.flat_map(|(_, versions)| versions).any(|known| known.version == version)
        };
        self.kinds.iter().filter(move |(_, groups)| has(groups)).map(|(kind, _)| *kind)
    }

    /// What a definition says.
    pub fn definition(&self, at: u32) -> &Shape {
        let Some(definition) = self.definitions.get(at as usize) else { return &Shape::Any };
        definition.shape.get_or_init(|| {
            let mut reader = Reader { bytes: definition.bytes };
            self.shape(&mut reader, DEPTH).unwrap_or(Shape::Any)
        })
    }

    /// Versions are written as those that are missing, since most have none.
    fn minors(&self, reader: &mut Reader) -> Option<Minors> {
        Some(Minors(reader.number()? as u32 ^ self.every().0))
    }

    fn name(&self, reader: &mut Reader) -> Option<Name> {
        self.strings.get(reader.number()?).map(|text| Name::Borrowed(text))
    }

    fn shape(&self, reader: &mut Reader, depth: u32) -> Option<Shape> {
        let depth = depth.checked_sub(1)?;
        Some(match reader.number()? {
            0 => Shape::Any,
            1 => {
                // Which form a text has is for other rules to say.
                reader.number()?;
                let allowed = reader.many(|reader| self.name(reader))?.into();
                Shape::Text(Box::new(Text { allowed, ..Text::default() }))
            }
            2 => Shape::Integer(Bounds::default()),
            3 => Shape::Number(Bounds::default()),
            4 => Shape::Boolean,
            5 => Shape::IntOrString,
            6 => Shape::Quantity,
            7 => {
                let keys = reader.many(|reader| Some(Key { name: self.name(reader)?, default: None }))?;
                Shape::List(Box::new((self.shape(reader, depth)?, keys.into())))
            }
            8 => Shape::Map(Box::new(self.shape(reader, depth)?)),
            9 => {
                let is_open = reader.number()? != 0;
                let fields = reader.many(|reader| {
                    let name = self.name(reader)?;
                    let hash = key_hash(name.as_bytes());
                    let minors = self.minors(reader)?;
                    let required = Minors(reader.number()? as u32);
                    let shape = self.shape(reader, depth)?;
                    Some(Field { hash, name, minors, required, is_nullable: false, shape })
                })?;
                Shape::Object(Box::new(Fields::new(fields, is_open)))
            }
            10 => Shape::Named(reader.number()? as u32),
            _ => return None,
        })
    }
}

/// Numbers and bytes, in the order in which they are written.
struct Reader {
    bytes: &'static [u8],
}

impl Reader {
    /// LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0;
        for shift in (0..32).step_by(7) {
            let (&byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A number, and as many of what `read` reads.
    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_shipped_can_be_read() {
        let bundle = shipped();
        let (first, last) = crate::config::KubernetesVersion::KNOWN;
        assert_eq!(bundle.range(), (first, last - first + 1));
        assert!(bundle.definitions.len() > 2000);
        for definition in &bundle.definitions {
            let mut reader = Reader { bytes: definition.bytes };
            assert!(bundle.shape(&mut reader, DEPTH).is_some());
            assert!(reader.bytes.is_empty());
        }
        assert!(bundle.groups("Deployment").iter().any(|(group, _)| *group == "apps"));
    }

    #[test]
    fn what_is_shipped_stays_small() {
        assert!(PACKED.len() < 500_000);
    }

    #[test]
    fn a_broken_stream_has_no_kinds() {
        for length in [0, 1, 5, 200] {
            let broken = PACKED.get(..length).unwrap_or_default();
            assert!(inflate(broken).is_empty() || Bundle::read(inflate(broken)).is_none(), "{length}");
        }
    }
}
