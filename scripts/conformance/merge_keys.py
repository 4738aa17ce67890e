#!/usr/bin/env python3
"""Compares the lists that plimsoll merges with those that Kubernetes 1.21 declares.

    scripts/conformance/merge_keys.py [DEFINITIONS]

Kustomize merges lists by the OpenAPI document of Kubernetes 1.21.2. The table in
src/render/kustomize/facts/merge_keys/builtin.rs holds what of it matters; this script derives the same facts from the
definitions in the PyPI package `kubernetes-validate` 1.21.0, or from a JSON file with `definitions`, and prints what
differs. Compared are the fields with a patch strategy, the kinds of objects, and for every kind the path of every
merged list with its keys. Needs pip and PyPI unless a file is given. Exits with 1 on a difference.
"""

import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "src/render/kustomize/facts/merge_keys/builtin.rs"
PACKAGE = "kubernetes-validate==1.21.0"
MEMBER = "/v1.21.0-local/_definitions.json"

# Not in what Kustomize has: an alpha feature, off by default in the cluster that its document was taken from.
ALPHA_TYPES = {"EphemeralContainers"}
# Types of requests and answers, of which no repository holds objects.
NOT_OBJECTS = {"DeleteOptions", "Status", "WatchEvent"} | ALPHA_TYPES
# Kustomize's own, in no document of Kubernetes.
OWN_GROUP = "kustomize.config.k8s.io/"
OWN_TYPES = {"Kustomization"}


def definitions(path):
    if path:
        return json.loads(pathlib.Path(path).read_text())["definitions"]
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", scratch, PACKAGE], check=True)
        (archive,) = pathlib.Path(scratch).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            (member,) = [it for it in tar.getmembers() if it.name.endswith(MEMBER)]
            return json.load(tar.extractfile(member))["definitions"]


def reference(schema):
    return schema.get("$ref", "").removeprefix("#/definitions/") or None


def merge_keys(schema):
    keys = schema.get("x-kubernetes-list-map-keys") or [schema.get("x-kubernetes-patch-merge-key")]
    return tuple(key for key in keys if key)


class Declared:
    """The facts of the definitions."""

    def __init__(self, types):
        self.types = types
        self.strategies, self.merged, self.roots = set(), set(), {}
        for name, schema in types.items():
            short = name.rsplit(".", 1)[-1]
            for field, value in (schema.get("properties") or {}).items():
                strategy = value.get("x-kubernetes-patch-strategy")
                if strategy and short not in ALPHA_TYPES:
                    self.strategies.add((short, field))
                    if self.is_merged(value):
                        self.merged.add((short, field, merge_keys(value)))
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                group, version, kind = kind["group"], kind["version"], kind["kind"]
                if "alpha" not in version and not kind.endswith("List") and kind not in NOT_OBJECTS:
                    self.roots[f"{group}/{version}".lstrip("/"), kind] = name

    @staticmethod
    def is_merged(schema):
        strategies = schema.get("x-kubernetes-patch-strategy", "").split(",")
        return schema.get("type") == "array" and "merge" in strategies

    def fields(self, name):
        for field, schema in (self.types[name].get("properties") or {}).items():
            if self.is_merged(schema):
                yield field, merge_keys(schema), reference(schema["items"])
            elif reference(schema):
                yield field, None, reference(schema)


class Written:
    """The facts of the table."""

    def __init__(self, text):
        table = text[text.index("\nschema! {") : text.index("#[cfg(test)]")]
        types, roots = table.split("    roots {", 1)
        self.types = {}
        for name, body in re.findall(r"(\w+) \{([^{}]*)\}", types):
            self.types[name] = {}
            for field, shape, keys in re.findall(r"(\w+): (\[?\w+\]?)(?: by ([\w ]+))?", body):
                merged = shape.startswith("[")
                self.types[name][field] = (tuple(keys.split()) if merged else None, shape.strip("[]"))
        self.roots = {}
        for api_version, body in re.findall(r'"([\w./]+)" \{([^{}]*)\}', roots):
            if not api_version.startswith(OWN_GROUP):
                for kind, name in re.findall(r"(\w+): (\w+)", body):
                    self.roots[api_version, kind] = name
        named = [(name, field, keys) for name, fields in self.types.items() for field, (keys, _) in fields.items()]
        self.merged = {it for it in named if it[2] is not None and it[0] not in OWN_TYPES}

    def fields(self, name):
        for field, (keys, inner) in self.types[name].items():
            yield field, keys, inner


def paths(facts):
    """`apiVersion kind path keys` of every list that a merge can get to: nothing below a replaced list is."""
    found = set()

    def walk(root, name, path, above):
        for field, keys, inner in facts.fields(name):
            here = f"{path}.{field}".lstrip(".")
            if keys is not None:
                found.add((*root, here, keys))
            if inner and inner not in above:
                walk(root, inner, here, above | {inner})

    for root, name in facts.roots.items():
        walk(root, name, "", {name})
    return found


def compare(what, declared, written):
    for fact in sorted(declared - written):
        print(f"missing in the table: {fact}")
    for fact in sorted(written - declared):
        print(f"only in the table: {fact}")
    print(f"{what}: {len(declared)} declared, {len(written)} in the table")
    return declared == written


def main():
    declared = Declared(definitions(sys.argv[1] if len(sys.argv) > 1 else None))
    written = Written(TABLE.read_text())
    print(f"fields with a patch strategy: {len(declared.strategies)}, no lists among them:", end=" ")
    lists = {fact[:2] for fact in declared.merged}
    print(", ".join(".".join(fact) for fact in sorted(declared.strategies - lists)))
    equal = [
        compare("merged lists", declared.merged, written.merged),
        compare("kinds", set(declared.roots), set(written.roots)),
        compare("paths of merged lists", paths(declared), paths(written)),
    ]
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
