//! What trivy knows and OPA does not: `result.new` and `isManaged` as ordinary Rego, its other functions, what its checks are
//! about, and Dockerfiles as it hands them over.
//!
//! Libraries (`data.lib.kubernetes`) come with the checks that people bring.

use std::net::IpAddr;

use crate::rego::{Function, Module, RuleKind, Value};
use crate::shell::{self, Expressions};
use crate::source::{Source, SourceKind, SourceMap, Span};

use super::Target;
use super::answer::{field, text};
use super::input::{Format, instructions, object};
use super::prepare::Purpose;

/// What time it is in tests: noon of the first day of 2026, in nanoseconds.
const NOON: u64 = 1_767_268_800_000_000_000;

/// Where the functions below are.
const PACKAGE: &str = "plimsoll.trivy";

/// `result.new` hands back what it was given, so that its place can be found; lines of its own make no sense for objects
/// that were rendered.
const RESULT: &str =
    "package plimsoll.trivy.result\n\nimport rego.v1\n\nnew(msg, obj) := {\"msg\": msg, \"obj\": obj}\n";

/// What tests get: as trivy has it, so that two findings of one text at one place are one.
const TESTED_RESULT: &str = "package plimsoll.trivy.result\n\nimport rego.v1\n\n\
    new(msg, obj) := object.union({\"msg\": msg, \"startline\": 0, \"endline\": 0, \"filepath\": \"\"}, metadata(obj))\n\n\
    metadata(obj) := obj.__defsec_metadata if {\n\tis_object(obj.__defsec_metadata)\n} else := {}\n";

/// What nobody marked is managed.
const MANAGED: &str = "package plimsoll.trivy\n\nimport rego.v1\n\nisManaged(resource) := false if {\n\
    \tresource.__defsec_metadata.managed == false\n} else := true\n";

/// The text of a check with what it uses of trivy imported, on the line of its package and on empty lines behind it: no line
/// moves.
pub fn with_imports(text: &str) -> Option<String> {
    let names = [("result.new(", "result"), ("isManaged(", "isManaged")];
    let mut imports = names
        .iter()
        .filter(|(call, name)| text.contains(call) && !text.contains(&format!(".{name}\n")))
        .map(|(_, name)| format!("import data.{PACKAGE}.{name}"));
    let mut next = Some(imports.next()?);
    let mut is_behind = false;
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        if !is_behind && line.starts_with("package ") {
            is_behind = true;
            let code = line.split('#').next().unwrap_or_default().trim_end();
            out.push_str(code);
            out.push(' ');
            out.push_str(&next.take().unwrap_or_default());
            out.push_str(line.get(code.len()..).unwrap_or_default());
            next = imports.next();
            continue;
        }
        if is_behind && line.trim().is_empty() {
            out.push_str(&next.take().unwrap_or_default());
            next = next.or_else(|| imports.next());
        }
        out.push_str(line);
    }
    is_behind.then_some(out)
}

/// The modules that such imports name.
pub fn runtime(purpose: Purpose) -> impl Iterator<Item = Module> {
    let result = match purpose {
        Purpose::Rules => RESULT,
        Purpose::Tests => TESTED_RESULT,
    };
    let modules = [("plimsoll/trivy/result.rego", result), ("plimsoll/trivy/managed.rego", MANAGED)];
    modules.into_iter().filter_map(|(name, text)| Module::read(name, text).ok())
}

/// Whether a module is a check of trivy: it uses trivy's results or its old metadata. New metadata is told by its fields.
pub fn is_check(module: &Module, text: &str) -> bool {
    let is_old =
        |head: &crate::rego::Head| head.name == "__rego_metadata__" && head.kind == RuleKind::Complete;
    text.contains("result.new(") || module.heads.iter().any(is_old)
}

/// What a selector is about: `{type: kubernetes, subtypes: [{kind: pod}]}`.
///
/// # Errors
/// The type, where it is one that nobody can ask about here: clouds, Terraform, charts.
pub fn target(selectors: &[Value]) -> Result<Target, String> {
    let mut formats = Vec::new();
    let mut kinds = Vec::new();
    let (mut is_object, mut is_any, mut other) = (false, false, None);
    for selector in selectors {
        match text(selector, "type").unwrap_or_default().as_str() {
            "kubernetes" | "rbac" => {
                is_object = true;
                let subtypes = field(selector, "subtypes").and_then(|subtypes| subtypes.as_array().ok());
                match subtypes {
                    Some(subtypes) => {
                        kinds.extend(subtypes.iter().filter_map(|subtype| text(subtype, "kind")))
                    }
                    None => is_any = true,
                }
            }
            "dockerfile" => formats.push(Format::Dockerfile),
            "yaml" => formats.push(Format::Yaml),
            "json" => formats.push(Format::Json),
            "toml" => formats.push(Format::Toml),
            name => other = Some(name.to_owned()),
        }
    }
    match (is_object, formats.is_empty(), other) {
        (true, _, _) => Ok(Target::Object(if is_any { Vec::new() } else { kinds })),
        (_, false, _) => Ok(Target::Document(formats)),
        (_, _, Some(name)) => Err(name),
        // Without a selector trivy asks about everything.
        _ => Ok(Target::Object(Vec::new())),
    }
}

