#!/usr/bin/env python3
"""Runs plimsoll, zizmor, checkov and detect-secrets over the same directories and prints what each finds.

Prints the tables of docs/comparison.md, and with --sample a random sample of findings to be read by hand. Fetches
nothing: programs and directories are given as arguments. A program that is not given is left out.

    compare.py --plimsoll BIN --zizmor BIN --checkov BIN --detect-secrets BIN \
        --corpus tests/corpus --pipelines DIR... --secrets DIR... [--sample FILE] [--seed N]
"""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict

FRAMEWORKS = [
    "github_actions", "gitlab_ci", "circleci_pipelines", "azure_pipelines", "bitbucket_pipelines", "argo_workflows",
]
# What counts as one of ours for a task: rules by the start of their names.
PIPELINE_RULES = ("ci-", "script-", "docs-", "pipeline-", "known-credential", "url-embedded")
SECRET_RULES = (
    "secret-", "sops-unencrypted", "sops-partially", "helm-values-plaintext", "configmap-credential", "env-literal",
    "env-file", "known-credential", "url-embedded", "private-key", "kubeconfig-", "registry-credential",
    "argocd-repo-secret", "pipeline-credential",
)
OTHERS = re.compile("own-rule|reported-by|reported-elsewhere|other-secrets")
EXPECTATION = re.compile(r"\s*# expect: \S+( \S+)*$")


class Tool:
    """What one program found: (file relative to the directory, line, category), and the seconds it took."""

    def __init__(self, name):
        self.name, self.findings, self.seconds = name, [], 0.0

    def run(self, words, directory):
        started = time.perf_counter()
        # Workflows lie in a hidden directory.
        environment = {**os.environ, "CKV_IGNORE_HIDDEN_DIRECTORIES": "False"}
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=900, env=environment)
        self.seconds += time.perf_counter() - started
        try:
            return json.loads(done.stdout or "null")
        except json.JSONDecodeError:
            print(f"{self.name} in {directory}: {done.stderr[-300:]}", file=sys.stderr)
            return None

    def split(self, cases):
        """Gives findings in a directory of cases to the cases."""
        def case_of(directory, file):
            inside = pathlib.Path(file).parts
            case = str(pathlib.Path(directory, *inside[:2]))
            return (case, str(pathlib.Path(*inside[2:]))) if case in cases else (directory, file)
        self.findings = [(*case_of(d, f), line, category) for d, f, line, category in self.findings]
        return self

    def add(self, directory, file, line, category):
        path = pathlib.Path(file)
        if path.is_absolute():
            path = path.relative_to(pathlib.Path(directory).resolve())
        self.findings.append((str(directory), str(path), line, category))


def plimsoll(binary, directories, rules):
    tool = Tool("plimsoll")
    words = [binary, "check", "--no-config", "--exit-zero", "--profile", "all", "--format", "json", "."]
    for directory in directories:
        report = tool.run(words, directory) or {}
        for found in report.get("findings", []):
            if found["rule"].startswith(rules) and found["severity"] != "note":
                tool.add(directory, found["file"], found["start"]["line"], found["rule"])
    return tool


def zizmor(binary, directories):
    tool = Tool("zizmor")
    for directory in directories:
        root = pathlib.Path(directory)
        files = [str(path.relative_to(root)) for path in root.rglob("*.y*ml") if is_workflow(path)]
        if not files:
            continue
        report = tool.run([binary, "--offline", "--no-exit-codes", "--format", "json", "--quiet", *files], directory)
        for found in report or []:
            places = [place for place in found["locations"] if place["symbolic"]["kind"] == "Primary"]
            for place in places[:1]:
                file = next(iter(place["symbolic"]["key"].values()))["verbatim_path"]
                line = place["concrete"]["location"]["start_point"]["row"] + 1
                tool.add(directory, file, line, found["ident"])
    return tool


def is_workflow(path):
    return path.parent.parts[-2:] == (".github", "workflows") or path.name in ("action.yml", "action.yaml")


def checkov(binary, directories, frameworks):
    tool = Tool("checkov")
    words = [binary, "-d", ".", "--framework", *frameworks, "-o", "json", "--quiet", "--compact", "--skip-download"]
    for directory in directories:
        reports = tool.run(words, directory) or []
        for report in reports if isinstance(reports, list) else [reports]:
            for found in report.get("results", {}).get("failed_checks", []):
                name = f"{found['check_id']} {found['check_name']}"
                tool.add(directory, found["file_path"].lstrip("/"), found["file_line_range"][0], name)
    return tool


def detect_secrets(binary, directories):
    tool = Tool("detect-secrets")
    for directory in directories:
        report = tool.run([binary, "scan", "--all-files", "."], directory) or {}
        for file, secrets in report.get("results", {}).items():
            for found in secrets:
                tool.add(directory, file, found["line_number"], found["type"])
    return tool


def only(tool, others):
    """The findings of a tool at whose line, or the one beside it, no other tool finds anything."""
    near = {(d, f, line + by) for other in others for d, f, line, _ in other.findings for by in (-1, 0, 1)}
    return [found for found in tool.findings if found[:3] not in near]


