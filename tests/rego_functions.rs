//! docs/rego-functions.md says what the code says.

mod support;

use std::collections::BTreeMap;

use plimsoll::rego::{Support, table};

#[test]
fn the_table_of_functions_is_current() {
    let mut text = String::from(
        "# Functions of OPA in policies\n\n\
        Written by a test from the table in `src/rego/builtins`. *native*: as regorus has it; *own*: written or bounded here; \
        *refused*: an error when a policy is loaded, with this reason; *missing*: an error, too.\n\n\
        Compared with OPA 1.21.1 by `scripts/conformance/opa_difference.py` (2026-11-21, 3,000 generated policies for \
        each of the seeds 3, 7, 11, 12, 13): of 15,000, 889 are refused by OPA for their types, 13 by both, 14,074 give the \
        same, 24 differ: `%b`, `%x` and `%X` of fractions and `%U` of a negative number in `sprintf` (10, the last \
        corrected since), an order between sets and objects (4), \
        `not rego.metadata.rule()`, which never holds (3), `substring` with a fraction (2), `yaml.marshal` writes \
        other quotes and indents (2), `indexof` and `regex.split` with an empty text (2), a comparison of what `with` \
        leaves undefined (1). None of these that OPA accepts is refused; brackets nested deeper than 31 levels are, which \
        OPA accepts.\n\n\
        | function | state |\n|---|---|\n",
    );
    for state in table() {
        let support = match state.support {
            Support::Native => "native".to_owned(),
            Support::Own => "own".to_owned(),
            Support::Refused(reason) => format!("refused: {reason}"),
            Support::Missing => "missing".to_owned(),
        };
        text += &format!("| `{}` | {support} |\n", state.name);
    }
    support::generated::check(&BTreeMap::from([("docs/rego-functions.md".to_owned(), text)]), None);
}
