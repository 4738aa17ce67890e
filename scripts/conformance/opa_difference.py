#!/usr/bin/env python3
"""Compares answers of plimsoll's Rego with those of OPA on generated policies and inputs.

    scripts/conformance/opa_difference.py target/debug/examples/rego_answers OPA [rounds [seed]]

after `cargo build --example rego_answers`. OPA is the program itself (`go install github.com/open-policy-agent/opa@latest`),
which is run as a server on this machine: what embeds it is often strict about errors of functions, which `opa` is not.
Each policy is asked as bytecode and interpreted, which must agree as well. Prints every difference, what OPA refuses by its
reasons, and the counts; exits with 1 if there is a difference.
"""
import collections
import http.client
import json
import random
import re
import socket
import subprocess
import sys
import time

INPUT = {
    "c": {"image": "reg/app:1", "name": "app", "n": 3, "f": 1.5, "none": None, "yes": True, "no": False},
    "cs": [{"name": "a", "cmd": ["x", "y"], "n": 1}, {"name": "b", "cmd": [], "n": 2}, {"cmd": ["y"]}],
    "o": {"k": {"v": [1, 2, 3]}, "l": {}, "a.b/c": "d"},
    "t": "Hello, Wörld ß",
    "xs": [3, 1, 2, 2],
    # Values as literals: those in a policy have a type, and OPA refuses what cannot fit.
    "v": {"one": 1, "zero": 0, "two": -2, "half": 1.5, "a": "a", "empty": "", "reg": "reg/", "list": [], "object": {}, "sep": ",",
          "abc": "a,b,,c", "size": "10Mi", "version": "1.2.3-rc.1"},
}
TERMS = ["input.c.image", "input.c.missing", "input.c.n", "input.c.f", "input.c.none", "input.c.yes", "input.c.no",
         "input.cs", "input.cs[0].name", "input.cs[2].name", "input.o", "input.o.k.v", "input.o.l", "input.t", "input.xs",
         "input.xs[1]", "input.xs[9]", "input.v.one", "input.v.zero", "input.v.two", "input.v.half", "input.v.a", "input.v.empty",
         "input.v.reg", "input.v.list", "input.v.object", "helper", "broken", "local"]
# Those that OPA knows the type of.
TYPED = ["1", "0", "-2", "1.5", "\"a\"", "\"\"", "\"reg/\"", "true", "false", "null", "[]", "{}", "set()", "[1, input.c.missing]",
         "{\"a\": input.c.n}", "{1, 2}", "[x | x := input.xs[_]; x > 1]", "{n | n := input.cs[_].name}",
         "{n: i | n := input.cs[i].name}", "double(input.c.n)", "double(input.c.missing)"]
TEXTS = ["input.t", "input.c.image", "input.v.abc", "input.v.empty", "input.v.reg", "input.v.size", "input.v.version", "input.v.a", "input.v.sep"]
FORMATS = ["%s", "%v", "%d", "%q", "%5s|", "%-5s|", "%05d", "%x", "%X", "%5.2f", "%t", "%+d", "%c", "%U", "%e", "%g", "%%", "%s %s", "%T", "%.2s", "%#v",
           "%b", "%o", "%[1]d %[1]v", "%6.3v", "%!", "%", "% d", "%#x", "%p"]
ONE = ["count", "sum", "product", "max", "min", "sort", "all", "any", "to_number", "abs", "ceil", "floor", "round", "upper", "lower",
       "trim_space", "is_array", "is_string", "is_number", "is_object", "is_set", "is_null", "is_boolean", "type_name", "json.marshal",
       "json.unmarshal", "json.is_valid", "base64.encode", "base64.decode", "base64url.encode", "hex.encode", "urlquery.encode",
       "urlquery.decode", "crypto.md5", "crypto.sha1", "crypto.sha256", "object.keys", "array.reverse", "strings.reverse", "units.parse",
       "units.parse_bytes", "semver.is_valid", "regex.is_valid", "net.cidr_is_valid", "yaml.is_valid", "time.parse_duration_ns", "walk", "union",
       "intersection", "object.union_n", "bits.negate", "glob.quote_meta", "yaml.marshal", "array.flatten"]
