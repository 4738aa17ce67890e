#!/usr/bin/env python3
"""Compares the profiles `pss-baseline` and `pss-restricted` with Kubernetes' own test data for Pod Security.

Usage: pod_security.py CHECKOUT BINARY

CHECKOUT is a checkout of kubernetes/pod-security-admission, or of kubernetes/kubernetes, BINARY is
`target/debug/plimsoll`. Fetches nothing. The files lie in `test/testdata/LEVEL/VERSION/pass` and
`fail`: pods that the admission of that version lets pass or refuses at that level. Each must have a finding exactly when it
is refused. Prints every pod for which that is not so, and how many agree. Exit code 1 when one disagrees.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

INSIDE = ["test/testdata", "staging/src/k8s.io/pod-security-admission/test/testdata"]


def findings(binary, level, minor, directory):
    """The names of the files with a finding."""
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        config = f"profile: pss-{level}\nkubernetes-version: 'v1.{minor}'\n"
        (root / "plimsoll.yaml").write_text(config)
        for file in directory.glob("*.yaml"):
            (root / "pods").mkdir(exist_ok=True)
            (root / "pods" / file.name).write_bytes(file.read_bytes())
        command = [binary, "check", "--exit-zero", "--format", "json", "."]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return {pathlib.Path(it["file"]).name for it in json.loads(done.stdout)["findings"]}


def main():
    checkout, binary = pathlib.Path(sys.argv[1]), str(pathlib.Path(sys.argv[2]).resolve())
    data = next(checkout / inside for inside in INSIDE if (checkout / inside).is_dir())
    agreed = {}
    for directory in sorted(data.glob("*/v1.*/*")):
        level, version, verdict = directory.parts[-3:]
        minor = int(version.removeprefix("v1."))
        if verdict not in ("pass", "fail"):
            continue
        found = findings(binary, level, minor, directory)
        count = agreed.setdefault(level, [0, 0])
        for file in sorted(directory.glob("*.yaml")):
            count[1] += 1
            if (file.name in found) == (verdict == "fail"):
                count[0] += 1
            else:
                print(f"{level} {version}: {verdict}/{file.name} {'has a' if file.name in found else 'has no'} finding")
    for level, (good, all_of_them) in sorted(agreed.items()):
        print(f"{level}: {good} of {all_of_them} agree")
    return 0 if agreed and all(good == every for good, every in agreed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
