# METADATA
# title: A HelmRelease that installs into another namespace and keeps its release record at home.
# description: |
#   ## Why
#
#   With `targetNamespace` alone, the objects go to one namespace and Helm's record of the release to another.
#   `helm list -n` of the target shows nothing, two clusters of tools disagree about what is installed, and
#   deleting the record's namespace orphans the release.
#
#   ## What passes
#
#   - `storageNamespace` beside `targetNamespace`
#   - a target that is the HelmRelease's own namespace
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
#     targetNamespace: web
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
#     targetNamespace: web
#     storageNamespace: web
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/helm/helmreleases/#storage-namespace>
# custom:
#   name: flux-storage-namespace
#   severity: note
#   profile: pedantic
#   precision: high
#   tags: [flux, helm]
#   target: owner
#   kinds: [HelmRelease]
package plimsoll.flux_storage_namespace

deny contains {
	"msg": sprintf("the record of release `%v` is not kept in `%v`, where it is installed", [input.metadata.name, target]),
	"why": "`helm list` in that namespace does not show it, and other tools may install it twice",
	"help": sprintf("set `storageNamespace: %v`; an installed release has to be moved", [target]),
	"path": ["spec", "targetNamespace"],
} if {
	startswith(input.apiVersion, "helm.toolkit.fluxcd.io/")
	target := input.spec.targetNamespace
	input.metadata.namespace != target
	not "storageNamespace" in object.keys(input.spec)
}