/// A Dockerfile as trivy hands it to policies.
///
/// # Errors
/// A line that starts with no instruction.
pub fn dockerfile(path: &str, text: &str) -> Result<Value, String> {
    let words = |words: &[String]| words.iter().map(|word| Value::from(word.as_str())).collect::<Vec<_>>();
    let mut stages: Vec<(String, Vec<Value>)> = Vec::new();
    for instruction in instructions(text)?.into_iter().filter(|instruction| instruction.name != "comment") {
        if instruction.name == "from" {
            stages.push((instruction.value.join(" "), Vec::new()));
        }
        let command = object([
            ("Cmd", instruction.name.as_str().into()),
            ("SubCmd", instruction.sub.as_str().into()),
            ("Flags", words(&instruction.flags).into()),
            ("Value", words(&instruction.value).into()),
            ("Original", instruction.original.as_str().into()),
            ("JSON", instruction.json.into()),
            ("Stage", instruction.stage.into()),
            ("Path", path.into()),
            ("StartLine", instruction.lines.0.into()),
            ("EndLine", instruction.lines.1.into()),
        ]);
        match stages.last_mut() {
            Some((_, commands)) => commands.push(command),
            // Arguments before the first stage belong to none.
            None => continue,
        }
    }
    let stage = |(name, commands): (String, Vec<Value>)| {
        object([("Name", name.as_str().into()), ("Commands", commands.into())])
    };
    Ok(object([("Stages", stages.into_iter().map(stage).collect::<Vec<Value>>().into())]))
}

/// The functions that trivy adds to OPA's, but for those that are Rego above.
pub fn functions(purpose: Purpose) -> Vec<Function> {
    let taking = |name, call: fn(&str) -> Value| {
        Function::new(name, 1, move |arguments: &[Value]| {
            let text = arguments.first().and_then(|text| text.as_string().ok());
            Ok(call(text.ok_or("a text")?))
        })
    };
    // Libraries of trivy-checks count days. What is asked about inputs has no clock; a test has one that stands still.
    let clock = Function::new("time.now_ns", 0, |_| Ok(NOON.into()));
    let clock = Some(clock).filter(|_| purpose == Purpose::Tests);
    let functions = [
        taking("sh.parse_commands", commands),
        taking("cidr.is_public", |range| is_public(range).into()),
        taking("cidr.count_addresses", |range| addresses(range).into()),
        taking("squealer.scan_string", |text| {
            let found = is_secret(text);
            let description = if found { "a password or key" } else { "" };
            object([("transgressionFound", found.into()), ("description", description.into())])
        }),
    ];
    functions.into_iter().chain(clock).collect()
}

/// The commands of a script, each a list of its words as they are written.
fn commands(script: &str) -> Value {
    let map = SourceMap::new(vec![Source::new("", SourceKind::File, script.to_owned())]);
    let id = crate::source::SourceId(0);
    let all = Span::new(id, 0, script.len() as u32);
    let script = shell::parse(&map, all, Expressions::NONE, &mut shell::Variables::default());
    let words = |command: &shell::Command| {
        let words = command.words.iter().map(|word| Value::from(map.slice(word.span)));
        Value::from(words.collect::<Vec<Value>>())
    };
    script
        .commands
        .iter()
        .filter(|command| !command.words.is_empty())
        .map(words)
        .collect::<Vec<Value>>()
        .into()
}

/// A network: its first address and how many bits name it.
fn network(range: &str) -> Option<(IpAddr, u32, u32)> {
    let (address, bits) = match range.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (range, None),
    };
    let address: IpAddr = address.trim().parse().ok()?;
    let size = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(size);
    (bits <= size).then_some((address, bits, size))
}

fn is_everything(range: &str) -> bool {
    range == "*" || range.eq_ignore_ascii_case("internet") || range.eq_ignore_ascii_case("any")
}

fn addresses(range: &str) -> u64 {
    if is_everything(range) {
        return u64::MAX;
    }
    match network(range) {
        Some((_, bits, size)) if size - bits < 63 => 1 << (size - bits),
        Some(_) => u64::MAX,
        None => 0,
    }
}

