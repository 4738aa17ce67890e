#!/usr/bin/env python3
"""Runs the acceptance tests of conftest (`*.bats`) against plimsoll's reading of policies.

Usage: conftest.py CHECKOUT BINARY

CHECKOUT is a checkout of open-policy-agent/conftest, BINARY is `target/debug/examples/policies`
(`cargo build --example policies`). Fetches nothing; the checkout is copied and left alone. Cases that are about what
plimsoll does not take over from conftest are listed with the reason. Exit code 1 when a case in scope fails.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# (what the body of a case says, why it is out of scope)
OUT_OF_SCOPE = [
    (r"conftest --(version|help)", "flags that are not about policies"),
    (r"--trace\b", "traces"),
    (r"--report\b", "reports of tests"),
    (r"--strict\b", "strict mode"),
    (r"--capabilities\b", "capabilities"),
    (r"--update\b|\bpull\b|\bpush\b", "downloads"),
    (r"plugin|pre-commit|\bdoc\b|\breformat\b|\bfmt\b", "other commands"),
    (r"--rego-version", "one syntax for all files: each file is read as what it is"),
    (r"--show-builtin-errors", "strict built-in errors"),
    (r"-o (tap|table|json|junit|github)|--output", "other outputs"),
    (r"conftest\.toml|examples/configfile|configfile", "conftest's own configuration file"),
    (r"--parser hcl1", "HCL 1"),
    (r"\bedn\b", "EDN"),
    (r"\bxml\b|pom\.xml", "XML"),
    (r"hocon", "HOCON"),
    (r"\bvcl\b", "VCL"),
    (r"jsonnet", "Jsonnet"),
    (r"\bcue\b", "CUE"),
    (r"spdx", "SPDX"),
    (r"cyclonedx", "CycloneDX"),
    (r"textproto", "text protocol buffers"),
    (r"[Jj]enkins|[Gg]roovy", "Groovy"),
]

RUN = """
set -e
run() {
  set +e
  output="$("$@" 2>/dev/null)"; status=$?
  set -e
  lines=()
  while IFS= read -r line; do [ -n "$line" ] && lines+=("$line"); done <<< "$output"
  return 0
}
"""


def cases(path):
    for found in re.finditer(r'^@test "((?:[^"\\]|\\.)*)" \{\n(.*?)^\}', path.read_text(), re.M | re.S):
        yield found.group(1), found.group(2)


def main():
    checkout, binary = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    passed, failed, left_out = 0, [], {}
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch) / "conftest-checkout"
        shutil.copytree(checkout, root)
        shutil.copy(binary, root / "conftest")
        suites = [root / "acceptance.bats", *sorted((root / "tests").glob("*/test.bats"))]
        for suite in suites:
            for name, body in cases(suite):
                title = f"{suite.parent.name}/{suite.name}: {name}"
                text = f"{suite} {body}".replace(str(root), "")
                reason = next((why for what, why in OUT_OF_SCOPE if re.search(what, text)), None)
                if reason:
                    left_out.setdefault(reason, []).append(title)
                    continue
                script = f"{RUN}export CONFTEST={root}/conftest\ncd {suite.parent}\n{body}"
                done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=300)
                if done.returncode == 0:
                    passed += 1
                else:
                    failed.append(title)
    for reason, titles in sorted(left_out.items()):
        print(f"out of scope, {reason}: {len(titles)}")
        for title in titles:
            print(f"    {title}")
    for title in failed:
        print(f"FAILED {title}")
    total = passed + len(failed)
    print(f"{passed} of {total} cases in scope pass, {sum(map(len, left_out.values()))} out of scope")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
