# METADATA
# title: A Flux Kustomization that deletes and creates objects again when they cannot be changed.
# description: |
#   ## Why
#
#   With `force: true`, a change of an immutable field makes Flux delete the object and create it anew: a
#   StatefulSet loses its pods at once, a Service its address, a PersistentVolumeClaim its data.
#
#   ## What passes
#
#   - `force: false`, and a value that a template fills in
#   - single objects with the annotation `kustomize.toolkit.fluxcd.io/force: enabled`
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
#     force: true
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
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/kustomize/kustomizations/#force>
# custom:
#   name: flux-force-enabled
#   severity: warning
#   precision: very-high
#   tags: [flux, availability]
#   target: owner
#   kinds: [Kustomization]
package plimsoll.flux_force_enabled

deny contains {
	"msg": sprintf("Flux Kustomization `%v` replaces objects that cannot be changed", [input.metadata.name]),
	"why": "a change of an immutable field deletes the object first, and its pods, address or data with it",
	"help": "remove `force`; allow it on single objects with the annotation `kustomize.toolkit.fluxcd.io/force: enabled`",
	"path": ["spec", "force"],
} if {
	startswith(input.apiVersion, "kustomize.toolkit.fluxcd.io/")
	input.spec.force == true
}
