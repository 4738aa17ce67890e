# METADATA
# title: An Argo CD Application that prunes by itself, even when its source renders to nothing.
# description: |
#   ## Why
#
#   With `allowEmpty`, an empty result is applied like any other: a wrong path, a deleted directory or a broken
#   overlay deletes everything that the Application manages. Without it, Argo CD refuses to sync.
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#   spec:
#     syncPolicy:
#       automated:
#         prune: true
#         allowEmpty: true
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#   spec:
#     syncPolicy:
#       automated:
#         prune: true
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning-with-allow-empty-v18>
# custom:
#   name: argo-allow-empty
#   severity: warning
#   precision: very-high
#   tags: [argo-cd, data-loss]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_allow_empty

deny contains {
	"msg": sprintf("%v `%v` deletes everything when its source renders to nothing", [input.kind, input.metadata.name]),
	"why": "a wrong path or a deleted directory then empties the namespace instead of failing the sync",
	"help": "remove `allowEmpty`; delete the Application when all of it has to go",
	"path": array.concat(place, ["spec", "syncPolicy", "automated", "allowEmpty"]),
} if {
	startswith(input.apiVersion, "argoproj.io/")
	automated := application.spec.syncPolicy.automated
	automated.allowEmpty == true
	automated.prune == true
	object.get(automated, "enabled", true) != false
}

# What it is about: the object itself, or the template that an ApplicationSet makes its Applications from.
place := [] if input.kind == "Application"

place := ["spec", "template"] if input.kind == "ApplicationSet"

application := input if input.kind == "Application"

application := input.spec.template if input.kind == "ApplicationSet"
