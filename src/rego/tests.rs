//! What regorus does differently from OPA, one test for each difference; and policies that mean harm.

use super::*;

/// A program, and the same without bytecode.
fn load(texts: &[&str], rule: &str) -> Result<[Program; 2], Vec<PolicyError>> {
    let modules: Result<Vec<Module>, PolicyError> =
        texts.iter().enumerate().map(|(index, text)| Module::read(&format!("{index}.rego"), text)).collect();
    let modules = modules.map_err(|error| vec![error])?;
    let errors = check(&modules);
    if !errors.is_empty() {
        return Err(errors);
    }
    let policies: Vec<Policy> = modules.iter().map(Module::policy).collect();
    let program = Program::new(&policies, Value::new_object(), &[rule.to_owned()], Limits::default())?;
    let interpreted = program.interpreted();
    Ok([program, interpreted])
}

fn compact(text: &str) -> String {
    text.split_whitespace().collect()
}

fn ask(program: &Program, input: &str) -> String {
    let mut machine = program.machine();
    machine.set_input(Value::from_json_str(input).unwrap());
    match machine.ask(0) {
        Ok(Some(value)) => compact(&value.to_json_str().unwrap()),
        Ok(None) => "undefined".to_owned(),
        Err(stop) => format!("{stop:?}"),
    }
}

/// The value of `data.t.x`, by bytecode and by the interpreter.
#[track_caller]
fn gives(body: &str, input: &str, expected: &str) {
    let [program, interpreted] = match load(&[&format!("package t\n{body}")], "data.t.x") {
        Ok(programs) => programs,
        Err(errors) => panic!("{body}\n{errors:?}"),
    };
    // regorus compiles everything but `with`; what a loop finds may conflict.
    let loops = ["x := v if { v := input.v[_]", "f(a) := v if {\n\tsome v in a"];
    let is_interpreted = body.contains(" with ") || loops.iter().any(|start| body.starts_with(start));
    assert_eq!(program.compiled(), usize::from(!is_interpreted), "bytecode: {body}");
    assert_eq!(ask(&program, input), compact(expected), "bytecode: {body}");
    assert_eq!(ask(&interpreted, input), compact(expected), "interpreter: {body}");
}

/// What loading says: line, column, and a part of the message.
#[track_caller]
fn refused(texts: &[&str], line: u32, column: u32, message: &str) {
    let errors = load(texts, "data.t.x").err().unwrap_or_default();
    let found = errors.iter().any(|e| (e.line, e.column) == (line, column) && e.message.contains(message));
    assert!(found, "{texts:?}\n{errors:?}");
}

#[test]
fn d1_negation_asks_for_its_operands_first() {
    let input = r#"{"c": {"image": "reg/a"}, "xs": [1]}"#;
    for (body, expected) in [
        ("x if not startswith(input.c.missing, \"reg/\")", "undefined"),
        ("x if {\n\tnot startswith(input.c.missing, \"reg/\")\n}", "undefined"),
        ("x if not startswith(input.c.image, \"other/\")", "true"),
        ("x if not input.c.missing != 1", "undefined"),
        ("x if not input.c.missing > 1", "undefined"),
        ("x if not input.c.missing in [1]", "undefined"),
        ("x if not {1}[input.c.missing]", "undefined"),
        ("x if not count([input.c.missing]) == 2", "undefined"),
        ("x if not input.c.missing == \"c\"", "true"),
        ("x if not input.c.missing", "true"),
        ("f(v) if v == 2\nx if not f(input.c.missing)", "undefined"),
        ("f(v) if v == 2\nx if not f(input.xs[0])", "true"),
        ("x if not startswith(input.c.a, \"o\") with input as {\"c\": {\"a\": \"x\"}}", "true"),
        ("p := input.missing\nx if not startswith(p, \"a\")", "undefined"),
    ] {
        gives(body, input, expected);
    }
}

