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
        Compared with OPA 1.20.2 by `scripts/conformance/opa_difference.py` (2026-11-21, 3,000 generated policies, seed 3): \
        1,373 are refused by OPA, 1,615 give the same, 12 differ: `%x` of fractions and `%q` of control characters in `sprintf` (6), \
        the order of objects and sets (1), `yaml.is_valid` of what is no text (1), arithmetic with what is no number under `with`, \
        which is an error instead of undefined (3), `not` before a list with something undefined in it (1, since mended).\n\n\
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
