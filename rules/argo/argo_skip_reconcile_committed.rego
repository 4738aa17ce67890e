# METADATA
# title: An Argo CD Application that is told not to be reconciled.
# description: |
#   ## Why
#
#   With the annotation `skip-reconcile`, the controller does not look at the Application at all: no sync, no health,
#   no drift. It is meant for an incident, and in the repository it stays.
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#     annotations:
#       argocd.argoproj.io/skip-reconcile: "true"
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/>
# custom:
#   name: argo-skip-reconcile-committed
#   severity: warning
#   precision: very-high
#   tags: [argo-cd, drift]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_skip_reconcile_committed

deny contains {
	"msg": sprintf("%v `%v` is committed as not reconciled", [input.kind, input.metadata.name]),
	"why": "Argo CD does not sync it, and shows neither its health nor its drift",
	"help": "remove the annotation; to pause for a while, set it in the cluster",
	"path": path,
} if {
	startswith(input.apiVersion, "argoproj.io/")
	some place in places
	path := array.concat(place, ["metadata", "annotations", "argocd.argoproj.io/skip-reconcile"])
	object.get(input, path, "") in {"true", true}
}

places contains []

# What an ApplicationSet makes gets the annotations of its template.
places contains ["spec", "template"] if input.kind == "ApplicationSet"
