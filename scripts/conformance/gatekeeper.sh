#!/bin/sh
# Runs the suites of a checkout of open-policy-agent/gatekeeper-library as `gator verify` would, those of the current
# templates and those of their older versions, and prints how many of their cases say what they should.
#
#     scripts/conformance/gatekeeper.sh PATH/TO/gatekeeper-library
#
# Fetches nothing. Cases of a test that could not run count as well. Exits with 1 when any of them says something else.
set -eu

[ $# -eq 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
library=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
cargo build --quiet --example gator
gator=${CARGO_TARGET_DIR:-target}/debug/examples/gator

status=0
for part in library artifacthub; do
    echo "$part: $(find "$library/$part" -name suite.yaml | wc -l) suites"
    find "$library/$part" -name suite.yaml | sort | tr '\n' '\0' | xargs -0 "$gator" || status=1
done
exit $status
