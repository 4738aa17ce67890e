//! What the property does not hold for, each with the reason. The one list of them.

use crate::property::Violation;

/// A reason why a change that names no scalar is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Known {
    /// The edit decides which files are read, or which plugin a document is for. All that comes of them comes and
    /// goes with it, and no value in it is different for that.
    Loaded,
    /// The edit is in a table of fields (`configurations:`). Such a table tells what kinds of objects look like, as
    /// Kustomize's own tables do; it is nothing that a value is made of.
    FieldTable,
}

impl Known {
    /// The reason, if there is one.
    pub fn of(violation: &Violation) -> Option<Self> {
        let edit = &violation.edit;
        let is_list_of_files = ["resources", "bases", "components", "transformers"].contains(&&*edit.under);
        let is_plugin = edit.under == "apiVersion" && edit.old == "builtin"
            || edit.under == "kind" && edit.old.ends_with("Transformer");
        if is_list_of_files || is_plugin {
            return Some(Known::Loaded);
        }
        edit.path.ends_with("fields.yaml").then_some(Known::FieldTable)
    }
}