TWO = ["startswith", "endswith", "contains", "split", "concat", "indexof", "indexof_n", "trim", "trim_left", "trim_right", "trim_prefix", "trim_suffix",
       "regex.match", "regex.split", "format_int", "object.union", "object.remove", "object.filter", "object.subset", "json.remove", "json.filter",
       "array.concat", "numbers.range", "bits.and", "bits.or", "bits.xor", "bits.lsh", "bits.rsh", "semver.compare", "strings.count",
       "strings.any_prefix_match", "strings.any_suffix_match", "strings.replace_n", "net.cidr_contains", "net.cidr_intersects", "graph.reachable"]
THREE = ["object.get", "array.slice", "substring", "replace", "regex.replace", "regex.find_n", "regex.find_all_string_submatch_n", "glob.match",
         "numbers.range_step"]
PROPER = [  # calls whose arguments fit
    'time.date({n})', 'time.clock({n})', 'time.weekday({n})', 'time.format({n})', 'time.format([{n}, "UTC", "Mon Jan _2 15:04:05.000 2006"])',
    'time.add_date({n}, {s}, {s}, {s})', 'time.diff({n}, {m})', 'time.parse_rfc3339_ns("2024-0{d}-1{d}T0{d}:00:00.{d}+0{d}:30")',
    'time.parse_ns("2006-01-02 15:04", "2024-0{d}-1{d} 0{d}:10")', 'time.parse_ns("RFC1123", "Mon, 0{d} Jan 2024 10:00:00 UTC")',
    'time.parse_duration_ns("{d}h{d}m{d}.5s")', 'net.cidr_expand("10.0.0.{d}/30")', 'net.cidr_merge(["10.{d}.0.0/25", "10.{d}.0.128/25", "10.{s}.0.0/24"])',
    'net.cidr_contains_matches(["10.0.0.0/8", "1.1.1.1"], ["10.{d}.0.0/16", "1.1.1.1"])', 'uuid.parse("0000000{d}-0000-{d}000-{d}000-000000000000").version',
    'crypto.hmac.sha256("a{d}", "k")', 'crypto.hmac.md5("a{d}", "k")', 'crypto.hmac.sha1("a", "k{d}")', 'crypto.hmac.sha512("a", "k{d}")',
    'urlquery.encode_object({{"a": "b c", "d": ["{d}", "f"]}})', 'urlquery.decode_object("a=b+c&d={d}&d=2")', 'semver.compare("1.{d}.3", "1.{s}.3-rc")',
    'units.parse("{d}Mi")', 'units.parse_bytes("{d}KiB")', 'json.patch({{"a": [1, 2]}}, [{{"op": "add", "path": "/a/{d}", "value": 3}}])',
    'regex.replace("foo{d}bar", `(\\d)b`, "<$1>")', 'regex.match(`^[a-z]+\\.{d}$`, "ab.{d}")', 'regex.split(`\\s*,\\s*`, "a , b,c")', 'regex.match(`^\\w+$`, "dé")',
    'glob.match("*.{d}.com", ["."], "a.{d}.com")', 'glob.match("**.com", ["."], "a.b.com")', 'glob.match("*", null, "a.b/c")', 'glob.match("{{a,b}}?", [], "a{d}")',
    'graph.reachable({{"a": ["b"], "b": ["c"], "c": []}}, {{"a"}})', 'object.subset({{"a": [1, 2, 3]}}, {{"a": [2, {d}]}})', 'numbers.range({s}, {d})',
    'numbers.range_step({s}, 9, {d})', 'bits.lsh({d}, {d})', 'strings.replace_n({{"a": "b", "b": "{d}"}}, "aabb")', 'io.jwt.decode("eyJhIjoxfQ.eyJiIjoyfQ.AA")',
    'rego.metadata.rule()', 'is_object(opa.runtime())', 'sprintf("%0{d}d|%{d}s|%-{d}v|%.{d}f", [{s}, "é", [1, "a"], 2.25])',
]


