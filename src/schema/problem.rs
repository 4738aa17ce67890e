//! What is wrong with a value, as data.

use super::shape::Name;

/// Something that a schema does not allow.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Index of the value in the arena of the object.
    pub node: u32,
    /// Index of its key, when it has one.
    pub key: Option<u32>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Debug)]
pub enum ProblemKind {
    /// A field that the schema does not have.
    Unknown(Unknown),
    /// Fields that must be set below the value, and are not.
    Missing(Vec<Name>),
    /// A value of another type.
    Type {
        /// What is wanted: `text`, `a number`.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A number or a boolean where text is wanted and quotes are all that is missing: labels, annotations, variables.
    Unquoted {
        /// What it is.
        found: &'static str,
    },
    /// A text that is none of the words that are allowed.
    Word {
        /// These words.
        allowed: Vec<Name>,
        /// The one that may be meant.
        near: Option<Name>,
    },
    /// An amount that Kubernetes cannot read.
    Quantity,
    /// What a CustomResourceDefinition asks for besides: a pattern, a length, a range. As a clause: `must match …`.
    Limit(String),
    /// A rule in CEL that does not hold.
    Rule {
        /// As it is written.
        rule: String,
        /// What its author says about it.
        message: Option<String>,
    },
    /// An item of a list that has what another one has, by which Kubernetes tells them apart.
    Duplicate {
        /// The list.
        list: String,
        /// The fields that are the same.
        keys: Vec<Name>,
    },
    /// Something that the definition asks and that could not be looked at: a rule in CEL, or words that are not known.
    Unverified(String),
}

/// A field that is not in the schema.
#[derive(Clone, PartialEq, Debug)]
pub struct Unknown {
    /// The field that may be meant.
    pub near: Option<Name>,
    /// The first and the last minor version that have the field, when the targeted one does not.
    pub elsewhere: Option<(u16, u16)>,
}
