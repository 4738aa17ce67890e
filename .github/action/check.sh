#!/usr/bin/env bash
# Runs plimsoll for action.yml. Reads INPUT_*, writes the step's outputs and its summary, and never fails by itself:
# the exit code is an output, so that findings can be uploaded first. Works with the bash 3.2 of macOS.
set -euo pipefail

plimsoll="$ROOT/bin/plimsoll"
json="$(mktemp "$RUNNER_TEMP/plimsoll.XXXXXX")"
sarif=""
options=()
paths=()

[ -z "$INPUT_CONFIG" ] || options+=(--config "$INPUT_CONFIG")
[ -z "$INPUT_FAIL_ON" ] || options+=(--fail-on "$INPUT_FAIL_ON")
options+=(--format json --output "$json")
if [ "$INPUT_SARIF" = true ] || [ "$INPUT_ADVANCED_SECURITY" = true ]; then
    sarif="$RUNNER_TEMP/plimsoll.sarif"
    rm -f "$sarif"
    options+=(--format sarif --output "$sarif")
fi
# Code scanning annotates by itself. Without it, the problem matcher turns lines of the log into annotations.
annotate=true
[ "$INPUT_ADVANCED_SECURITY" != true ] || annotate=false
if [ "$annotate" = true ]; then options+=(--format concise); else options+=(--format text); fi
# Split at blanks, without expanding `*`.
read -r -a more <<< "$(tr '\n' ' ' <<< "$INPUT_ARGS")"
while IFS= read -r path; do
    [ -z "$path" ] || paths+=("$path")
done <<< "$INPUT_PATHS"

# The file has two: the runner knows `notice` and drops lines with the word `note`.
[ "$annotate" = false ] || echo "::add-matcher::$GITHUB_ACTION_PATH/.github/plimsoll-matcher.json"
# Lines of the report begin with paths of the repository, and a file may be called `::add-mask::x.yaml`.
token="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
echo "::stop-commands::$token"
code=0
"$plimsoll" check "${options[@]}" ${more[@]+"${more[@]}"} -- ${paths[@]+"${paths[@]}"} || code=$?
echo "::$token::"
[ "$annotate" = false ] || printf '::remove-matcher owner=%s::\n' plimsoll plimsoll-note

findings=""
errors=""
if [ -s "$json" ]; then
    # Suppressed findings are listed with what suppressed them, and do not count.
    active='[.findings[] | select(.suppressed == null)]'
    findings="$(jq "$active | length" "$json")"
    errors="$(jq "$active | map(select(.severity == \"error\")) | length" "$json")"
    {
        echo "### plimsoll: $findings findings, $errors errors"
        echo
        if [ "$findings" != 0 ]; then
            echo "| findings | severity | rule |"
            echo "|---:|---|---|"
            jq -r "$active | group_by([.rule, .severity]) | sort_by(-length)[]
                | \"| \(length) | \(.[0].severity) | \(.[0].rule) |\"" "$json"
        fi
    } >> "$GITHUB_STEP_SUMMARY"
fi
[ -s "${sarif:-/nonexistent}" ] || sarif=""
{
    echo "exit-code=$code"
    echo "findings=$findings"
    echo "errors=$errors"
    echo "sarif-file=$sarif"
} >> "$GITHUB_OUTPUT"
