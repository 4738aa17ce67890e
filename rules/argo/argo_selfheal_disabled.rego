# METADATA
# title: An Argo CD Application with automated sync that leaves changes in the cluster alone.
# description: |
#   ## Why
#
#   Without `selfHeal`, Argo CD syncs when the repository changes and only then. What somebody changes in the
#   cluster stays until the next commit, and the repository does not describe what runs.
#
#   ## What passes
#
#   - an Application without `automated`: `argo-automated-sync-disabled` is about those
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
#       automated:
#         prune: true
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
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing>
# custom:
#   name: argo-selfheal-disabled
#   severity: warning
#   precision: very-high
#   tags: [argo-cd, drift]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_selfheal_disabled

deny contains {
	"msg": sprintf("%v `%v` syncs by itself without `selfHeal`", [input.kind, input.metadata.name]),
	"why": "what somebody changes in the cluster stays until the next commit",
	"help": "set `selfHeal: true`; list fields that others own in `ignoreDifferences`",
	"path": array.concat(place, ["spec", "syncPolicy", "automated", "selfHeal"]),
} if {
	startswith(input.apiVersion, "argoproj.io/")

	# `automated:` without a value is no automated sync, and text is a template's.
	is_object(automated)
	object.get(automated, "enabled", true) != false
	object.get(automated, "selfHeal", false) != true
	not is_templated
}

automated := application.spec.syncPolicy.automated

is_templated if is_placeholder(automated.selfHeal)

# Keys made by a template may be the switch.
is_templated if {
	some key, _ in automated
	is_placeholder(key)
}

# `templatePatch` of an ApplicationSet may set anything.
is_templated if contains(input.spec.templatePatch, "selfHeal")

is_placeholder(text) if contains(text, "{{")

is_placeholder(text) if contains(text, "${")

# What it is about: the object itself, or the template that an ApplicationSet makes its Applications from.
place := [] if input.kind == "Application"

place := ["spec", "template"] if input.kind == "ApplicationSet"

application := input if input.kind == "Application"

application := input.spec.template if input.kind == "ApplicationSet"
