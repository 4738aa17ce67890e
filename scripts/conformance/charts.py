#!/usr/bin/env python3
"""Compares what plimsoll renders of public charts with what Helm renders of them.

Usage: charts.py BINARY HELM REPOSITORY... [--chart GLOB] [--show N] [--helm3] [--jobs N]

BINARY is plimsoll, HELM is helm, REPOSITORY a directory with charts. Fetches nothing; needs PyYAML. Every chart is
copied, with the dependencies that lie in the repository put into `charts/`; those that lie nowhere are taken out of
the copy, since Helm renders nothing without them, and so is `.gitignore`, since it leaves out what was put there. A case is a chart with its defaults, with a file in `ci/`, or with a
file below it whose name says values. Objects are compared as parsed YAML. Where they differ, Helm renders once
more, and what differs between its two runs is chance or a clock and is not compared. A case in which both fail is
equal. Exit code 1 when a case differs and nothing below says why.
"""

import argparse
import concurrent.futures
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import yaml

LIMIT = 120

# Cases that differ, by `repository/chart/case`, and why.
REMOTE = "Helm fetches what values.schema.json refers to and has no network; nothing is fetched here, and said so"
DIFFERENCES = {
    f"datadog/private-action-runner/{case}": REMOTE for case in ("defaults", "kubeconform-values.yaml", "values.yaml")
}