/// Whether the first or the last address of a range is one that the internet routes.
fn is_public(range: &str) -> bool {
    if is_everything(range) {
        return true;
    }
    let Some((address, bits, _)) = network(range) else { return false };
    let last = match address {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(bits).unwrap_or(0);
            IpAddr::V4((address.to_bits() | host).into())
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(bits).unwrap_or(0);
            IpAddr::V6((address.to_bits() | host).into())
        }
    };
    !is_private(address) || !is_private(last)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            address.is_loopback() || first & 0xffc0 == 0xfe80 || first & 0xfe00 == 0xfc00
        }
    }
}

/// Whether a text sets something that is called like a credential, or holds the start of a known key.
fn is_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let names = ["password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key"];
    let is_set = |name: &&str| {
        let after = lower.find(*name).and_then(|at| lower.get(at + name.len()..));
        let after = after.map(|rest| rest.trim_start_matches(['"', '\'', '_', '-', ' ']));
        let value = after.and_then(|rest| rest.strip_prefix([':', '=']));
        let value = value.map(|rest| rest.trim_start_matches([' ', '"', '\'', '\\', '=', '>']));
        value.is_some_and(|value| {
            value.chars().take_while(|c| c.is_ascii_alphanumeric()).count() >= 4 && !value.starts_with('$')
        })
    };
    let is_key = |at: usize| {
        let digits = text.get(at + 4..).unwrap_or_default();
        digits.bytes().take_while(|b| b.is_ascii_uppercase() || b.is_ascii_digit()).count() >= 16
    };
    text.contains("-----BEGIN ") || text.find("AKIA").is_some_and(is_key) || names.iter().any(is_set)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn imports_move_no_line() {
        let text = "# c\npackage a # x\n\ndeny contains r if { r := result.new(\"m\", input) }\n";
        let new = with_imports(text).unwrap();
        assert_eq!(new.lines().nth(1), Some("package a import data.plimsoll.trivy.result # x"));
        assert_eq!(new.lines().count(), text.lines().count());
        let both = with_imports("package a\n\nimport rego.v1\n\nx if isManaged(result.new(1))\n").unwrap();
        assert_eq!(both.lines().nth(1), Some("import data.plimsoll.trivy.isManaged"));
        assert_eq!(with_imports("package a\nimport data.x.result\nx := result.new(1)\n"), None);
        assert_eq!(with_imports("package a\n"), None);
    }

    #[test]
    fn selectors_say_what_is_asked_about() {
        let target = |json: &str| {
            let selectors = Value::from_json_str(json).unwrap();
            target(selectors.as_array().unwrap().as_slice())
        };
        let pods = target(r#"[{"type": "kubernetes", "subtypes": [{"kind": "pod"}]}]"#).unwrap();
        assert!(pods.is_about("Pod") && !pods.is_about("Service"));
        assert!(target(r#"[{"type": "kubernetes"}]"#).unwrap().is_about("Service"));
        assert_eq!(target(r#"[{"type": "dockerfile"}]"#), Ok(Target::Document(vec![Format::Dockerfile])));
        assert_eq!(target(r#"[{"type": "cloud"}]"#), Err("cloud".to_owned()));
    }

    #[test]
    fn ranges_and_scripts() {
        assert_eq!(["10.0.0.0/16", "1.2.3.4/32", "*", "x"].map(addresses), [65_536, 1, u64::MAX, 0]);
        let public = ["10.0.0.0/16", "0.0.0.0/0", "100.64.0.0/8", "fc00::/7", "8.8.8.8"].map(is_public);
        assert_eq!(public, [false, true, true, false, true]);
        let read = commands("apt update && apt install -y \"a b\"; X=1 make");
        let expected = r#"[["apt", "update"], ["apt", "install", "-y", "\"a b\""], ["make"]]"#;
        assert_eq!(read, Value::from_json_str(expected).unwrap());
        let secret = ["PASSWORD=\\\"SomeSort\\\"", "GREETING=\"Hello\"", "token: ${TOKEN}"].map(is_secret);
        assert_eq!(secret, [true, false, false]);
    }

    #[test]
    fn dockerfiles_have_stages() {
        let value = dockerfile("Dockerfile", "ARG A=1\nFROM a AS x\nRUN y\nFROM b\n").unwrap();
        let stages = value["Stages"].as_array().unwrap();
        assert_eq!(stages.len(), 2);
        assert_eq!(stages.get(0).unwrap()["Commands"][1]["StartLine"], Value::from(3_u64));
    }
}
