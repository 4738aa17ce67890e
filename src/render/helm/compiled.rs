//! Templates and schemas that were parsed already: charts are used by many releases, and two revisions share most files.
//!
//! Owns the memory alone. What is in it depends on the text of a source and nothing else, so it holds for every revision
//! in the same table of sources.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::Validator;
use rustc_hash::FxHashMap;

use crate::source::{SourceId, SourceMap};
use crate::template::{Dialect, Failure, Template};

type Templates = FxHashMap<SourceId, Vec<(Dialect, Box<str>, Result<Arc<Template>, Failure>)>>;

/// Parsed templates and schemas.
#[derive(Default)]
pub(in crate::render) struct Compiled {
    templates: RwLock<Templates>,
    schemas: RwLock<FxHashMap<SourceId, Arc<Validator>>>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled")
    }
}

impl Compiled {
    /// The template of a source. A chart under several names is several templates.
    pub fn template(
        &self,
        dialect: Dialect,
        name: &str,
        map: &SourceMap,
        source: SourceId,
    ) -> Result<Arc<Template>, Failure> {
        let known = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let of_source = known.get(&source).into_iter().flatten();
        let mut same = of_source.filter(|(of, called, _)| *of == dialect && **called == *name);
        if let Some((.., parsed)) = same.next() {
            return parsed.clone();
        }
        drop(known);
        let parsed = Template::file(dialect, name, map, source);
        let mut known = self.templates.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(source).or_default().push((dialect, name.into(), parsed.clone()));
        parsed
    }

    /// The schema of a source, which `compile` makes when nobody has yet.
    pub fn schema<E>(
        &self,
        source: SourceId,
        compile: impl FnOnce() -> Result<Validator, E>,
    ) -> Result<Arc<Validator>, E> {
        let known = self.schemas.read().unwrap_or_else(PoisonError::into_inner).get(&source).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = Arc::new(compile()?);
        let mut known = self.schemas.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(source).or_insert(compiled)))
    }
}
