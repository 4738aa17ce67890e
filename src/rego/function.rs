//! Functions that policies may call besides those of OPA: what a dialect brings.
//!
//! Must not know what they do. They are pure: nothing but their arguments and what they were made with.

use std::fmt;
use std::sync::Arc;

use regorus::{Extension, Value};

/// What a function does; an error is a built-in error of OPA, which makes the expression undefined.
type Call = dyn Fn(&[Value]) -> Result<Value, String> + Send + Sync;

/// A function for policies.
#[derive(Clone)]
pub struct Function {
    /// What policies call it, dots included.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arguments: u8,
    /// What it does.
    pub call: Arc<Call>,
}

impl Function {
    /// A function.
    pub fn new(
        name: &'static str,
        arguments: u8,
        call: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        Self { name, arguments, call: Arc::new(call) }
    }

    pub(super) fn extension(&self) -> Box<dyn Extension> {
        let call = Arc::clone(&self.call);
        // An error would end the whole question; for OPA it is one expression that has no value.
        Box::new(move |arguments: Vec<Value>| Ok(call(&arguments).unwrap_or(Value::Undefined)))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.arguments)
    }
}
