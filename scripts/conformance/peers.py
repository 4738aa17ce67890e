#!/usr/bin/env python3
"""Runs plimsoll over the test data of other tools, and compares the verdicts.

Usage: peers.py BINARY CHECKOUT...

CHECKOUT is a checkout of stackrox/kube-linter, zegl/kube-score, FairwindsOps/polaris, kubescape/regolibrary,
aquasecurity/trivy-checks, kyverno/policies or open-policy-agent/gatekeeper-library; which one it is shows in what lies
there. BINARY is `target/debug/plimsoll`. Fetches nothing. Needs PyYAML.

A case is a file, or an object, of which the tests of a tool say whether one of its checks reports it. It is mapped when a
rule of plimsoll carries the id of that check as an alias. The verdicts are equal when at least one of these rules has
a finding there, about what the id asks, exactly if the tool has, or another rule that says the same cause
(`SAYS_IT_TOO`, `IN_THESE_TESTS`) where the tool reports. The rules are selected by name, and options are set only where
a test of the tool sets its own; where plimsoll has no such option the test is left out, whatever its verdict.

`peers.tsv` lists where plimsoll differs on purpose: tool, check, case and verdict of the tool, the first three as
patterns, and the reason. Prints every other case of which the verdicts differ, and for each tool how many are equal,
how many differ, and how many of these for no reason that is known. Exit code 1 when fewer than 95 of 100 cases of all
tools are equal, one differs for no known reason, or a line of `peers.tsv` fits no case. With `--reasons` prints how often
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
        # Flags of the control plane and their values: one rule is about all of them, and only what it says about
        # these counts.
        self.words = set(words)


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
    "run-as-low-gid": ["run-as-non-root-not-enforced", "run-as-root-group"],
    "security-context-missing": ["run-as-non-root-not-enforced"],
    "run-as-root-group": ["run-as-low-gid", "run-as-non-root-not-enforced"],
    "windows-run-as-container-user": ["host-process-windows"],
    "seccomp-unconfined": ["seccomp-profile-missing"],
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


# What only the tests of a check say in another way. Most of these objects are refused by the API server, or a part of
# them has no effect there: that this is so is the one finding.
IN_THESE_TESTS = {
    ("kube-score", "container-ports-check"): {"schema-violation", "schema-required-missing"},
    # A Deployment or an Ingress of `v1`, a ClusterRolebinding: there is no such kind.
    ("Trivy", "KCV-0093"): {"schema-unknown-kind"},
    ("Trivy", "KSV-0122"): {"schema-unknown-kind"},
    ("Trivy", "KSV-0123"): {"schema-unknown-kind"},
    ("Polaris", "deploymentMissingReplicas"): {"schema-unknown-kind"},
    ("Polaris", "runAsRootAllowed"): {"schema-unknown-kind"},
    # A NetworkPolicy of `v1`.
    ("Trivy", "KSV-0038"): {"schema-unknown-kind", "schema-violation"},
    # A budget of 150 %.
    ("Polaris", "pdbMinAvailableGreaterThanHPAMinReplicas"): {"pdb-blocks-eviction"},
    # A PodSecurityPolicy, which Kubernetes 1.25 removed.
    ("Kubescape", "C-0220"): {"api-removed"},
    # All of a Secret as environment.
    ("Kubescape", "C-0012 C-0259"): {"secret-as-env-var"},
    # A digest that is none.
    ("Kubescape", "C-0306"): {"image-reference-invalid"},
    # A ClusterRoleBinding that names a Role.
    ("Trivy", "KSV-0111"): {"dangling-role-ref"},
    # Rules of roles that grant nothing: `pods/*`, `resourceNames: ["*"]`, nodes in a Role, `impersonate` on Secrets.
    **{
        pair: {"rbac-rule-without-effect"}
        for pair in [
            ("Kubescape", "C-0002"),
            ("Kubescape", "C-0063"),
            ("Kubescape", "C-0281"),
            *(("Trivy", f"KSV-00{number}") for number in (41, 47, 49, 50, 51, 52, 56)),
            *(("Trivy", f"KSV-01{number}") for number in (13, 14, 15)),
        ]
    },
}

# Values of flags that ids are about, and the flag that has to be given for them.
VALUES = {
    "AlwaysAdmit": None,
    "NamespaceLifecycle": None,
    "ServiceAccount": None,
    "NodeRestriction": "--enable-admission-plugins",
    "AlwaysAllow": "--authorization-mode",
    "Node": "--authorization-mode",
    "RBAC": "--authorization-mode",
}

# Checks that are a list which their users fill, and which plimsoll does not have: the classes that a pod may name.
LEFT_OUT = {("KubeLinter", "priority-class-name")}

# What the finding of a rule that several ids share must say to be about this one.
SUBJECTS = {
    ("Kubescape", "C-0257"): "PersistentVolumeClaim `",
    ("Kubescape", "C-0258"): "ConfigMap `",
    ("Kubescape", "C-0297"): "runtime class",
    ("Kubescape", "C-0301"): "connect",
    ("Kubescape", "C-0303"): "limits",
    ("Trivy", "KSV-0044"): "every verb on every resource of every API group",
    ("Trivy", "KSV-0045"): "every verb on",
    ("Trivy", "KSV-0119"): "NET_RAW|`ALL`",
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


def subjects(title):
    """The flags of the control plane that a title names, and their values."""
    return set(re.findall(r"--[a-z][\w-]+", title)) | set(re.findall(r"\w+", title)) & VALUES.keys()


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
        if ("KubeLinter", check) in LEFT_OUT:
            continue
        kinds = Counter(re.findall(r'"\$\{(?:message\d+|actual_messages\[\d+\])\}" ==? "(\w+)', body))
        count = re.search(r'"\$\{count\}" ==? "(\d+)"', body)
        # Messages that are counted and not written down may be about any object.
        are_all_written = not count or int(count[1]) <= sum(kinds.values())
        text = (root / file[1]).read_text()
        objects, suspects, roles, bindings = [], Counter(), {}, {}
        for thing, first, last in documents(text):
            kind, name = identity(thing)
            quiet = bool(re.match(r"dont-fire|good|should-pass|valid", name or ""))
            suspects[kind] += not quiet
            if quiet or kinds[kind] or are_all_written:
                bad = bool(kinds[kind]) and not quiet
                objects.append((f"{kind} {name or ''} line {first}", bad, (first, last)))
            if check.startswith("access-to-"):
                roles[kind, name] = (first, last)
                role = thing.get("roleRef") or {}
                bindings[first, last] = role.get("kind"), role.get("name")
        # The messages do not name the object. Where there are fewer than objects, which ones is not known.
        objects = [it for it in objects if not it[1] or suspects[it[0].split()[0]] <= kinds[it[0].split()[0]]]
        # A binding is reported by the tool, and its role by plimsoll: the two are one case.
        bound = {roles.get(bindings.get(place)) for _, bad, place in objects if bad}
        objects = [
            (label, bad, [place, roles.get(bindings.get(place), place)])
            for label, bad, place in objects
            if place not in bound
        ]
        yield Case("KubeLinter", check, file[1], {"case.yaml": text}, objects)


def kube_score(root, aliases):
    """What the tests in Go expect, where these run a check as it is."""
    for file in sorted((root / "score").glob("*_test.go")):
        text = re.sub(r"//[^\n]*", "", file.read_text())
        calls = re.findall(r'testExpectedScore\(t, ([^,]+), "([^"]+)", ([\w.]+)\)', text)
        for files, run, check, grade in re.findall(
            r'testExpectedScoreWithConfig\(t,\s*\[\]ks\.NamedReader\{([^}]*)\},(.*?)"([^"]+)",\s*([\w.]+)\)', text, re.S
        ):
            # The versions are ones before 1.25, of which plimsoll knows nothing.
            options = r"Ignore\w+:|MinReplicas\w*:|Namespace:|UseIgnore\w+:\s*false|KubernetesVersion:"
            if not re.search(options, run):
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


def inputs(given):
    """The configuration that says what a test of Kubescape sets, or nothing where plimsoll has no option for it."""
    settings = {
        "floatingImageTags": lambda tags: {"floating-tags": tags},
        "imageRepositoryAllowList": lambda names: {"allowed": names},
        "publicRegistries": lambda names: {"denied": names},
        "untrustedRegistries": lambda names: {"denied": names},
    }
    lists = given.get("postureControlInputs", {})
    if len(given) != 1 or not lists or not lists.keys() <= settings.keys():
        return None
    return {"images": {key: value for name in lists for key, value in settings[name](lists[name]).items()}}


def kubescape(root, aliases):
    """Rules have tests, and belong to controls, whose ids we know."""
    controls, flags = defaultdict(set), defaultdict(set)
    for file in sorted((root / "controls").glob("*.json")):
        control = json.loads(file.read_text())
        for rule in control["rulesNames"]:
            controls[rule].add(control["controlID"])
            flags[rule] |= subjects(control["name"])
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
        options = expected.parent / "data.json"
        config = inputs(json.loads(options.read_text())) if options.is_file() else {}
        if config is None:
            continue
        ids = sorted(controls[rule] & set(aliases)) or sorted(controls[rule])
        name = f"{rule}/{expected.parts[-2]}"
        yield Case("Kubescape", " ".join(ids), name, files, [("", bad, None)], config, words=flags[rule])


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
            flags[package[1]] = subjects(title[1] if title else "")
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


# What a constraint says in its parameters and plimsoll in its configuration. `*` at the end of a repository is what
# lies below it; a text without a registry means one at `docker.io`.
def repositories(names):
    slashed = [it.removesuffix("*").removesuffix("/") for it in names]
    return [it if "." in it.split("/")[0] else f"docker.io/{it}" for it in slashed]


PARAMETERS = {
    "allowedrepos": lambda given: {"images": {"allowed": repositories(given["repos"])}},
    "allowedreposv2": lambda given: {"images": {"allowed": repositories(given["allowedImages"])}},
    "disallowedrepos": lambda given: {"images": {"denied": given["repos"]}},
}
# Constraints whose parameters say what the rules of plimsoll ask for. Of others plimsoll has no option.
SAME_PARAMETERS = {
    "apparmor/apparmor",
    "capabilities/capabilities-restricted",
    "disallowanonymous/disallow-authenticated",
    "disallowedtags/disallowed-tags",
    "forbidden-sysctls/forbidden-sysctls",
    "host-network-ports/host-network-forbidden",
    "proc-mount/default-proc-mount-required",
    "seccompv2/seccomp-restricted",
    "selinux/require-matching-selinux-options",
    "users/users-and-groups-together",
    "volumes/host-path-disallowed",
}


def gatekeeper(root, aliases):
    """What the suites of `gator verify` expect of each object."""
    for suite in sorted((root / "library").rglob("suite.yaml")):
        check = suite.parent.name
        for test in yaml.safe_load(suite.read_text())["tests"]:
            constraints = yaml.safe_load_all((suite.parent / test["constraint"]).read_text())
            given = next((it["spec"].get("parameters") for it in constraints if it and "spec" in it), None) or {}
            exempt = [re.escape(it).replace(r"\*", ".*") for it in given.pop("exemptImages", [])]
            is_same = not given or f"{check}/{test['name']}" in SAME_PARAMETERS
            if not is_same and check not in PARAMETERS:
                continue
            config = PARAMETERS[check](given) if check in PARAMETERS else {}
            for case in test["cases"]:
                files = {"case.yaml": (suite.parent / case["object"]).read_text()}
                images = re.findall(r"image: *[\"']?([^\s\"']+)", files["case.yaml"])
                # No option of plimsoll exempts images.
                if any(re.fullmatch(pattern, image) for pattern in exempt for image in images):
                    continue
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
    return [it for it in found if it["rule"] in rules]


def subject(finding, case):
    """Whether a finding of a rule that many ids share is about what this id asks."""
    if finding["rule"] == "control-plane-flag" and case.words:
        said = set(re.findall(r"`([^`]+)`", finding["message"]))
        values = case.words & VALUES.keys()
        # A flag that is not given says nothing about a value that is right when nobody writes it.
        given = "is not given" not in finding["message"]
        return bool(said & values if given and values else said & {VALUES.get(it, it) for it in case.words})
    asks = SUBJECTS.get((case.peer, case.check))
    return not asks or re.search(asks, finding["message"]) is not None


def about(finding, place):
    """Whether a finding is about the object that the tool speaks of."""
    if place is None:
        return True
    if isinstance(place, list):
        return any(about(finding, it) for it in place)
    if isinstance(place[0], int):
        return place[0] <= finding["start"]["line"] <= place[1]
    return (finding.get("object", {}).get("kind"), finding.get("object", {}).get("name")) == place


def decisions():
    """Where plimsoll differs on purpose: patterns for tool, check and case, the verdict, and the reason."""
    lines = pathlib.Path(__file__).with_suffix(".tsv").read_text().splitlines()
    for line in lines[1:]:
        tool, check, case, verdict, reason = line.split("\t")
        yield re.compile(check), re.compile(case), tool, verdict, reason


def judged(binary, checkouts):
    """Every object of every case, with the verdict on it: `equal`, `elsewhere`, `differ` or `unmapped`."""
    listed = subprocess.run([binary, "rules", "--format", "json"], capture_output=True, text=True, check=True).stdout
    aliases = defaultdict(lambda: defaultdict(set))
    for rule in json.loads(listed):
        for tool, number in rule["aliases"]:
            aliases[tool][number].add(rule["name"])
    cases = []
    for checkout in map(pathlib.Path, checkouts):
        tool, _, read = next(it for it in PEERS if (checkout / it[1]).exists())
        cases += read(checkout, aliases[tool])
    ours = [set().union(*(aliases[case.peer][it] for it in case.check.split())) for case in cases]
    others = [
        {other for rule in rules for other in SAYS_IT_TOO.get(rule, [])}
        | IN_THESE_TESTS.get((case.peer, case.check), set())
        for case, rules in zip(cases, ours)
    ]
    with ThreadPoolExecutor(2) as pool:
        asked = zip(cases, ours, others)
        found = list(pool.map(lambda it: findings(binary, it[0], it[1] | it[2]) if it[1] else None, asked))
    for case, rules, ones in zip(cases, ours, found):
        for label, bad, place in case.objects:
            here = [it for it in ones or [] if about(it, place)]
            reported = any(it["rule"] in rules and subject(it, case) for it in here)
            if ones is None:
                verdict = "unmapped"
            elif reported == bad:
                verdict = "equal"
            else:
                verdict = "elsewhere" if bad and any(it["rule"] not in rules for it in here) else "differ"
            yield case, label, bad, rules, here, verdict


def main():
    words = [it for it in sys.argv[1:] if it != "--reasons"]
    reasons = list(decisions())
    used, total = Counter(), defaultdict(Counter)
    for case, label, bad, rules, _, verdict in judged(str(pathlib.Path(words[0]).resolve()), words[1:]):
        count = total[case.peer]
        count[verdict] += 1
        if verdict != "differ":
            continue
        said = "reports" if bad else "passes"
        fits = [
            index
            for index, (check, name, tool, expected, _) in enumerate(reasons)
            if tool == case.peer and expected == said
            and any(check.fullmatch(it) for it in case.check.split()) and name.search(f"{case.name} {label}")
        ]
        if fits:
            used[fits[0]] += 1
        else:
            count["unknown"] += 1
            print(f"{case.peer} {case.check}: {case.name} {label}: it {said}; {', '.join(sorted(rules))}")
    total["all"] = sum(total.values(), Counter())
    for peer, count in total.items():
        mapped = count["equal"] + count["elsewhere"] + count["differ"]
        same = (count["equal"] + count["elsewhere"]) / mapped
        print(
            f"{peer}: {mapped} mapped, {count['equal']} equal, {count['elsewhere']} equal through another rule, "
            f"{count['differ']} differ, {count['unknown']} of them for no known reason; {same:.1%}; "
            f"{count['unmapped']} without a rule"
        )
    good = same >= GOAL and not count["unknown"]
    for index, (check, name, tool, verdict, reason) in enumerate(reasons):
        if used[index] == 0 and tool in total:
            print(f"fits no case: {tool} {check.pattern} {name.pattern} {verdict}")
            good = False
        elif "--reasons" in sys.argv:
            print(f"{used[index]}\t{tool}\t{check.pattern}\t{verdict}\t{reason}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