def term(rng):
    return rng.choice(TYPED if rng.random() < 0.06 else TERMS)


def collection(rng):
    return rng.choice(TERMS)


def call(rng):
    kind = rng.random()
    if kind < 0.25:
        values = ", ".join(term(rng) for _ in range(rng.randint(0, 3)))
        return f'sprintf("{" ".join(rng.sample(FORMATS, rng.randint(1, 2)))}", [{values}])'
    if kind < 0.5:
        numbers = {"n": rng.randint(0, 2 * 10**18), "m": rng.randint(0, 2 * 10**18), "d": rng.randint(1, 9), "s": rng.randint(-3, 12)}
        return rng.choice(PROPER).format(**numbers)
    pick = (lambda: rng.choice(TEXTS)) if rng.random() < 0.5 else (lambda: term(rng))
    names, arity = rng.choice([(ONE, 1), (TWO, 2), (THREE, 3)])
    return f"{rng.choice(names)}({', '.join(pick() for _ in range(arity))})"


def literal(rng):
    """Statements that put a variable of the body into an array or an object, and use that."""
    a, b = term(rng), term(rng)
    made = rng.choice(["[k{i}, \"x\"]", "{{\"a\": k{i}}}", "[[k{i}], {b}]", "{{\"a\": [k{i}]}}", "{{k{i}, 1}}", "[k{i}]"])
    used = rng.choice(["count(v{i}) > 0", "w{i} := sprintf(\"%v %v\", v{i})", "w{i} := [v{i}, 1]; count(w{i}) == 2", "some e in v{i}; e == k{i}",
                       "w{i} := json.marshal(v{i}); w{i} != \"\"", "w{i} := [e | e := v{i}[_]]; count(w{i}) < 3", "every e in v{i} {{ f := [e]; count(f) == 1 }}",
                       "w{i} := type_name(v{i}); not w{i} == \"set\""])
    i = rng.randint(0, 10**6)
    return f"k{i} := {a}; " + f"v{i} := {made.format(i=i, b=b)}; {used.format(i=i)}"


def condition(rng):
    if rng.random() < 0.25:
        return literal(rng)
    a, b, c, d = term(rng), term(rng), collection(rng), collection(rng)
    op = rng.choice(["==", "!=", "<", "<=", ">", ">="])
    return rng.choice([
        f"not {a} {op} {b}", f"not {a}", f"not startswith({a}, {b})", f"not {call(rng)}", f"{a} {op} {b}", a, call(rng), f"{a} in {b}", f"not {a} in {b}",
        f"not count({a}) {op} {b}", f"not double({a})", f"not {{1, 2}}[{a}]", f"every e in {b} {{ e {op} {a} }}", f"some e in {a}; e {op} {b}",
        f"some k, w in {a}; w == {b}; k != 7", f"z := {a}; not z {op} {b}", f"z := {call(rng)}; z {op} {b}", f"c := input.cs[_]; some i; c.cmd[i] == {b}",
        f"walk({a}, [p, {b}]); count(p) > 0", f"[q, r] = [{a}, {b}]; q {op} r", f"not any_of({a})", f"{a} {op} {b} with input.c.n as 7",
        f"not double({a}) {op} {b} with input.c.n as 7", f"{a} + {b} > 1", f"not {a} - {b} == 2", f"{a} & {b} == set()", f"not {a} | {b} == {{1}}",
        f"object.get({a}, {b}, 4) {op} 4", f"input.o[kk].v[_] {op} {b}", f"{{x | x := {c}[_]}} == {{x | x := {d}[_]}}",
    ])


