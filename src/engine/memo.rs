//! What many checks want to know of a world, worked out once.
//!
//! Must not know what that is.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

type Known = FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// One value of each type that somebody has asked for.
#[derive(Default, Debug)]
pub struct Memo(Mutex<Known>);

impl Memo {
    /// The value of a type, which `make` works out if it is not known. Two that ask at the same time may both do so:
    /// nobody waits, and both get the same.
    pub fn get<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.known().get(&TypeId::of::<T>()).cloned();
        if let Some(Ok(value)) = known.map(Arc::downcast) {
            return value;
        }
        let value = Arc::new(make());
        let shared = Arc::clone(&value);
        self.known().insert(TypeId::of::<T>(), shared);
        value
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A poisoned lock only means that somebody panicked while they added a value.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
