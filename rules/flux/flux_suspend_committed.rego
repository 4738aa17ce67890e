# METADATA
# title: A Flux object that is suspended in the repository.
# description: |
#   ## Why
#
#   A suspended object is not reconciled: commits have no effect, drift is not corrected, and nothing reports
#   it. `flux suspend` is meant for an hour; in the repository it lasts until somebody remembers.
#
#   ## What passes
#
#   - `suspend: false`, and values that a template fills in
#   - `suspend` of other kinds, such as CronJob
#
#   ## Bad
#
#   ```yaml
#   apiVersion: helm.toolkit.fluxcd.io/v2
#   kind: HelmRelease
#   metadata:
#     name: redis
#   spec:
#     interval: 1h
#     suspend: true
#     chartRef:
#       kind: OCIRepository
#       name: redis
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: helm.toolkit.fluxcd.io/v2
#   kind: HelmRelease
#   metadata:
#     name: redis
#   spec:
#     interval: 1h
#     chartRef:
#       kind: OCIRepository
#       name: redis
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend>
# custom:
#   name: flux-suspend-committed
#   severity: warning
#   precision: very-high
#   tags: [flux, drift]
#   target: object
#   kinds: [Kustomization, HelmRelease, GitRepository, OCIRepository, HelmRepository, HelmChart, Bucket, ImageRepository, ImageUpdateAutomation, Alert, Receiver]
package plimsoll.flux_suspend_committed

deny contains {
	"msg": sprintf("%v `%v` is suspended in the repository", [input.kind, input.metadata.name]),
	"why": "commits have no effect on it, and nothing reports that",
	"help": "remove `suspend`; for a short pause use `flux suspend` and `flux resume`",
	"path": ["spec", "suspend"],
} if {
	contains(input.apiVersion, ".toolkit.fluxcd.io/")
	input.spec.suspend == true
}
