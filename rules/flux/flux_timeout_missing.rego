# METADATA
# title: A Flux Kustomization that waits for health without a limit of its own.
# description: |
#   ## Why
#
#   The default of `timeout` is `interval`. With an interval of an hour, a rollout that fails keeps the
#   Kustomization busy for that hour: it says nothing, does not pick up the commit that repairs it, and holds up
#   all that depends on it.
#
#   ## What passes
#
#   - a Kustomization with `timeout`
#   - one that does not wait: `flux-health-check-missing` is about those
#   - an interval of at most ten minutes
#
#   ## Bad
#
#   ```yaml
#   apiVersion: kustomize.toolkit.fluxcd.io/v1
#   kind: Kustomization
#   metadata:
#     name: apps
#     namespace: flux-system
#   spec:
#     interval: 1h
#     path: ./apps
#     prune: true
#     sourceRef:
#       kind: GitRepository
#       name: flux-system
#     wait: true
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: kustomize.toolkit.fluxcd.io/v1
#   kind: Kustomization
#   metadata:
#     name: apps
#     namespace: flux-system
#   spec:
#     interval: 1h
#     path: ./apps
#     prune: true
#     sourceRef:
#       kind: GitRepository
#       name: flux-system
#     wait: true
#     timeout: 5m
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/kustomize/kustomizations/#timeout>
# custom:
#   name: flux-timeout-missing
#   severity: note
#   profile: pedantic
#   precision: very-high
#   tags: [flux, health]
#   target: owner
#   kinds: [Kustomization]
package plimsoll.flux_timeout_missing

deny contains {
	"msg": sprintf("Flux Kustomization `%v` waits up to %v for a rollout that fails", [input.metadata.name, interval]),
	"why": "without `timeout` the limit is `interval`, and until then nothing is reported or repaired",
	"help": "set `timeout` to what a rollout takes, for example `5m`",
	"path": ["spec", "timeout"],
} if {
	startswith(input.apiVersion, "kustomize.toolkit.fluxcd.io/")
	is_object(input.spec)
	not "timeout" in object.keys(input.spec)
	waits
	time.parse_duration_ns(interval) > longest
}

interval := input.spec.interval

# Ten minutes, in nanoseconds: so long nobody minds to wait for an error.
longest := 600000000000

# What is neither true nor false is a template's.
waits if not object.get(input.spec, "wait", false) in {false, null}

waits if {
	some field in ["healthChecks", "healthCheckExprs"]
	checks := input.spec[field]
	is_array(checks)
	count(checks) > 0
}
