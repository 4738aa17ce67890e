#!/usr/bin/env python3
"""Runs plimsoll over the test data of other tools, and compares the verdicts.

Usage: peers.py BINARY CHECKOUT...

CHECKOUT is a checkout of stackrox/kube-linter, zegl/kube-score, FairwindsOps/polaris, kubescape/regolibrary,
aquasecurity/trivy-checks, kyverno/policies or open-policy-agent/gatekeeper-library; which one it is shows in what lies
there. BINARY is `target/debug/plimsoll`. Fetches nothing. Needs PyYAML.

A case is a file, or an object, of which the tests of a tool say whether one of its checks reports it. It is mapped when a
rule of plimsoll carries the id of that check as an alias. The verdicts are equal when at least one of these rules has
a finding there exactly if the tool has, or another rule that says the same cause (`SAYS_IT_TOO`) where the tool
reports. The rules are selected by name, and options are set only where a test of the tool sets its own.

`peers.tsv` lists where plimsoll differs on purpose: tool, check, case and verdict of the tool, the first three as
patterns, and the reason. Prints every other case of which the verdicts differ, and for each tool how many are equal,
how many differ on purpose, and how many for no reason that is known. Exit code 1 when these are more than 5 of 100
of what is left without the ones on purpose, or a line of `peers.tsv` fits no case. With `--reasons` prints how often
each line does.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import yaml

GOAL = 0.95
# What a scanner asks of a running cluster, a node or a cloud; no repository holds it.
NOT_IN_FILES = re.compile(
    r"kubescape\.(cloud|io)|armo\.|management\.azure|eks\.amazonaws\.com/v|container\.googleapis|\.cloudvendor"
)


class Case:
    """Files, and what a check says about them."""

    def __init__(self, peer, check, name, files, objects, config=None, words=()):
        # `objects`: label, whether the tool reports it, and what tells a finding about it: a kind and a name, lines, or
        # nothing for any finding.
        self.peer, self.check, self.name, self.files, self.objects = peer, check, name, files, objects
        self.config = config or OPTIONS.get((peer, check), {})
        # Flags of the control plane: one rule is about all of them, and only what it says about these counts.
        self.words = words


# One cause gets one finding: where the first would report, one of the others does so.
SAYS_IT_TOO = {
    "rbac-escalation-verbs": ["rbac-wildcard"],
    "rbac-sensitive-permissions": ["rbac-wildcard", "rbac-escalation-verbs"],
    "rbac-cluster-admin-binding": ["rbac-wildcard"],
    "workload-with-privileged-service-account": ["rbac-wildcard", "rbac-bind-default-service-account"],
    "memory-limit-missing": ["memory-request-missing"],
    "cpu-request-missing": ["memory-request-missing"],
    "resource-requests-not-equal-limits": ["memory-limit-missing", "cpu-limit-missing"],
    "host-path-volume": ["host-path-sensitive", "host-path-writable"],
    "host-path-writable": ["host-path-sensitive"],
    "volume-type-restricted": ["host-path-volume", "host-path-sensitive", "host-path-writable"],
    "seccomp-profile-missing": ["seccomp-unconfined"],
    "privilege-escalation-allowed": ["privilege-escalation-not-disabled", "privileged-container"],
    "capabilities-not-dropped": ["capability-beyond-baseline"],
    "capability-dangerous": ["capability-beyond-baseline"],
    "linux-hardening-missing": ["seccomp-unconfined", "capability-dangerous", "capability-beyond-baseline"],
    "run-as-low-uid": ["run-as-non-root-not-enforced", "run-as-root"],
    "run-as-low-gid": ["run-as-non-root-not-enforced"],
    "security-context-missing": ["run-as-non-root-not-enforced"],
    "run-as-root-group": ["run-as-low-gid"],
    "env-literal-credential": ["known-credential-committed", "private-key-committed"],
    "configmap-credential": ["known-credential-committed", "private-key-committed"],
    "pdb-missing": ["dangling-pdb"],
    "network-policy-missing": ["dangling-network-policy"],
    "image-pull-policy-not-always": ["image-latest-tag"],
    "image-pull-policy-stale": ["image-latest-tag"],
    "image-not-pinned-by-digest": ["image-latest-tag", "image-reference-invalid"],
    "statefulset-service-missing": ["selector-template-mismatch"],
    "topology-spread-invalid": ["schema-violation"],
    "hpa-min-replicas-low": ["api-removed"],
    "ingress-no-tls": ["ingress-wildcard-host"],
    "update-strategy-recreate": ["schema-violation"],
    "dangling-ingress-backend": ["schema-unknown-field", "schema-violation"],
}


def key_of_workloads(key):
    return [{"key": key, "kinds": ["Deployment", "DeploymentConfig"]}]


# What a check has built in, and plimsoll in its configuration.
OPTIONS = {
    ("KubeLinter", "required-annotation-email"): {"conventions": {"required-annotations": key_of_workloads("email")}},
    ("KubeLinter", "required-label-owner"): {"conventions": {"required-labels": key_of_workloads("owner")}},
    ("Kyverno", "restrict-image-registries"): {"images": {"allowed": ["eu.foo.io", "bar.io"]}},
    ("Kyverno", "require-imagepullsecrets"): {"images": {"private": ["docker.io/library"]}},
}


class Loader(yaml.SafeLoader):
    """Reads dates as texts, as Kubernetes does."""


Loader.yaml_implicit_resolvers = {
    first: [it for it in resolvers if it[0] not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text):
    """The objects of a file, each with its first and last line."""
    found = []
    for node in yaml.compose_all(text, Loader=Loader):
        if isinstance(node, yaml.MappingNode):
            found.append((Loader("").construct_document(node), node.start_mark.line + 1, node.end_mark.line + 1))
    return found


def identity(thing):
    return (thing or {}).get("kind"), ((thing or {}).get("metadata") or {}).get("name")


def kube_linter(root, aliases):
    """What the end-to-end tests expect: the kinds that are reported, and how often."""
    tests = re.findall(r'@test "([^"]+)" \{(.*?)\n\}', (root / "e2etests/bats-tests.sh").read_text(), re.S)
    for test, body in tests:
        file = re.search(r'tmp="(tests/checks/[^"]+)"', body)
        included = re.search(r"--include[ =](\S+)", body)
        if not file or not included:
            continue
        check = included[1]
        kinds = Counter(re.findall(r'"\$\{message\d+\}" ==? "(\w+)', body))
        text = (root / file[1]).read_text()
        objects, suspects = [], Counter()
        for thing, first, last in documents(text):
            kind, name = identity(thing)
            quiet = bool(re.match(r"dont-fire|good|should-pass|valid", name or ""))
            suspects[kind] += not quiet
            objects.append((f"{kind} {name or ''} line {first}", bool(kinds[kind]) and not quiet, (first, last)))
        # The messages do not name the object. Where there are fewer than objects, which ones is not known.
        objects = [it for it in objects if not it[1] or suspects[it[0].split()[0]] <= kinds[it[0].split()[0]]]
        yield Case("KubeLinter", check, file[1], {"case.yaml": text}, objects)


def kube_score(root, aliases):
    """What the tests in Go expect, where these run a check as it is."""
    for file in sorted((root / "score").glob("*_test.go")):
        text = re.sub(r"//[^\n]*", "", file.read_text())
        calls = re.findall(r'testExpectedScore\(t, ([^,]+), "([^"]+)", ([\w.]+)\)', text)
        for files, run, check, grade in re.findall(
            r'testExpectedScoreWithConfig\(t,\s*\[\]ks\.NamedReader\{([^}]*)\},(.*?)"([^"]+)",\s*([\w.]+)\)', text, re.S
        ):
            if not re.search(r"Ignore\w+:|MinReplicas\w*:|Namespace:|UseIgnore\w+:\s*false", run):
                calls.append((",".join(re.findall(r'testFile\(([^)]*)\)', files)), check, grade))
        versions = re.findall(r'range \[\]string\{([^}]*)\}', text)
        for names, check, grade in calls:
            loop = re.findall(r'"([^"]+)"', versions[0]) if "+v+" in names.replace(" ", "") and versions else [""]
            for version in loop:
                files = {}
                for name in names.split(","):
                    if '"' not in name:
                        continue
                    name = re.sub(r'"\s*\+\s*v\s*\+\s*"', version, name).strip().strip('"')
                    files[name] = (root / "score/testdata" / name).read_text()
                if not files:
                    continue
                bad = grade not in ("scorecard.GradeAllOK", "scorecard.GradeAlmostOK", "0")
                yield Case("kube-score", check.lower().replace(" ", "-"), ", ".join(files), files, [("", bad, None)])


def polaris(root, aliases):
    for file in sorted((root / "test/checks").glob("*/*.yaml")):
        if file.name != "check.yaml" and "mutated" not in file.name:
            bad = "failure" in file.name
            yield Case("Polaris", file.parent.name, file.name, {"case.yaml": file.read_text()}, [("", bad, None)])


def kubescape(root, aliases):
    """Rules have tests, and belong to controls, whose ids we know."""
    controls, flags = defaultdict(set), defaultdict(set)
    for file in sorted((root / "controls").glob("*.json")):
        control = json.loads(file.read_text())
        for rule in control["rulesNames"]:
            controls[rule].add(control["controlID"])
            flags[rule] |= set(re.findall(r"--[a-z][\w-]+", control["name"]))
    for expected in sorted((root / "rules").glob("*/test/*/expected.json")):
        rule = expected.parts[-4]
        files, foreign = {}, False
        for file in sorted((expected.parent / "input").rglob("*")):
            if file.is_file():
                files[file.name] = file.read_text()
                versions = [line for line in files[file.name].splitlines() if "apiVersion" in line[:40]]
                foreign |= any(map(NOT_IN_FILES.search, versions))
        if foreign or not files:
            continue
        bad = bool(json.loads(expected.read_text() or "[]"))
        ids = sorted(controls[rule] & set(aliases)) or sorted(controls[rule])
        name = f"{rule}/{expected.parts[-2]}"
        yield Case("Kubescape", " ".join(ids), name, files, [("", bad, None)], words=flags[rule])


def literal(text, at):
    """The value that a Rego literal stands for, or nothing when it holds more than literals."""
    depth, end, out = 0, at, []
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|`[^`]*`|#[^\n]*|[\[{]|[\]}]|[^"`#\[\]{}]+', text[at:]):
        word = token[0]
        if word.startswith("#"):
            continue
        out.append(json.dumps(word[1:-1]) if word.startswith("`") else word)
        depth += (word in "[{") - (word in "]}")
        if depth == 0:
            break
    try:
        return json.loads(re.sub(r",(\s*[\]}])", r"\1", "".join(out)))
    except ValueError:
        return None


def trivy(root, aliases):
    """Tests in Rego whose input is written out, and the examples of the documentation."""
    ids, flags = {}, {}
    for file in sorted((root / "checks/kubernetes").rglob("*.rego")):
        text = file.read_text()
        package = re.search(r"^package (\S+)", text, re.M)
        number = re.search(r"^#\s+id: (\S+)", text, re.M)
        if number and package and not file.name.endswith("_test.rego"):
            ids[package[1]] = number[1]
            title = re.search(r"^# title: (.*)", text, re.M)
            flags[package[1]] = set(re.findall(r"--[a-z][\w-]+", title[1] if title else ""))
            examples = file.with_suffix(".yaml")
            if examples.is_file():
                for verdict, cases in yaml.safe_load(examples.read_text())["kubernetes"].items():
                    for index, case in enumerate(cases or []):
                        bad = [("", verdict == "bad", None)]
                        yield Case("Trivy", number[1], f"{examples.name} {verdict} {index}", {"case.yaml": case}, bad)
    for file in sorted((root / "checks/kubernetes").rglob("*_test.rego")):
        text = file.read_text()
        package = re.search(r"^package (\S+)", text, re.M)[1]
        if package not in ids:
            continue
        for test in re.split(r"\n(?=test_)", text)[1:]:
            given = re.findall(r"\bwith (\S+) as", test)
            start = re.search(r"with input as (?=\{)", test)
            count = re.search(r"count\(\w+\) *(==|>|!=|>=) *(\d+)", test)
            value = literal(test, start.end()) if start and count and given == ["input"] else None
            # `NodeInfo` is what a scanner on a node writes.
            if not isinstance(value, dict) or value.get("kind", "NodeInfo") == "NodeInfo":
                continue
            bad = (count[1], count[2]) not in (("==", "0"), (">=", "0"))
            files = {"case.json": json.dumps(value, indent=2)}
            name = f"{file.name} {test.split()[0]}"
            yield Case("Trivy", ids[package], name, files, [("", bad, None)], words=flags[package])


def kyverno(root, aliases):
    """What the tests of `kyverno test` expect of each resource, or else files called good and bad."""
    for group in ("pod-security", "best-practices", "other", "psa", "windows-security", "openshift"):
        for directory in sorted(it.parent for it in (root / group).rglob("artifacthub-pkg.yml")):
            check = directory.name
            test = directory / ".kyverno-test/kyverno-test.yaml"
            objects = {}
            if test.is_file():
                plan = yaml.safe_load(test.read_text())
                paths = [test.parent / it for it in plan.get("resources") or []]
                texts = [path.read_text() for path in paths if path.is_file()]
                every = {it.get("rule", "").removeprefix("autogen-") for it in plan.get("results") or []}
                for result in plan.get("results") or []:
                    for name in result.get("resources") or []:
                        said = objects.setdefault((result.get("kind"), name.split("/")[-1]), {})
                        said[result.get("rule", "").removeprefix("autogen-")] = result["result"]
                # What passes one rule of a policy may still fail another.
                wanted = [
                    (f"{kind} {name}", "fail" in said.values(), (kind, name))
                    for (kind, name), said in objects.items()
                    if "fail" in said.values() or set(said) == every
                ]
                yield Case("Kyverno", check, group, {"case.yaml": "\n---\n".join(texts)}, wanted)
            else:
                for file in sorted((directory / ".chainsaw-test").glob("*.y*ml")):
                    verdict = re.search(r"good|bad", file.stem)
                    if not verdict or "chainsaw" in file.stem:
                        continue
                    text = file.read_text()
                    wanted = [
                        (" ".join(map(str, identity(thing))), verdict[0] == "bad", (first, last))
                        for thing, first, last in documents(text)
                    ]
                    yield Case("Kyverno", check, f"{group} {file.name}", {"case.yaml": text}, wanted)


# What a constraint says in its parameters and plimsoll in its configuration.
PARAMETERS = {
    "allowedrepos": lambda given: {"images": {"allowed": given["repos"]}},
    "allowedreposv2": lambda given: {"images": {"allowed": given["allowedImages"]}},
    "disallowedrepos": lambda given: {"images": {"denied": given["repos"]}},
}


def gatekeeper(root, aliases):
    """What the suites of `gator verify` expect of each object."""
    for suite in sorted((root / "library").rglob("suite.yaml")):
        check = suite.parent.name
        for test in yaml.safe_load(suite.read_text())["tests"]:
            constraints = yaml.safe_load_all((suite.parent / test["constraint"]).read_text())
            given = next((it["spec"].get("parameters") for it in constraints if it and "spec" in it), None) or {}
            config = PARAMETERS[check](given) if check in PARAMETERS else {}
            for case in test["cases"]:
                files = {"case.yaml": (suite.parent / case["object"]).read_text()}
                for index, other in enumerate(case.get("inventory") or []):
                    files[f"inventory{index}.yaml"] = (suite.parent / other).read_text()
                said = [it.get("violations", True) for it in case.get("assertions") or []]
                bad = any(it not in ("no", False, 0) for it in said)
                name = f"{test['name']}/{case['name']}"
                yield Case("Gatekeeper", check, name, files, [("", bad, None)], config)


PEERS = [
    ("KubeLinter", "e2etests/bats-tests.sh", kube_linter),
    ("kube-score", "score/testdata", kube_score),
    ("Polaris", "test/checks/hostIPCSet", polaris),
    ("Kubescape", "ControlID_RuleName.csv", kubescape),
    ("Trivy", "checks/kubernetes", trivy),
    ("Kyverno", "pod-security/baseline", kyverno),
    ("Gatekeeper", "library/pod-security-policy", gatekeeper),
]


def findings(binary, case, rules):
    """The findings of these rules on the files of a case."""
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for name, text in case.files.items():
            (root / name).write_text(text)
        (root / "plimsoll.yaml").write_text(json.dumps({"select": sorted(rules), **case.config}))
        command = [binary, "check", "--exit-zero", "--format", "json", "."]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{case.peer} {case.check} {case.name}: {done.stderr}")
    found = json.loads(done.stdout)["findings"]
    names = lambda it: not case.words or any(f"`{word}`" in it["message"] for word in case.words)
    return [it for it in found if it["rule"] in rules and (it["rule"] != "control-plane-flag" or names(it))]


def about(finding, place):
    """Whether a finding is about the object that the tool speaks of."""
    if place is None:
        return True
    if isinstance(place[0], int):
        return place[0] <= finding["start"]["line"] <= place[1]
    return (finding.get("object", {}).get("kind"), finding.get("object", {}).get("name")) == place


def decisions():
    """Where plimsoll differs on purpose: patterns for tool, check and case, the verdict, and the reason."""
    lines = pathlib.Path(__file__).with_suffix(".tsv").read_text().splitlines()
    for line in lines[1:]:
        tool, check, case, verdict, reason = line.split("\t")
        yield re.compile(check), re.compile(case), tool, verdict, reason


def main():
    words = [it for it in sys.argv[1:] if it != "--reasons"]
    binary = str(pathlib.Path(words[0]).resolve())
    listed = subprocess.run([binary, "rules", "--format", "json"], capture_output=True, text=True, check=True).stdout
    aliases = defaultdict(lambda: defaultdict(set))
    for rule in json.loads(listed):
        for tool, number in rule["aliases"]:
            aliases[tool][number].add(rule["name"])
    cases = []
    for checkout in map(pathlib.Path, words[1:]):
        tool, _, read = next(it for it in PEERS if (checkout / it[1]).exists())
        cases += read(checkout, aliases[tool])
    ours = [set().union(*(aliases[case.peer][it] for it in case.check.split())) for case in cases]
    others = [{other for rule in rules for other in SAYS_IT_TOO.get(rule, [])} for rules in ours]
    with ThreadPoolExecutor(2) as pool:
        asked = zip(cases, ours, others)
        found = list(pool.map(lambda it: findings(binary, it[0], it[1] | it[2]) if it[1] else None, asked))
    reasons = list(decisions())
    used, total = Counter(), Counter()
    for case, rules, more, ones in zip(cases, ours, others, found):
        if ones is None:
            total[case.peer, "unmapped"] += len(case.objects)
            continue
        for label, bad, place in case.objects:
            here = [it for it in ones if about(it, place)]
            reported = any(it["rule"] in rules for it in here)
            total[case.peer, "mapped"] += 1
            if reported == bad:
                total[case.peer, "equal"] += 1
            elif bad and here:
                total[case.peer, "elsewhere"] += 1
            else:
                said = "reports" if bad else "passes"
                fits = [
                    index
                    for index, (check, name, tool, verdict, _) in enumerate(reasons)
                    if tool == case.peer and verdict == said
                    and any(check.fullmatch(it) for it in case.check.split()) and name.search(f"{case.name} {label}")
                ]
                if fits:
                    total[case.peer, "purpose"] += 1
                    used[fits[0]] += 1
                else:
                    total[case.peer, "unknown"] += 1
                    print(f"{case.peer} {case.check}: {case.name} {label}: it {said}; {', '.join(sorted(rules))}")
    good = True
    for peer in dict.fromkeys(case.peer for case in cases):
        mapped, equal, elsewhere, purpose, unknown, unmapped = (
            total[peer, key] for key in ("mapped", "equal", "elsewhere", "purpose", "unknown", "unmapped")
        )
        good &= unknown <= (1 - GOAL) * (mapped - purpose)
        print(
            f"{peer}: {mapped} mapped, {equal} equal, {elsewhere} equal through another rule, "
            f"{purpose} differ on purpose, {unknown} for no known reason; {unmapped} without a rule"
        )
    for index, (check, name, tool, verdict, reason) in enumerate(reasons):
        if used[index] == 0 and any(case.peer == tool for case in cases):
            print(f"fits no case: {tool} {check.pattern} {name.pattern} {verdict}")
            good = False
        elif "--reasons" in sys.argv:
            print(f"{used[index]}\t{tool}\t{check.pattern}\t{verdict}\t{reason}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
