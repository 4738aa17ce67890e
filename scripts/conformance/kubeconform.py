#!/usr/bin/env python3
"""Compares plimsoll with kubeconform on kubeconform's own fixtures.

Usage: kubeconform.py CHECKOUT BINARY

CHECKOUT is a checkout of yannh/kubeconform, BINARY is plimsoll. Fetches nothing. The verdicts of kubeconform are those of
its acceptance tests with `-strict`, and where these do not use a file, those that its documentation gives: an object
without a schema is an error, a List is its items. Exit code 1 when a verdict differs and nothing below says why.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

# What makes an object one that kubeconform refuses.
RULES = (
    "schema-violation,schema-unknown-field,schema-required-missing,schema-unknown-kind,api-removed,"
    "object-missing-identity,invalid-quantity,metadata-value-not-string,yaml-duplicate-key,yaml-syntax"
)

REFUSED = {
    "duplicate_property.yaml", "extra_property.yaml", "invalid.yaml", "list_invalid.yaml", "missing_apiversion.yaml",
    "missing_kind.yaml", "missing_kind_value.yaml", "multi_invalid.yaml", "multi_invalid_resources.yaml",
    # No schema in the newest versions of Kubernetes.
    "crd_schema.yaml", "duplicates-skipped-kinds.yaml",
    "grafana-alert-rule-group-sample.yaml", "httpproxy.yaml", "test_crd.yaml", "same-kind-different-api.yaml",
}

# Verdicts that differ, and why.
NO_MANIFEST = "a document without `metadata.name` and a `kind` is no manifest: most are configuration of something else"
DIFFERENCES = {
    "missing_kind.yaml": NO_MANIFEST,
    "missing_kind_value.yaml": NO_MANIFEST,
    "multi_invalid_resources.yaml": NO_MANIFEST,
}


def findings(binary, path):
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / path.name).write_bytes(path.read_bytes())
        command = [binary, "check", "--no-config", "--exit-zero", "--select", RULES, "--format", "json", directory]
        done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        return [done.stderr.strip()]
    return [f"{found['rule']}: {found['message']}" for found in json.loads(done.stdout)["findings"]]


def main():
    fixtures, binary = pathlib.Path(sys.argv[1]) / "fixtures", pathlib.Path(sys.argv[2]).resolve()
    files = sorted(path for path in fixtures.rglob("*") if path.suffix == ".yaml" or path.name == "valid.json")
    files = [path for path in files if path.parent.name != "registry"]
    same, unexplained = 0, []
    for path in files:
        found = findings(binary, path)
        if bool(found) == (path.name in REFUSED):
            same += 1
            continue
        why = DIFFERENCES.get(path.name)
        print(f"{path.name}: {'refused' if found else 'accepted'} ({why or 'no reason known'})")
        print("".join(f"    {line}\n" for line in found[:5]), end="")
        unexplained += [] if why else [path.name]
    print(f"{same} of {len(files)} verdicts are the same")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
