# METADATA
# title: An Argo CD Application with automated sync that never deletes.
# description: |
#   ## Why
#
#   Without `prune`, an object that is deleted from the repository keeps running in the cluster, and nobody
#   sees it in the repository any more.
#
#   ## What passes
#
#   - an Application without `automated`: `argo-automated-sync-disabled` is about those
#   - objects kept on purpose with the annotation `argocd.argoproj.io/sync-options: Prune=false`
#   - values that a template fills in
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#   spec:
#     project: shop
#     syncPolicy:
#       automated: {}
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
#     project: shop
#     syncPolicy:
#       automated:
#         prune: true
#         selfHeal: true
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning>
# custom:
#   name: argo-prune-disabled
#   severity: warning
#   precision: very-high
#   tags: [argo-cd, drift]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_prune_disabled

deny contains {
	"msg": sprintf("%v `%v` syncs by itself without `prune`", [input.kind, input.metadata.name]),
	"why": "what is deleted from the repository keeps running in the cluster",
	"help": "set `prune: true`; keep single objects with the annotation `argocd.argoproj.io/sync-options: Prune=false`",
	"path": array.concat(place, ["spec", "syncPolicy", "automated", "prune"]),
} if {
	startswith(input.apiVersion, "argoproj.io/")

	# `automated:` without a value is no automated sync, and text is a template's.
	is_object(automated)
	object.get(automated, "enabled", true) != false
	object.get(automated, "prune", false) != true
	not is_templated
}

automated := application.spec.syncPolicy.automated

is_templated if is_placeholder(automated.prune)

# Keys made by a template may be the switch.
is_templated if {
	some key, _ in automated
	is_placeholder(key)
}

# `templatePatch` of an ApplicationSet may set anything.
is_templated if contains(input.spec.templatePatch, "prune")

is_placeholder(text) if contains(text, "{{")

is_placeholder(text) if contains(text, "${")

# What it is about: the object itself, or the template that an ApplicationSet makes its Applications from.
place := [] if input.kind == "Application"

place := ["spec", "template"] if input.kind == "ApplicationSet"

application := input if input.kind == "Application"

application := input.spec.template if input.kind == "ApplicationSet"
