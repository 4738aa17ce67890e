# METADATA
# title: A HelmRelease whose objects Flux does not compare with the cluster.
# description: |
#   ## Why
#
#   Without `driftDetection.mode: enabled`, what somebody changes by hand in the objects of a release stays
#   until the next upgrade of the chart, and nobody is told.
#
#   ## What passes
#
#   - `driftDetection.mode: enabled`, with whatever `ignore`
#   - values that a template fills in
#
#   ## Bad
#
#   ```yaml
#   apiVersion: helm.toolkit.fluxcd.io/v2
#   kind: HelmRelease
#   metadata:
#     name: web
#     namespace: shop
#   spec:
#     interval: 1h
#     chartRef:
#       kind: OCIRepository
#       name: web
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: helm.toolkit.fluxcd.io/v2
#   kind: HelmRelease
#   metadata:
#     name: web
#     namespace: shop
#   spec:
#     interval: 1h
#     chartRef:
#       kind: OCIRepository
#       name: web
#     driftDetection:
#       mode: enabled
#       ignore:
#         - paths: [/spec/replicas]
#           target:
#             kind: Deployment
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection>
# custom:
#   name: flux-drift-detection-off
#   severity: note
#   by_tier: true
#   profile: pedantic
#   precision: very-high
#   tags: [flux, helm, drift]
#   target: owner
#   kinds: [HelmRelease]
package plimsoll.flux_drift_detection_off

deny contains {
	"msg": sprintf("HelmRelease `%v` %v", [input.metadata.name, problem.what]),
	"why": "the cluster and the repository differ until the next upgrade of the chart",
	"help": "set `driftDetection.mode: enabled`, and list under `ignore` what others may change",
	"path": problem.path,
} if {
	startswith(input.apiVersion, "helm.toolkit.fluxcd.io/")
	is_object(input.spec)
}

mode := object.get(input.spec, ["driftDetection", "mode"], null)

leaves := "leaves what others change in its objects"

problem := {"path": ["spec", "driftDetection"], "what": leaves} if mode == null

problem := {"path": ["spec", "driftDetection", "mode"], "what": leaves} if mode in {"", "disabled"}

problem := {
	"path": ["spec", "driftDetection", "mode"],
	"what": "only warns of what others change in its objects",
} if mode == "warn"
