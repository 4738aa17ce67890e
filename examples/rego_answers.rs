//! Answers of policies, for scripts/conformance/opa_difference.py: a question a line, an answer a line.

#![allow(clippy::disallowed_methods)]

use std::io::stdin;

use plimsoll::rego::{Limits, Module, Policy, Program, STACK, Value, check};

fn main() {
    let run = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        for line in stdin().lines().map_while(Result::ok) {
            println!(
                "{}",
                answer(&line).unwrap_or_else(|error| serde_json::json!({ "error": error }).to_string())
            );
        }
    });
    let _ = run.map(std::thread::JoinHandle::join);
}

/// `{"module", "rule", "input"}` to `{"value"}`, `{}` where it is undefined, or an error.
fn answer(line: &str) -> Result<String, String> {
    let question: serde_json::Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let text = |name: &str| question[name].as_str().unwrap_or_default().to_owned();
    let errors = |errors: &[plimsoll::rego::PolicyError]| format!("{errors:?}");
    let module = Module::read("a.rego", &text("module")).map_err(|error| errors(&[error]))?;
    let modules = [module];
    let wrong = check(&modules);
    if !wrong.is_empty() {
        return Err(errors(&wrong));
    }
    let policies: Vec<Policy> = modules.iter().map(Module::policy).collect();
    let program = Program::new(&policies, Value::new_object(), &[text("rule")], Limits::default());
    let program = program.map_err(|wrong| errors(&wrong))?;
    let mut answers = Vec::new();
    for mut machine in [program.machine(), program.watched()] {
        machine.set_input(Value::from(question["input"].clone()));
        answers.push(machine.ask(0));
    }
    // A watched machine interprets: both ways have to say the same.
    if let [Ok(one), Ok(other)] = answers.as_slice()
        && one != other
    {
        return Err(format!("bytecode says {one:?}, the interpreter {other:?}"));
    }
    match answers.swap_remove(0) {
        Ok(Some(value)) => {
            Ok(format!("{{\"value\": {}}}", value.to_json_str().unwrap_or_default().replace('\n', " ")))
        }
        Ok(None) => Ok("{}".to_owned()),
        Err(stop) => Err(format!("{stop:?}")),
    }
}
