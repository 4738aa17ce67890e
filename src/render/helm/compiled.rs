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

/// Those of each source; it is read otherwise in another dialect.
type Templates = FxHashMap<SourceId, Vec<(Dialect, Arc<Template>)>>;

/// A schema of values.
pub(super) struct CompiledSchema {
    /// As it stands.
    pub schema: serde_json::Value,
    /// What compares values with it.
    pub validator: Validator,
}

/// Parsed templates and schemas.
#[derive(Default)]
pub(in crate::render) struct Compiled {
    templates: RwLock<Templates>,
    schemas: RwLock<FxHashMap<SourceId, Arc<CompiledSchema>>>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compiled")
    }
}

impl Compiled {
    /// The template of a source under a name. A chart that others hold has one in each of them.
    pub fn template(
        &self,
        dialect: Dialect,
        name: &str,
        map: &SourceMap,
        source: SourceId,
    ) -> Result<Arc<Template>, Failure> {
        let known = self.templates.read().unwrap_or_else(PoisonError::into_inner);
        let mut same = known.get(&source).into_iter().flatten().filter(|(of, _)| *of == dialect);
        if let Some((_, parsed)) = same.next() {
            return Ok(parsed.under(name));
        }
        drop(known);
        let parsed = Template::file(dialect, name, map, source)?;
        let mut known = self.templates.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(source).or_default().push((dialect, Arc::clone(&parsed)));
        Ok(parsed)
    }

    /// The schema of a source, which `compile` makes when nobody has yet.
    pub(super) fn schema<E>(
        &self,
        source: SourceId,
        compile: impl FnOnce() -> Result<CompiledSchema, E>,
    ) -> Result<Arc<CompiledSchema>, E> {
        let known = self.schemas.read().unwrap_or_else(PoisonError::into_inner).get(&source).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = Arc::new(compile()?);
        let mut known = self.schemas.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(known.entry(source).or_insert(compiled)))
    }
}