def table(header, rows):
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def summary(title, tools):
    print(f"### {title}\n")
    rows = []
    for tool in tools:
        others = [other for other in tools if other is not tool]
        rows.append((tool.name, len(tool.findings), len(only(tool, others)), f"{tool.seconds:.1f} s"))
    table(["tool", "findings", "where no other finds anything", "run time"], rows)
    for tool in tools:
        kinds = Counter(category for *_, category in tool.findings)
        alone = Counter(category for *_, category in only(tool, [o for o in tools if o is not tool]))
        print(f"{tool.name}:\n")
        table(["category", "findings", "alone"], [(k, n, alone[k]) for k, n in kinds.most_common()])


def corpus_cases(corpus, rules, into):
    """Copies the cases of rules, and gives the lines on which a finding is expected, for each kind of case."""
    expected = {}
    for rule in sorted(pathlib.Path(corpus).iterdir()):
        if not rule.name.startswith(rules):
            continue
        # A good case of a rule that has another rule's finding says nothing about false positives.
        names = (path for path in rule.iterdir() if path.is_dir() and not OTHERS.search(path.name))
        for case in sorted(names):
            target = into / rule.name / case.name
            shutil.copytree(case, target)
            lines = set()
            for path in sorted(path for path in target.rglob("*") if path.is_file()):
                name = str(path.relative_to(target))
                text = path.read_text(errors="replace").split("\n")
                if name == "EXPECTED":
                    lines |= {tuple(line.rsplit(":", 2)[:2]) for line in text if line and "=note" not in line}
                    path.unlink()
                    continue
                for number, line in enumerate(text, 1):
                    is_error = EXPECTATION.search(line) and "=note" not in line and "=off" not in line
                    lines |= {(name, str(number))} if is_error else set()
                path.write_text("\n".join(EXPECTATION.sub("", line) for line in text))
            expected[str(target)] = {(file, int(line)) for file, line in lines}
    return expected


def corpus_table(title, corpus, rules, run):
    print(f"### {title}\n")
    with tempfile.TemporaryDirectory() as scratch:
        expected = corpus_cases(corpus, rules, pathlib.Path(scratch))
        # Each case is a repository for plimsoll; the others look at files, and take seconds to start.
        ours, *others = run(list(expected), [scratch])
        tools = [ours, *(tool.split(expected) for tool in others)]
        by_rule = defaultdict(lambda: [0, 0, Counter()])
        for directory, lines in expected.items():
            row = by_rule[pathlib.Path(directory).parent.name]
            row[0 if lines else 1] += len(lines) if lines else 1
            for tool in tools:
                found = {(f, line + by) for d, f, line, _ in tool.findings if d == directory for by in (-1, 0, 1)}
                if lines:
                    row[2][tool.name] += len(lines & found)
                elif found:
                    row[2][tool.name + " good"] += 1
        header = ["rule", "bad lines", *(t.name for t in tools), "good cases", *(f"{t.name} reports" for t in tools)]
        rows = []
        for rule, (bad, good, counts) in sorted(by_rule.items()):
            hits, wrong = [counts[t.name] for t in tools], [counts[t.name + " good"] for t in tools]
            rows.append([rule, bad, *hits, good, *wrong])
        sums = [sum(row[at] for row in rows) for at in range(1, len(header))]
        table(header, [*rows, ["all", *sums]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("plimsoll", "zizmor", "checkov", "detect-secrets", "corpus", "sample"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--pipelines", nargs="*", default=[])
    parser.add_argument("--secrets", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    # Programs run in the directories that they look at.
    for name in ("plimsoll", "zizmor", "checkov", "detect_secrets"):
        if program := getattr(given, name):
            setattr(given, name, str(pathlib.Path(shutil.which(program) or program).absolute()))

    def pipelines(repositories, directories):
        yield from [plimsoll(given.plimsoll, repositories, PIPELINE_RULES)] if given.plimsoll else []
        yield from [zizmor(given.zizmor, directories)] if given.zizmor else []
        yield from [checkov(given.checkov, directories, FRAMEWORKS)] if given.checkov else []

    def secrets(repositories, directories):
        yield from [plimsoll(given.plimsoll, repositories, SECRET_RULES)] if given.plimsoll else []
        yield from [checkov(given.checkov, directories, ["secrets"])] if given.checkov else []
        yield from [detect_secrets(given.detect_secrets, directories)] if given.detect_secrets else []

    samples = []
    for title, run, directories in (("Pipelines", pipelines, given.pipelines), ("Secrets", secrets, given.secrets)):
        if not directories:
            continue
        directories = [str(pathlib.Path(directory).resolve()) for directory in directories]
        tools = list(run(directories, directories))
        summary(f"{title} of public repositories", tools)
        for tool in tools:
            chosen = random.Random(given.seed).sample(sorted(tool.findings), min(25, len(tool.findings)))
            samples += [f"{title}\t{tool.name}\t{d}/{f}:{line}\t{category}" for d, f, line, category in chosen]
            missed = sorted(only(tool, tools[:1])) if tool is not tools[0] else []
            samples += [f"{title}\tmissed\t{d}/{f}:{line}\t{tool.name} {kind}" for d, f, line, kind in missed]
    if given.sample:
        pathlib.Path(given.sample).write_text("\n".join(samples) + "\n")
    if given.corpus:
        corpus_table("Our cases of pipelines", given.corpus, "ci-", pipelines)
        corpus_table("Our cases of secrets", given.corpus, SECRET_RULES, secrets)


if __name__ == "__main__":
    main()
