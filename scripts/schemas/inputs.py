"""Which packages the schemas are made from, and how they are had: registries alone, by name, version and checksum."""

import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import zipfile

# The wheel carries the OpenAPI definitions of each minor version of Kubernetes as JSON Schema.
WHEEL = ("kubernetes-validate", "1.37.0", "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9")

# Models of custom resources: TypeScript, generated from the Go types and the CRDs of each project. Argo Workflows is not
# among them: it writes its types to JSON in its own way, which the models do not know.
MODELS = [
    ("argo-cd", "4.0.0", "7677e90f5813f4c357bf16f7ef9b65f465b1e156bed999e227292aa0d7515af8"),
    ("argo-rollouts", "2.0.0", "3bee5717bb8cb4db784f7da9e582fdd5c6350a311e1aabee8fd44a707e246a51"),
    ("flux-cd", "4.0.0", "feb2eda7611880d94159f199836de94d432250b03ee9945e5b1df8927e92ebd4"),
    ("cert-manager", "6.0.0", "0e5bc3ff9c20a588abdfcc34590442cc40b3037d789ec74acb59119aac4fbfed"),
    ("prometheus-operator", "6.0.0", "e92402ebff400ea1ca5fe60546554841ab6f5986b317f3f0d4cb756dc88fbd37"),
    ("external-secrets", "2.0.0", "c1202c6a6caa54afedb4208c1216992b6fcb36cf7623637e0e4a98b70f23ea77"),
    ("sealed-secrets", "6.0.0", "95b4f2f0959f8117e1f4fb3c9d76bd9ac0493967c785825792fc4cb5493f94cf"),
    ("gateway-api", "2.0.0", "505c284b74d2f71803803543816abe3fe58e4b0ec6d98f3bd4989726d469b81b"),
    ("istio", "3.0.1", "a319f9e8a3496cc1d598ca6d451f73ba049756be1d6663479a07eb88d0d22353"),
    ("keda", "2.0.0", "825e7b45dfd9da8dfdfd838a6d31e2e180c8491c8e493c3822f9123e49ceffef"),
    ("kyverno", "2.0.0", "736c4c730d09542cde03312cac5e03e10ac6fa3aec4dbc0c5292ade8da73f4fb"),
]

# Rust, generated from CRDs. Only what no package above has is taken: the kinds of Crossplane that a repository holds.
CRATE = ("kube-custom-resources-rs", "2024.11.1", "aba3e0e4c19a14aff2f0834f24acb02f57ac2d05a1ee6367a0c4fc3036cfc9ea")
CRATE_FILES = re.compile(
    r"src/(apiextensions_crossplane_io/v1/compositeresourcedefinitions|pkg_crossplane_io/v1/(configurations|providers))\.rs$"
)


def kubernetes(cache):
    """The definitions by minor version."""
    name, version, checksum = WHEEL
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={cache}", f"{name}=={version}"]
    path = cache / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    wheel = zipfile.ZipFile(io.BytesIO(get(path, pip, checksum)))
    found = {}
    for member in wheel.namelist():
        minor = re.search(r"/v1\.(\d+)\.\d+-local/_definitions\.json$", member)
        if minor:
            found[int(minor[1])] = json.loads(wheel.read(member))["$defs"]
    return found


def models(cache):
    """The name of each package with its declarations by path."""
    for name, version, checksum in MODELS:
        npm = ["npm", "pack", "--silent", f"--pack-destination={cache}", f"@kubernetes-models/{name}@{version}"]
        path = cache / f"kubernetes-models-{name}-{version}.tgz"
        archive = tarfile.open(fileobj=io.BytesIO(get(path, npm, checksum)))
        files = {
            member.name.removeprefix("package/"): archive.extractfile(member).read().decode()
            for member in archive.getmembers()
            if member.name.endswith(".d.ts")
        }
        yield f"{name}@{version}", files


def structs(cache):
    """The name of the crate with its files by path."""
    name, version, checksum = CRATE
    path = cache / f"{name}-{version}.crate"
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    # cargo keeps what it fetched, and has no command that says where.
    cargo = f"cargo info --quiet {name}@{version} >&2 && cp {home}/registry/cache/*/{path.name} {cache}"
    archive = tarfile.open(fileobj=io.BytesIO(get(path, ["sh", "-c", cargo], checksum)))
    members = [member for member in archive.getmembers() if CRATE_FILES.search(member.name)]
    files = {member.name.split("/", 1)[1]: archive.extractfile(member).read().decode() for member in members}
    return f"{name}@{version}", files


def get(path, command, checksum):
    """The bytes that the client of a registry puts at a path, if they are those that are meant."""
    if not path.exists():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != checksum:
        raise SystemExit(f"{path.name} is not what it was: {hashlib.sha256(data).hexdigest()}")
    return data