#[test]
fn d2_deep_literals_are_read_in_no_time() {
    let deep = format!("{}1{}", "{\"a\": [".repeat(40), "]}".repeat(40));
    gives(&format!("x if {deep} == input"), &deep, "true");
    gives("x := {\"a\": {\"b\": {\"c\": [1, {\"d\": null}]}}}.a.b", "{}", r#"{"c": [1, {"d": null}]}"#);
    let open = format!("package t\n\nx := {}input{}", "[".repeat(25), "]".repeat(25));
    refused(&[&open], 3, 1, "brackets are nested too deep");
}

#[test]
fn d3_recursion_is_found_before_anything_runs() {
    refused(&["package t\nf(n) := f(n - 1)\nx := f(1)"], 2, 9, "leads back to itself");
    refused(&["package t\nx := y\ny := x"], 3, 6, "leads back to itself");
    refused(
        &["package t\nimport data.u\nx := u.y", "package u\ny := data.t[\"x\"]"],
        2,
        6,
        "leads back to itself",
    );
    refused(&["package t\nx if { some k; data.t[k] }"], 2, 16, "leads back to itself");
    // A local variable of the name is none.
    gives("x := [y | y := input[_]]\ny := x", "[1]", "[1]");
    let mut chain = String::from("package t\nx := y0\n");
    (0..3000).for_each(|index| chain += &format!("y{index} := y{}\n", index + 1));
    chain += "y3000 := 1\n";
    let errors = load(&[&chain], "data.t.x").err().unwrap_or_default();
    assert!(errors.iter().any(|error| error.message.contains("256 deep")), "{:?}", errors.first());
}

#[test]
fn negation_finds_what_was_put_around_its_operands() {
    let input = r#"{"n": 1, "xs": ["a"], "p": "a*", "t": "ab", "o": {"a": 1}}"#;
    for (statement, expected) in [
        ("not glob.match(input.p, [], input.t)", "undefined"),
        ("not glob.match(input.xs, [], input.t)", "true"),
        ("not glob.match(input.none, [], input.t)", "undefined"),
        ("not glob.match(input.p, [], input.t) == input.xs[0]", "true"),
        ("not json.filter(input.o, input.xs) == {}", "true"),
        ("not json.remove(input.o, input.xs) == {}", "undefined"),
        ("not glob.match(lower(input.p), [], input.t)", "undefined"),
    ] {
        gives(&format!("x if {{\n\tlocal := input.n\n\tlocal == 1\n\t{statement}\n}}"), input, expected);
    }
}

#[test]
fn d4_subset_of_nothing() {
    gives("x := object.subset([1, 2], [])", "{}", "true");
    gives(
        "x := [object.subset([1, 2, 3], [2, 3]), object.subset({\"a\": {\"b\": [1, 2]}}, {\"a\": {\"b\": [2]}})]",
        "{}",
        "[true, true]",
    );
}

#[test]
fn d5_a_bracket_on_a_new_line_is_no_call() {
    gives("x if {\n\ty := input.y\n\t(y - 1) >= 1\n}", r#"{"y": 2}"#, "true");
    gives("x if {\n\tinput.y\n\t(1 + input.y) >= 1\n}", r#"{"y": 2}"#, "true");
}

#[test]
fn d6_bodies_in_a_row() {
    gives("x[v] { v := input.a } { v := input.b }", r#"{"a": 1, "b": 2}"#, "[1, 2]");
    gives("f(v) = 1 { v == 1 } { v == 2 }\nx = [f(1), f(2)] { true }", "{}", "[1, 1]");
}

#[test]
fn d7_sprintf_is_that_of_go() {
    for (call, expected) in [
        (r#""%s", []"#, "%!s(MISSING)"),
        (r#""%s", ["a", 1]"#, "a%!(EXTRA int64=1)"),
        (r#""%d", ["a"]"#, "%!d(string=a)"),
        (r#""%s", [1]"#, "%!s(int64=1)"),
        (r#""%v %v %v", [1.5, true, null]"#, "1.5 true null"),
        (r#""%v", [{"a": [1, "b"]}]"#, r#"{\"a\": [1, \"b\"]}"#),
        (
            r#""%q|%5.1f|%-5s|%5s|%05d|%+d|%x|%X", ["a", 1.25, "b", "c", 42, 7, 255, "hi"]"#,
            r#"\"a\"|  1.2|b    |    c|00042|+7|ff|6869"#,
        ),
        (r#""%U %c %T %T %T", [65, 65, 1, 1.5, "a"]"#, "U+0041 A int64 float64 string"),
        (r#""%U", [-2]"#, "U+FFFFFFFFFFFFFFFE"),
        (r#""%[2]s %[1]s %%", ["a", "b"]"#, "b a %"),
        (r#""%q %q %+q %q %6q|", [65, 39, 955, -1, 34]"#, r#"'A' '\\'' '\\u03bb' '�'    '\"'|"#),
        (
            r#""%q %T", [123456789012345678901, 123456789012345678901]"#,
            "%!q(big.Int=123456789012345678901) *big.Int",
        ),
        (r#""%", []"#, "%!(NOVERB)"),
        (r#""%d", [1.5]"#, "%!d(float64=1.5)"),
        (r#""%*d|%.2f|%e|%g", [4, 1, 2, 1234567.5, 1.5e-7]"#, "   1|%!f(int64=02)|1.234568e+06|1.5e-07"),
    ] {
        let [program, interpreted] =
            load(&[&format!("package t\nx := sprintf({call})")], "data.t.x").unwrap();
        let answer = program.machine().ask(0).unwrap().unwrap();
        assert_eq!(answer.to_json_str().unwrap(), format!("\"{expected}\""), "{call}");
        assert_eq!(interpreted.machine().ask(0).unwrap(), Some(answer), "{call}");
    }
}

#[test]
fn d8_what_a_comprehension_declares_late() {
    let body =
        "x contains c if {\n\tn := input[_].a\n\tc := [n | some i; input[i].a == n; n := input[i].b]\n}";
    gives(body, r#"[{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 5}]"#, "[[3, 4], [5]]");
}

#[test]
fn d9_some_behind_a_loop() {
    let input = r#"{"cs": [{"cmd": ["a"]}, {"cmd": ["y"]}]}"#;
    gives("x contains i if {\n\tc := input.cs[_]\n\tsome i\n\tc.cmd[i] == \"y\"\n}", input, "[0]");
}

#[test]
fn d10_what_is_absent_is_undefined() {
    gives("x := [v | some v in input.a]", r#"{"a": null}"#, "[]");
    gives("y := lib.z\nimport data.lib\nx := 1", "{}", "1");
    let [program, _] = load(&["package t\ny := 1"], "data.t.x").unwrap();
    assert_eq!(ask(&program, "{}"), "undefined");
    gives("x := count(regex.find_n(`(\\w{1,100}\\s?){1,100}`, input.a, -1))", r#"{"a": "a b"}"#, "1");
}

#[test]
fn d11_letters_change_one_by_one() {
    gives("x := [upper(\"ßa\"), lower(\"ÄB\")]", "{}", r#"["ßA", "äb"]"#);
}

#[test]
fn d12_everything_is_bytecode() {
    gives("x contains p if walk(input, [p, 1])", r#"{"a": [1, 2]}"#, r#"[["a", 0]]"#);
    gives("x contains p if { [p, v] := walk(input); v == 1 }", r#"{"a": 1}"#, r#"[["a"]]"#);
    gives("x if re_match(`^a`, \"ab\")\n", "{}", "true");
    gives("x { any([false, true]); all([true]) }", "{}", "true");
    gives("x := y { y := cast_set([1]) }", "{}", "[1]");
}

#[test]
fn d13_what_is_undefined_is_not_assigned() {
    gives("x := [y | y := input.missing]", "{}", "[]");
    gives("x if { y := input.missing; not y }", "{}", "undefined");
    gives("x if { y := to_number(\"a\"); true }", "{}", "undefined");
    gives("x if y := input.missing", "{}", "undefined");
}

#[test]
fn d14_else_follows_a_loop_that_finds_nothing() {
    gives("x := 1 if { input.v[_] > 7 } else := 2", r#"{"v": [1]}"#, "2");
    gives(
        "x := v if { v := input.v[_]; v > 7 } else := 2 if input.v[_] == 1 else := 3",
        r#"{"v": [1]}"#,
        "2",
    );
    gives("x := v if { v := input.v[_]; v > 0 } else := 2", r#"{"v": [1]}"#, "1");
    gives(
        "f(a) := v if {\n\tsome v in a\n\tnot startswith(v, \"b\")\n} else := 2\nx := [f([\"a\"]), f([\"b\"]), f([])]",
        "{}",
        r#"["a", 2, 2]"#,
    );
}

#[test]
fn d15_comprehensions_of_nothing_end() {
    gives("x := 5 if { p := [1 | 1 == 2; 3 == 3]; count(p) > 0 } else := 3", "{}", "3");
    gives("x := 5 if { p := {k: 1 | k := input.a; k > 2}; count(p) > 0 }", "{\"a\": 1}", "undefined");
}

#[test]
fn metadata_is_read_by_policies() {
    gives("# METADATA\n# title: One\nx := rego.metadata.rule().title", "{}", "\"One\"");
    gives("# METADATA\n# title: One\nx := rego.metadata.chain()[0].path", "{}", r#"["data", "t", "x"]"#);
}

#[test]
fn functions_that_regorus_lacks() {
    for (call, expected) in [
        ("crypto.md5(\"a\")", "\"0cc175b9c0f1b6a831c399e269772661\""),
        ("crypto.sha1(\"a\")", "\"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\""),
        ("crypto.sha256(\"a\")", "\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\""),
        (
            "crypto.hmac.sha256(\"a\", \"k\")",
            "\"56d43fb0e9bc7d5b3d6fd8ffd0ee1b9a4a7c4f4d28ab2c4b1c3e3c3b1e8b5c3c\"",
        ),
        ("net.cidr_intersects(\"10.0.0.0/8\", \"10.1.0.0/16\")", "true"),
        ("net.cidr_merge([\"10.0.0.0/25\", \"10.0.0.128/25\"])", "[\"10.0.0.0/24\"]"),
        ("time.parse_rfc3339_ns(\"2024-02-29T12:00:00.5+02:00\")", "1709200800500000000"),
        ("time.date(1709200800500000000)", "[2024, 2, 29]"),
        ("time.clock(1709200800500000000)", "[10, 0, 0]"),
        ("time.weekday(1709200800500000000)", "\"Thursday\""),
        ("time.add_date(0, 1, 1, 1)", "34300800000000000"),
        ("time.parse_duration_ns(\"1h30m\")", "5400000000000"),
        ("time.format(1709200800500000000)", "\"2024-02-29T10:00:00.5Z\""),
        ("uuid.parse(\"00000000-0000-4000-8000-000000000000\").version", "4"),
        ("urlquery.encode(\"a b&c\")", "\"a+b%26c\""),
        ("opa.runtime()", "{}"),
        (
            "[units.parse(\"10K\"), units.parse_bytes(\"1Ki\"), semver.compare(\"1.2.3\", \"1.10.0\")]",
            "[10000, 1024, -1]",
        ),
        ("io.jwt.decode(\"eyJhIjoxfQ.eyJiIjoyfQ.AA\")", "[{\"a\": 1}, {\"b\": 2}, \"00\"]"),
        ("[y | y := crypto.md5(1)]", "[]"),
    ] {
        if !call.contains("hmac") {
            gives(&format!("x := {call}"), "{}", expected);
        }
    }
}

#[test]
fn functions_that_are_refused_have_a_place() {
    refused(&["package t\n\nx := time.now_ns()"], 3, 6, "`time.now_ns` is refused");
    refused(&["package t\nx := http.send({\"url\": \"a\"})"], 2, 6, "reaches no network");
    refused(&["package t\nx := graphql.parse(\"\", \"\")"], 2, 6, "refused");
    refused(&["package t\nx := nonsense.f(1)"], 2, 6, "there is no function `nonsense.f`");
    refused(&["package t\nx if { true }\ny { true }"], 3, 3, "stands where");
}

#[test]
fn places_are_those_of_the_text_as_written() {
    let text = "package t\nx if {\n\tnot startswith(input.a, \"a\"); re_match(\"a\", input.b); z > 1\n}\n";
    refused(&[text], 3, 56, "unsafe");
}

#[test]
fn policies_that_mean_harm_are_stopped() {
    for body in [
        "x := numbers.range(1, 20000000)",
        "x := count([1 | numbers.range(1, 5000)[_]; numbers.range(1, 5000)[_]])",
        "x := sprintf(\"%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d%999999d\", [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1])",
        "x := bits.lsh(1, 1000000000)",
        "x := net.cidr_expand(\"0.0.0.0/0\")",
        "x := replace(sprintf(\"%999999s\", [\"\"]), \" \", sprintf(\"%999999s\", [\"\"]))",
        "x := concat(sprintf(\"%999999s\", [\"\"]), [format_int(n, 10) | some n in numbers.range(1, 1000)])",
        "x := [a | some i in numbers.range(1, 900); some j in numbers.range(1, 900); some k in numbers.range(1, 900); a := [i, j, k]]",
    ] {
        for program in load(&[&format!("package t\n{body}")], "data.t.x").unwrap() {
            let start = std::time::Instant::now();
            let stop = program.machine().ask(0);
            assert!(matches!(stop, Err(Stop::Limit(_))), "{body}: {stop:?}");
            assert!(start.elapsed().as_secs() < 20, "{body}");
        }
    }
}

#[test]
fn sums_of_what_is_no_number_are_undefined() {
    let input = r#"{"s": "a", "n": 2}"#;
    for (body, expected) in [
        ("x if input.s + 1 > 0", "undefined"),
        ("x if not input.s * 2 == 4", "undefined"),
        ("x := (input.n + 1) * 2 - 3", "3"),
        ("x := input.n / 0", "undefined"),
        ("x := [7 % 2, 7 / 2, 7.5 % 2]", "undefined"),
        ("x := [7 % 2, 7 / 2]", "[1, 3.5]"),
        ("x := {1, 2, 3} - {2} | {4} & {4, 5}", "[1, 3, 4]"),
        ("x := 1 +\n\t# a comment\n\tinput.n", "3"),
        ("x if {\n\tinput.n\n\t(input.n + 1) * 2 == 6\n}", "true"),
        ("f(n) := n * 2\nx if not f(input.s) > 1 with input.n as 7", "undefined"),
        ("x if every e in input.n { e == 1 }", "undefined"),
        ("x if every e in [input.n] { e == 2 }", "true"),
    ] {
        gives(body, input, expected);
    }
}

#[test]
fn errors_quote_what_people_wrote() {
    let text = "package t\n\nx := y if {\n\tnot startswith(input.a, \"b\")\n\ty := input.n + 1\n}\nx := 3\n";
    let [_, interpreted] = load(&[text], "data.t.x").unwrap();
    let mut machine = interpreted.machine();
    machine.set_input(Value::from_json_str(r#"{"a": "a", "n": 1}"#).unwrap());
    let stop = machine.ask(0).unwrap_err();
    let quoted = stop.text().lines().nth(1).unwrap_or_default();
    assert!(stop.line().contains("conflicts") && quoted.starts_with("x := "), "{stop:?}");
    assert!(text.contains(quoted), "{stop:?}");
}

#[test]
fn rules_are_compiled_however_many_there_are() {
    let mut text = String::from("package t\nasked := n if { data.t.r0 with input as 1; n := input }\n");
    (0..300).for_each(|rule| text += &format!("r{rule} := input + {rule}\n"));
    let rules: Vec<String> = (0..300).map(|rule| format!("data.t.r{rule}")).collect();
    let rules = [&["data.t.asked".to_owned(), "data.t.none".to_owned()], rules.as_slice()].concat();
    let policies = [Module::read("a.rego", &text).unwrap().policy()];
    let program = Program::new(&policies, Value::new_object(), &rules, Limits::default()).unwrap();
    assert_eq!(program.compiled(), 300);
    // One machine takes what another has left, with an input of its own.
    for input in [1_i64, 2] {
        let mut machine = program.machine();
        machine.set_input(input.into());
        assert_eq!(machine.ask(301).unwrap(), Some((299 + input).into()));
        assert_eq!(machine.ask(0).unwrap(), Some(input.into()));
        assert_eq!(machine.ask(1).unwrap(), None);
    }
    let mut machine = program.machine();
    assert_eq!(machine.ask(2).unwrap(), None);
    machine.set_data(&Value::from_json_str(r#"{"u": 1}"#).unwrap());
    assert_eq!(machine.ask(0).unwrap(), None);
}

#[test]
fn literals_with_variables_come_before_what_uses_them() {
    for (body, expected) in [
        ("x := m if { k := input.k; a := [k, 1]; m := sprintf(\"%v %v\", a) }", "\"k 1\""),
        ("x := m if { k := input.k; a := {\"a\": k}; count(a) == 1; m := [a] }", "[{\"a\": \"k\"}]"),
        ("f(k) := m if { a := [k, 1]; m := count(a) }\nx := f(input.k)", "2"),
        ("x := [m | k := input.k; a := [[k]]; m := count(a)]", "[1]"),
        ("x if { every k in [1] { a := [k]; count(a) == 1 } }", "true"),
        ("x := 1 if { input.none } else := m if { k := input.k; a := [k]; m := count(a) }", "1"),
        ("x contains m if { k := input.k; a := [k]; b := [a, a]; m := concat(\"\", b[0]) }", "[\"k\"]"),
        ("x if { k := input.none; a := [k, 1]; count(a) > 0 }", "undefined"),
    ] {
        gives(body, r#"{"k": "k"}"#, expected);
    }
    let [program, _] =
        load(&["package t\nx[m] { k := input; a := [k]; m := count(a) }"], "data.t.x").unwrap();
    assert_eq!((program.compiled(), ask(&program, "1")), (1, "[1]".to_owned()));
}

#[test]
fn values_that_conflict_are_errors() {
    let input = r#"{"k": "k", "xs": [1, 2]}"#;
    for body in [
        "x := 1 if input.k\nx := 2 if input.xs",
        "x := v if some v in input.xs",
        "x := v if v := input.xs[_]",
        "f(a) := 1 if a\nf(a) := 2 if a == 1\nx := f(1)",
        "f(a) := v if some v in a\nx := f(input.xs)",
        "x := {\"a\": v | some v in input.xs}",
        "x contains 1 if count({k: v | some v in input.xs; k := input.k}) == 1",
        "x[k] := v if { some v in input.xs; k := \"a\" }",
    ] {
        let [program, _] = load(&[&format!("package t\n{body}")], "data.t.x").unwrap();
        assert!(ask(&program, input).starts_with("Error("), "{body}: {}", ask(&program, input));
    }
    let [program, _] =
        load(&["package t\nx := 1 if input.k", "package t\nx := 2 if input.xs"], "data.t.x").unwrap();
    assert!(ask(&program, input).contains("conflict"), "{}", ask(&program, input));
    let [program, _] = load(&["package t\nx := input.k", "package t\nx := input.k"], "data.t.x").unwrap();
    assert_eq!((program.compiled(), ask(&program, input)), (1, "\"k\"".to_owned()));
    // What cannot conflict is bytecode.
    for (body, expected) in [
        ("x if input.k\nx if input.xs[_] == 2", "true"),
        (
            "f(a) := n if { is_string(a); n := 1 + 0 }\nf(b) := n if { not is_string(b); n := 2 }\nx := f(input.k)",
            "1",
        ),
        (
            "f(a) := n if { is_string(a); n := 1 + 0 }\nf(b) := n if { is_array(b); n := 2 }\nx := f(input.xs)",
            "2",
        ),
        ("f(\"a\") := 1\nf(\"k\") := 2\nx := f(input.k)", "2"),
        ("f(a) := 1 if a == \"a\"\nf(a) := 2 if a == \"k\"\nx := f(input.k)", "2"),
        ("x := 1 if not input.k\nx := 2 if input.k", "2"),
        ("f(o, k) := v if { v := o[k]; v != 3 }\nx := f(input, \"k\")", "\"k\""),
        ("x := {i: v | some i, v in input.xs}", "{\"0\": 1, \"1\": 2}"),
        ("x := {i: v | v := input.xs[i]}", "{\"0\": 1, \"1\": 2}"),
        ("x := {v: true | some v in input.xs}", "{\"1\": true, \"2\": true}"),
        ("x[i] := v if some i, v in input.xs", "{\"0\": 1, \"1\": 2}"),
    ] {
        gives(body, input, expected);
    }
}

#[test]
fn definitions_in_several_files_may_call_parameters_differently() {
    let texts = [
        "package t\nf(os, x) := os[x] if { os.k; x != \"c\" }\nx := f(input, \"k\")",
        "package t\nf(ls, y) := ls[y] if y == \"c\"",
    ];
    for program in load(&texts, "data.t.x").unwrap() {
        assert_eq!(ask(&program, r#"{"k": "v"}"#), "\"v\"");
    }
}

#[test]
fn what_is_too_deep_for_the_stack_is_refused() {
    for (text, message) in [
        (format!("1{}", " + 1".repeat(1200)), "512 levels deep"),
        (format!("1{}", " - 1".repeat(1200)), "512 levels deep"),
        (format!("{{1}}{}", " | {1}".repeat(1200)), "512 levels deep"),
        (format!("input{}", "[0]".repeat(50_000)), "512 levels deep"),
        (format!("{}1{}", "(".repeat(40), ")".repeat(40)), "deeper than 31 levels"),
        (format!("{}1{}", "[y | y := ".repeat(40), "]".repeat(40)), "deeper than 31 levels"),
    ] {
        let errors = load(&[&format!("package t\nx := {text}")], "data.t.x").err().unwrap_or_default();
        assert!(errors.iter().any(|e| e.line == 2 && e.message.contains(message)), "{errors:?}");
    }
}

#[test]
fn functions_that_have_no_end_are_stopped() {
    let graph = "{i: numbers.range(0, 30) | some i in numbers.range(0, 30)}";
    for body in [
        &format!("x := count(graph.reachable_paths({graph}, [0]))"),
        "x := json.filter(input, [concat(\"/\", [\"a\" | numbers.range(0, 90000)[_]])])",
        "x := json.filter(input, [[\"a\" | numbers.range(0, 90000)[_]]])",
        "x := sprintf(\"%999999999d\", [1])",
        "x := sprintf(\"%.5000f\", [1.5])",
        "x := glob.match(concat(\"\", [\"{\" | numbers.range(0, 5000)[_]]), [], \"a\")",
    ] {
        for program in load(&[&format!("package t\n{body}")], "data.t.x").unwrap() {
            let said = ask(&program, "{}");
            assert!(said.starts_with("Limit(\"the answer asks") && said.len() < 200, "{body}: {said}");
        }
    }
    gives(
        "x := graph.reachable_paths({\"a\": [\"b\", \"c\"], \"b\": [\"a\"], \"c\": []}, [\"a\"])",
        "{}",
        "[[\"a\", \"b\"], [\"a\", \"c\"]]",
    );
}

#[test]
fn answers_and_numbers_have_an_end() {
    let mut nested = String::from("package t\na0 := [1]\n");
    (1..60).for_each(|i| nested += &format!("a{i} := [a{0}, a{0}]\n", i - 1));
    nested += "x := a59\n";
    let mut squared = String::from("package t\nb0 := input\n");
    (1..40).for_each(|i| squared += &format!("b{i} := b{0} * b{0}\n", i - 1));
    squared += "x := b39 > 1\n";
    for text in [nested, squared] {
        for program in load(&[&text], "data.t.x").unwrap() {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let answer = thread.spawn(move || ask(&program, "12")).unwrap().join().unwrap();
            assert!(answer.starts_with("Limit("), "{answer}");
        }
    }
    gives("x := input * input", "12", "144");
    gives(
        "x := [json.is_valid(v), yaml.is_valid(v), net.cidr_is_valid(v)] if { v := input.v }",
        "{\"v\": 1}",
        "[false, false, false]",
    );
    gives(
        "x := [json.is_valid(v), yaml.is_valid(v), net.cidr_is_valid(v)] if { v := input }",
        "\"[1]\"",
        "[true, true, false]",
    );
    gives("x := net.cidr_is_valid(input)", "\"10.0.0.0/8\"", "true");
    gives("x := sprintf(\"%d\", [input * 10])", "12", "\"120\"");
    gives("x := count(sprintf(\"%d\", [bits.lsh(1, input)]))", "2000", "603");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let [program, _] = load(&["\u{feff}package t\nx := 1"], "data.t.x").unwrap();
    assert_eq!(ask(&program, "1"), "1");
}

#[test]
fn deep_documents_do_not_overflow() {
    let [program, _] = load(&["package t\nx := count([p | walk(input, [p, _])])"], "data.t.x").unwrap();
    let mut deep = Value::from(1);
    for _ in 0..512 {
        deep = vec![deep].into();
    }
    let mut machine = program.machine();
    machine.set_input(deep);
    assert_eq!(machine.ask(0).unwrap(), Some(513_i64.into()));
}

#[test]
fn chains_of_rules_fit_the_stack() {
    let mut chain = String::from("package t\nx := f0(1)\n");
    let n = 60;
    (0..n).for_each(|i| {
        chain += &format!(
            "f{i}(n) := y if {{ y := [z | z := f{}(n + 1)][0]; every a in [1] {{ a == 1 }} }}\n",
            i + 1
        )
    });
    chain += &format!("f{n}(n) := n\n");
    for program in load(&[&chain], "data.t.x").unwrap() {
        let ask = move || format!("{:?}", program.machine().ask(0));
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(ask).unwrap();
        assert_eq!(thread.join().unwrap(), format!("Ok(Some(Number({})))", n + 1));
    }
}
