//! Runs suites of `gator verify` and says what became of them: `cargo run --example gator -- SUITE...`.
//!
//! For `scripts/conformance/gatekeeper.sh`; people run `plimsoll test`.

#![allow(clippy::disallowed_methods)]

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use plimsoll::policy::gatekeeper::suite::{Outcome, verify};
use plimsoll::rego::Limits;

fn main() -> ExitCode {
    let read = |path: &Utf8Path| std::fs::read_to_string(path).ok();
    let (mut passed, mut all) = (0, 0);
    for path in std::env::args().skip(1).map(Utf8PathBuf::from) {
        let text = read(&path).unwrap_or_default();
        let result = match verify(&path, &text, &read, Limits::default()) {
            Ok(result) => result,
            Err(error) => {
                println!("{error}");
                continue;
            }
        };
        for test in &result.tests {
            let place = format!("{path}:{}: {}", test.line, test.name);
            match &test.outcome {
                Outcome::Passed => {}
                other => println!("{place}: {other:?}"),
            }
            all += test.missed;
            for case in &test.cases {
                all += 1;
                match &case.outcome {
                    Outcome::Passed => passed += 1,
                    other => println!("{path}:{}: {}/{}: {other:?}", case.line, test.name, case.name),
                }
            }
        }
    }
    println!("{passed} of {all} cases");
    if passed == all && all > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
