#!/usr/bin/env bash
# Validates SARIF files with Microsoft's validator: the rules of the standard and those of GitHub code scanning.
#
#   scripts/sarif-multitool.sh [FILE…]
#
# Without a file, what plimsoll itself says about examples/shop is validated. Fails when the validator reports an
# error; warnings are shown, notes are counted. Needs node and npm, and is skipped without them.
set -euo pipefail

if ! command -v node >/dev/null || ! command -v npx >/dev/null; then
  echo "skipped: the SARIF validator needs node and npm" >&2
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ $# -eq 0 ]; then
  root=$(cd "$(dirname "$0")/.." && pwd)
  cargo build --quiet --manifest-path "$root/Cargo.toml"
  binary=${CARGO_TARGET_DIR:-$root/target}/debug/plimsoll
  (cd "$root" && "$binary" check examples/shop --exit-zero --format sarif --output "$scratch/shop.sarif")
  set -- "$scratch/shop.sarif"
fi

failed=0
for file in "$@"; do
  # The npm package hands its arguments to a shell as they are: semicolons are escaped, and paths need plain names.
  cp -- "$file" "$scratch/report.sarif"
  rm -f "$scratch/results.sarif"
  echo "== $file"
  (cd "$scratch" && npx --yes @microsoft/sarif-multitool@5 validate report.sarif --output results.sarif \
    --rule-kind 'Sarif\;Ghas' --level 'Error\;Warning\;Note' >validator.log 2>&1) || true
  if [ ! -s "$scratch/results.sarif" ]; then
    echo "the validator gave no results:" >&2
    cat "$scratch/validator.log" >&2
    failed=1
    continue
  fi
  node - "$scratch/results.sarif" <<'JS' || failed=1
const run = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8")).runs[0];
const rules = new Map((run.tool.driver.rules ?? []).map((rule) => [rule.id, rule]));
const results = run.results ?? [];
const notifications = run.invocations?.flatMap((it) => [
  ...(it.toolExecutionNotifications ?? []), ...(it.toolConfigurationNotifications ?? [])]) ?? [];
const notes = new Map();
let errors = 0;
for (const { ruleId, level = "warning", message, locations = [] } of results) {
  if (level === "note") {
    notes.set(ruleId, (notes.get(ruleId) ?? 0) + 1);
    continue;
  }
  const rule = rules.get(ruleId) ?? rules.get(ruleId.split("/")[0]);
  const template = message.text ?? rule?.messageStrings?.[message.id]?.text ?? message.id;
  const text = template.replace(/\{(\d+)\}/g, (whole, index) => message.arguments?.[index] ?? whole);
  const line = locations[0]?.physicalLocation?.region?.startLine ?? 0;
  console.log(`${line}: ${level} ${ruleId}: ${text}`);
  errors += level === "error";
}
for (const { level = "warning", message } of notifications) {
  if (level === "error") {
    console.log(`error: ${message.text}`);
    errors += 1;
  }
}
for (const [ruleId, count] of notes) console.log(`note ${ruleId}: ${count}`);
console.log(`${results.length} results, ${errors} errors`);
process.exit(errors > 0 ? 1 : 0);
JS
done
exit "$failed"
