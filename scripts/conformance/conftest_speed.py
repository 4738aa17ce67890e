#!/usr/bin/env python3
"""Compares how long plimsoll and conftest take for the same policies and the same files.

Usage: conftest_speed.py PLIMSOLL CONFTEST [OBJECTS [POLICIES [ROUNDS]]]

PLIMSOLL is a release build, CONFTEST what `go install github.com/open-policy-agent/conftest` makes. Writes a repository of
Deployments, Services and ConfigMaps, ten to a directory, and small policies about them into a temporary directory: once in
a package each, and once in one package, of which conftest asks one question a file. Both tools are asked one after the
other, as often as ROUNDS says; the best round of each counts, in time that passed and in time of all processors. Exits
with 1 when they find different numbers of failures. Fetches nothing.
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{n}
  namespace: shop
  labels:
    app: web-{n}
    team: team-{t}
spec:
  replicas: {r}
  selector:
    matchLabels:
      app: web-{n}
  template:
    metadata:
      labels:
        app: web-{n}
    spec:
      containers:
      - name: web
        image: registry.example.com/shop/web:{v}
        ports:
        - containerPort: 8080
        env:
        - name: LOG_LEVEL
          value: info
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
"""
SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: web-{n}
  namespace: shop
spec:
  type: {s}
  selector:
    app: web-{n}
  ports:
  - port: 80
    targetPort: 8080
"""
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: web-{n}
  namespace: shop
data:
  LOG_LEVEL: info
  REGION: region-{t}
"""
POLICIES = [
    'input.kind == "Deployment"\n\tnot input.spec.template.spec.securityContext.field{i}\n\tinput.spec.replicas == {i}\n\tmsg := sprintf("{i}: %s", [input.metadata.name])',
    'input.kind == "Deployment"\n\tsome container in input.spec.template.spec.containers\n\tendswith(container.image, ":{i}")\n\tmsg := sprintf("{i}: %s", [container.name])',
    'input.kind == "Service"\n\tinput.spec.type == "LoadBalancer"\n\tinput.metadata.name == "web-{i}"\n\tmsg := "{i}: a load balancer"',
    'input.metadata.labels.team == "team-{i}"\n\tnot input.metadata.annotations.owner\n\tmsg := sprintf("{i}: %s has no owner", [input.metadata.name])',
    'regex.match("^region-{i}$", input.data.REGION)\n\tmsg := sprintf("{i}: %s", [input.data.REGION])',
]


def write(root, objects, policies, package):
    for n in range(objects):
        text = [DEPLOYMENT, SERVICE, CONFIG][n % 3]
        values = {"n": n, "t": n % 40, "r": n % 60, "v": n % 70, "s": "LoadBalancer" if n % 50 == 1 else "ClusterIP"}
        directory = root / "apps" / f"app-{n // 10}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"object-{n}.yaml").write_text(text.format(**values))
    (root / "policy").mkdir()
    for i in range(policies):
        body = POLICIES[i % len(POLICIES)].replace("{i}", str(i))
        (root / "policy" / f"p{i}.rego").write_text(f"package {package.format(i=i)}\n\ndeny contains msg if {{\n\t{body}\n}}\n")


def run(command, root):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    passed, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    try:
        return passed, spent, json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"{command}: {done.stderr[-2000:]}{done.stdout[-2000:]}")


def compare(plimsoll, conftest, package, objects, policies, rounds):
    commands = {
        "conftest": [conftest, "test", "--all-namespaces", "--policy", "policy", "--output", "json", "--no-color", "apps"],
        "plimsoll": [plimsoll, "check", "--no-config", "--policy", "policy", "--select", "tag:policy", "--format", "json", "apps"],
    }
    best, found = {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        write(root, objects, policies, package)
        for _ in range(rounds):
            for name, command in commands.items():
                passed, spent, said = run(command, root)
                known = best.get(name, (passed, spent))
                best[name] = (min(known[0], passed), min(known[1], spent))
                failures = lambda each: len(each.get("failures") or [])
                found[name] = sum(map(failures, said)) if name == "conftest" else len(said["findings"])
    print(f"{objects} objects, {policies} policies, package {package.format(i='0, p1, …')}")
    for name, (passed, spent) in best.items():
        print(f"    {name}: {passed:.2f} s, {spent:.2f} s of processors, {found[name]} failures")
    passed, spent = (one / other for one, other in zip(best["conftest"], best["plimsoll"], strict=True))
    print(f"    {passed:.1f} times as fast, {spent:.1f} times in processor time", flush=True)
    return found["conftest"] == found["plimsoll"]


def main():
    plimsoll, conftest = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    objects, policies, rounds = (int(value) for value in (sys.argv[3:6] + ["10000", "50", "3"][len(sys.argv[3:6]):]))
    same = [compare(plimsoll, conftest, package, objects, policies, rounds) for package in ("p{i}", "main")]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
