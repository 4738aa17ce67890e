#!/usr/bin/env python3
"""Runs the tests of trivy-checks (`*_test.rego`) as plimsoll reads them.

Usage: trivy.py CHECKOUT BINARY

CHECKOUT is a checkout of aquasecurity/trivy-checks, BINARY is `target/debug/examples/policies`
(`cargo build --example policies`; a release build is ten times as fast). Fetches nothing. Prints every test that does not
pass, and how many pass in each area. Exit code 1 when fewer pass than the goal.
"""

import pathlib
import re
import subprocess
import sys

GOALS = {"kubernetes": 667, "all": 1840}


def main():
    checkout, binary = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    command = [binary, "verify", "--every", "-p", "lib", "-p", "checks"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    print(done.stdout)
    passed = {area: int(count) for area, count in re.findall(r"^(\w+): (\d+) of \d+ pass", done.stdout, re.M)}
    missed = {area: goal for area, goal in GOALS.items() if passed.get(area, 0) < goal}
    for area, goal in missed.items():
        print(f"{area}: {passed.get(area, 0)} pass, the goal is {goal}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
