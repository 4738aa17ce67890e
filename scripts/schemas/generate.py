#!/usr/bin/env python3
"""Writes the schemas that plimsoll ships: `schemas/kubernetes/`.

Run by hand, from anywhere, with the standard library and the clients of PyPI, npm and crates.io:

    scripts/schemas/generate.py [CACHE_DIRECTORY]

What goes in is named in `inputs.py` with its version and its checksum; what comes out are `schemas.bin`,
which `src/schema/bundle.rs` reads, and `lifecycle.tsv`, from which the rules about removed APIs know since when and until
when Kubernetes serves a version. The same inputs give the same bytes.
"""

import pathlib
import sys

import bundle
import inputs
import kubernetes
import lifecycle
import rust
import typescript

OUT = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "kubernetes"


def main():
    cache = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/tmp/plimsoll-schemas")
    cache.mkdir(parents=True, exist_ok=True)
    OUT.mkdir(parents=True, exist_ok=True)

    first, count, definitions, kinds = kubernetes.read(inputs.kubernetes(cache))
    (OUT / "lifecycle.tsv").write_text(lifecycle.table(first, count, kinds))
    every = (1 << count) - 1
    core = dict(definitions)
    for package, files in inputs.models(cache):
        found, named = typescript.read(package, files, every, core)
        definitions.update(found)
        kinds.extend(named)
    found, named = rust.read(*inputs.structs(cache), every, core)
    definitions.update(found)
    kinds.extend(named)
    data = bundle.encode(first, count, definitions, kinds)
    (OUT / "schemas.bin").write_bytes(data)
    print(f"schemas.bin: {len(data)} bytes")


if __name__ == "__main__":
    main()