def module(rng):
    lines = ["# METADATA", "# title: T", "package t", "import rego.v1", "helper := input.c.n", "broken := input.c.missing", "double(n) := n * 2", "any_of(v) if v[_] == 1"]
    kind = rng.random()
    body = "\n\t".join(["local := input.c.n"] + [condition(rng) for _ in range(rng.randint(1, 2))])
    if kind < 0.3:
        lines += [f"x := v if {{\n\tlocal := input.c.n\n\tv := {call(rng)}\n}}"]
    elif kind < 0.6:
        lines += [f"x if {{\n\t{body}\n}}"]
    elif kind < 0.8:
        lines += [f"x contains v if {{\n\t{body}\n\tv := {term(rng)}\n}}"]
    else:
        lines += [f"default x := \"d\"\nx := 1 if {{\n\t{body}\n}} else := {call(rng).replace('local', '2')} if {{\n\t{condition(rng).replace('local', '3')}\n}}"]
    return "\n".join(lines) + "\n"


class Opa:
    """`opa run --server`, one policy at a time."""

    def __init__(self, program):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [program, "run", "--server", "--addr", f"127.0.0.1:{self.port}", "--log-level", "error", "--disable-telemetry"]
        self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
                self.send("GET", "/health", "")
                break
            except OSError:
                time.sleep(0.1)

    def send(self, method, path, body):
        self.connection.request(method, path, body.encode())
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def ask(self, text):
        status, said = self.send("PUT", "/v1/policies/a.rego", text)
        if status == 200:
            status, said = self.send("POST", "/v1/data/t/x", json.dumps({"input": INPUT}))
        if status != 200:
            reasons = [error["message"] for error in said.get("errors") or [said]]
            return "error", re.sub(r"operand \d+ ", "", reasons[0].split("\n")[0])
        return ("value", said["result"]) if "result" in said else ("undefined", None)


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and (all(map(same, a, b)) or sorted(map(json.dumps, a)) == sorted(map(json.dumps, b)))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def main():
    binary, opa = sys.argv[1], Opa(sys.argv[2])
    rounds, seed = int(sys.argv[3]) if len(sys.argv) > 3 else 2000, int(sys.argv[4]) if len(sys.argv) > 4 else 1
    rng = random.Random(seed)
    modules = [module(rng) for _ in range(rounds)]
    questions = "".join(json.dumps({"module": text, "rule": "data.t.x", "input": INPUT}) + "\n" for text in modules)
    ours = subprocess.run([binary], input=questions, capture_output=True, text=True, check=False).stdout.splitlines()
    counts = {"equal": 0, "refused by OPA": 0, "refused by both": 0, "different": 0}
    reasons = collections.Counter()
    try:
        for text, line in zip(modules, ours, strict=False):
            kind, value = opa.ask(text)
            answer = json.loads(line)
            mine = ("error", answer["error"]) if "error" in answer else ("value", answer["value"]) if "value" in answer else ("undefined", None)
            if kind == "error":
                counts["refused by both" if mine[0] == "error" else "refused by OPA"] += 1
                reasons[value] += 1
            elif mine[0] == kind and (kind == "undefined" or same(mine[1], value)):
                counts["equal"] += 1
            else:
                counts["different"] += 1
                print("----", text.split("any_of(v) if v[_] == 1\n")[1], f"OPA: {kind} {json.dumps(value)}\nplimsoll: {mine[0]} {json.dumps(mine[1])}", sep="\n")
    finally:
        opa.server.terminate()
    if len(ours) < len(modules):
        print(f"plimsoll ended after {len(ours)} of {len(modules)} questions: {modules[len(ours)]}")
        counts["different"] += 1
    for reason, count in reasons.most_common():
        print(f"OPA refuses {count}: {reason}")
    print(counts)
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