class Loader(yaml.CSafeLoader):
    """YAML 1.1 as Helm's parser has it: no dates, no numbers of base 60, and every key is text."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=True):
        self.flatten_mapping(node)
        pairs = ((self.construct_object(key, True), value) for key, value in node.value)
        return {key_text(key): self.construct_object(value, True) for key, value in pairs}


def key_text(key):
    return {True: "true", False: "false", None: "null"}[key] if key is None or isinstance(key, bool) else str(key)


def number(loader, node):
    text = node.value.replace("_", "")
    if re.fullmatch(r"[-+]?0[0-7]+", text):
        return int(text, 8)
    try:
        return int(text, 0)
    except ValueError:
        return text


def fraction(loader, node):
    text = node.value.replace("_", "").lower()
    value = float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return int(value) if value.is_integer() and abs(value) < 2**53 else repr(value)


for tag, pattern, first in (
    ("bool", r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", "yYnNtTfFoO"),
    ("float", r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
              r"|[-+]?\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+.0123456789"),
    ("int", r"[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+", "-+0123456789"),
    ("merge", r"<<", "<"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(f"^(?:{pattern})$"), list(first))
Loader.bool_values = yaml.SafeLoader.bool_values | {"y": True, "n": False}
Loader.add_constructor("tag:yaml.org,2002:bool", lambda loader, node: Loader.bool_values[node.value.lower()])
Loader.add_constructor("tag:yaml.org,2002:int", number)
Loader.add_constructor("tag:yaml.org,2002:float", fraction)
Loader.add_constructor(None, lambda loader, node: str(node.value))
Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def read(path):
    try:
        return yaml.load(path.read_text(), Loader) or {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return {}


def dependencies(chart):
    """The file that has them, what is in it, and the list."""
    for name in ("requirements.yaml", "Chart.yaml"):
        content = read(chart / name)
        if content.get("dependencies"):
            return chart / name, content, content["dependencies"]
    return None, {}, []


def prepare(chart, copy, known, open_charts=()):
    """Copies a chart with what it depends on. Returns how many dependencies are nowhere."""
    skip = lambda directory, names: [name for name in names if name in (".git", ".gitignore")]
    shutil.copytree(chart, copy, symlinks=False, ignore=skip, ignore_dangling_symlinks=True)
    source, content, wanted = dependencies(copy)
    missing, found = 0, []
    for dependency in wanted:
        name = dependency.get("name", "")
        inside = {read(path).get("name") for path in copy.glob("charts/*/Chart.yaml")}
        if name in inside or any((copy / "charts").glob(f"{name}-[0-9]*.tgz")):
            found.append(dependency)
            continue
        places = [chart / dependency["repository"][7:]] if str(dependency.get("repository")).startswith("file://") else []
        places += known.get(name, [])
        place = next((it for it in places if (it / "Chart.yaml").is_file() and it.resolve() not in open_charts), None)
        if place is None or read(place / "Chart.yaml").get("name") != name:
            missing += 1
            continue
        missing += prepare(place.resolve(), copy / "charts" / name, known, (*open_charts, chart.resolve()))
        # What stands there counts, whatever version is asked for.
        dependency["version"] = str(read(place / "Chart.yaml")["version"])
        found.append(dependency)
    if source is not None:
        content["dependencies"] = found
        source.write_text(yaml.safe_dump(content, sort_keys=False))
        for lock in ("Chart.lock", "requirements.lock"):
            (copy / lock).unlink(missing_ok=True)
    return missing


def values_files(chart):
    """Those of the chart, none of charts in it."""
    files = []
    for path in sorted(chart.rglob("*.y*ml")):
        parts = path.relative_to(chart).parts
        if "charts" in parts or "templates" in parts or parts == ("values.yaml",):
            continue
        if "values" in path.name or parts[0] == "ci":
            files.append(path)
    return files


def run(command):
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None, "it took too long"
    if done.returncode:
        return None, done.stderr.decode(errors="replace").strip()[-400:]
    return done.stdout.decode(errors="replace"), ""


def objects(text):
    """All objects by what they are called."""
    found = {}
    for document in re.split(r"^---.*$", text, flags=re.M):
        try:
            tree = yaml.load(document, Loader)
        except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
            tree = {"kind": f"unreadable: {type(error).__name__}", "text": document}
        if not isinstance(tree, dict):
            continue
        metadata = tree.get("metadata") if isinstance(tree.get("metadata"), dict) else {}
        key = "/".join(str(it) for it in (tree.get("apiVersion"), tree.get("kind"), metadata.get("namespace", ""),
                                          metadata.get("name")))
        while key in found:
            key += "'"
        found[key] = tree
    return found


def differences(left, right, path=()):
    if isinstance(left, dict) and isinstance(right, dict):
        for key in dict.fromkeys([*left, *right]):
            yield from differences(left.get(key, "<absent>"), right.get(key, "<absent>"), (*path, key))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right)):
            yield from differences(one, other, (*path, index))
    elif left != right or type(left) is not type(right):
        yield path, left, right


def compare(job):
    case, chart, values, options = job
    name = case.rsplit("/", 2)[1][:50].lower().replace("_", "-")
    arguments = [str(chart), "--namespace", "shop", *(["--values", str(values)] if values else [])]
    helm = [options.helm, "template", name, *arguments, "--kube-version", "1.34.0", "--include-crds"]
    ours = [options.binary, "render", *arguments, "--release", name, "--kube-version", "1.34.0", "--show-secrets"]
    ours += ["--helm3"] if options.helm3 else []
    expected, refusal = run(helm)
    got, our_refusal = run(ours)
    if expected is None or got is None:
        if expected is None and got is None:
            return case, "fails", []
        return case, "different", [(("exit",), refusal or "rendered", our_refusal or "rendered")]
    left, right = objects(expected), objects(got)
    found = list(differences(left, right))
    if not found:
        return case, "equal", []
    # The next second, for what prints a time.
    time.sleep(1.1)
    again = objects(run(helm)[0] or "")
    chance = [path for path, _, _ in differences(left, again)]
    if any(len(path) == 1 for path in chance):
        # Names by chance: what has one is compared by its number alone.
        kinds = {path[0].rsplit("/", 1)[0] for path in chance if len(path) == 1}
        count = lambda all_objects, kind: sum(key.rsplit("/", 1)[0] == kind for key in all_objects)
        by_kind = {kind for kind in kinds if count(left, kind) == count(right, kind)}
        found = [it for it in found if it[0][0].rsplit("/", 1)[0] not in by_kind]
    found = [it for it in found if not any(it[0][: len(path)] == path for path in chance)]
    return case, "different" if found else "equal", found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("helm")
    parser.add_argument("repositories", nargs="+")
    parser.add_argument("--chart", default="*")
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--helm3", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    rows, unsaid = [], 0
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for repository in map(pathlib.Path, options.repositories):
            charts = sorted(path.parent for path in repository.rglob("Chart.yaml"))
            charts = [chart for chart in charts if not any(up in chart.parents for up in charts)]
            known = {}
            for chart in charts:
                known.setdefault(read(chart / "Chart.yaml").get("name"), []).append(chart)
            jobs, without = [], 0
            for chart in charts:
                if not fnmatch.fnmatch(chart.name, options.chart):
                    continue
                inner = chart.relative_to(repository)
                copy = pathlib.Path(scratch, repository.name, str(inner).replace("/", "+"))
                missing = prepare(chart, copy, known)
                without += missing > 0
                base = f"{repository.name}/{chart.name}"
                jobs.append((f"{base}/defaults", copy, None, options))
                for values in values_files(copy):
                    jobs.append((f"{base}/{values.name}", copy, values, options))
            tally = {"equal": 0, "fails": 0, "different": 0}
            for case, verdict, found in pool.map(compare, jobs):
                tally[verdict] += 1
                if verdict != "different":
                    continue
                why = DIFFERENCES.get(case)
                unsaid += why is None
                print(f"{case}: {why or str(len(found)) + ' differences'}", flush=True)
                for path, left, right in [] if why else found[: options.show]:
                    print(f"    {'/'.join(map(str, path))}\n      helm     {str(left)[:300]!r}\n"
                          f"      plimsoll {str(right)[:300]!r}")
            rows.append((repository.name, len({job[1] for job in jobs}), without, len(jobs), tally))
            shutil.rmtree(pathlib.Path(scratch, repository.name), ignore_errors=True)
    print("| repository | charts | with missing dependencies | cases | equal | both fail | different |")
    print("|---|---|---|---|---|---|---|")
    for name, charts, without, cases, tally in rows:
        print(f"| {name} | {charts} | {without} | {cases} | {' | '.join(str(count) for count in tally.values())} |")
    sys.exit(1 if unsaid else 0)


if __name__ == "__main__":
    main()
