# METADATA
# title: A Flux Kustomization that does not wait for what it applies.
# description: |
#   ## Why
#
#   Without `wait` or `healthChecks` a Kustomization is ready as soon as the API server has taken its objects.
#   Pods that crash do not show in its status, alerts stay silent, and whatever depends on it starts too early.
#
#   ## What passes
#
#   - `wait: true`, or entries under `healthChecks` or `healthCheckExprs`
#   - values that a template fills in
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
#     interval: 10m
#     path: ./apps
#     prune: true
#     sourceRef:
#       kind: GitRepository
#       name: flux-system
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
#     interval: 10m
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
#   - <https://fluxcd.io/flux/components/kustomize/kustomizations/#wait>
#   - <https://fluxcd.io/flux/components/kustomize/kustomizations/#health-checks>
# custom:
#   name: flux-health-check-missing
#   severity: note
#   by_tier: true
#   profile: pedantic
#   precision: very-high
#   tags: [flux, health]
#   target: owner
#   kinds: [Kustomization]
package plimsoll.flux_health_check_missing

deny contains {
	"msg": sprintf("Flux Kustomization `%v` is ready before what it applies is", [input.metadata.name]),
	"why": "a failed rollout does not show in its status, and nothing alerts on it",
	"help": "set `wait: true` and a `timeout`, or list `healthChecks`",
	"path": ["spec", "wait"],
} if {
	startswith(input.apiVersion, "kustomize.toolkit.fluxcd.io/")
	is_object(input.spec)
	not waits
}

# What is neither true nor false is a template's.
waits if not object.get(input.spec, "wait", false) in {false, null}

waits if {
	some field in ["healthChecks", "healthCheckExprs"]
	checks := input.spec[field]
	is_array(checks)
	count(checks) > 0
}
