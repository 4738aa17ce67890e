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
        Compared with OPA 1.21.1 by `scripts/conformance/opa_difference.py` (2026-11-21, 3,000 \
        generated policies, seed 3): 156 are refused by OPA for their types, 2,841 give the same, 3 differ: \
        `net.cidr_is_valid` of a number is \
        undefined instead of false (2), and `not rego.metadata.rule()` does not hold behind `else` \
        (1). With seed 7, 2,823 give the same and 12 differ, besides these `%b`, `%x` and `%X` of fractions in \
        `sprintf`, and `substring` with a fraction. None of these that OPA accepts is refused. The comparison is older than the \
        interpretation of rules that may conflict; brackets nested deeper than 31 levels are refused, which OPA accepts.\n\n\
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
