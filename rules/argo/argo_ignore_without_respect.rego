# METADATA
# title: Ignored differences that a sync overwrites all the same.
# description: |
#   ## Why
#
#   `ignoreDifferences` is about comparing alone: it does not trigger a sync, but when one runs, the value of the
#   repository is applied and replaces what another controller has set. With `selfHeal` that is at every change.
#
#   ## What passes
#
#   - an Application with the sync option `RespectIgnoreDifferences=true`
#   - fields under `/status`, which no sync writes
#
#   A field that is absent from the repository is not overwritten either, which this rule does not see: it is pedantic.
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: shop
#   spec:
#     ignoreDifferences:
#       - group: apps
#         kind: Deployment
#         jsonPointers: [/spec/replicas]
#     syncPolicy:
#       automated:
#         selfHeal: true
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
#     ignoreDifferences:
#       - group: apps
#         kind: Deployment
#         jsonPointers: [/spec/replicas]
#     syncPolicy:
#       automated:
#         selfHeal: true
#       syncOptions: [RespectIgnoreDifferences=true]
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs>
# custom:
#   name: argo-ignore-without-respect
#   severity: note
#   profile: pedantic
#   precision: medium
#   tags: [argo-cd, drift]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_ignore_without_respect

deny contains {
	"msg": sprintf("%v `%v` ignores differences that its next sync overwrites", [input.kind, input.metadata.name]),
	"why": "`ignoreDifferences` is about comparing; a sync applies what the repository says all the same",
	"help": "add the sync option `RespectIgnoreDifferences=true`, or remove the field from the manifests",
	"path": array.concat(place, ["spec", "ignoreDifferences"]),
} if {
	startswith(input.apiVersion, "argoproj.io/")
	application.spec.syncPolicy.automated.selfHeal == true
	is_written
	not is_decided
}

# Whether a sync writes any of the fields: it never writes a status.
is_written if {
	some entry in application.spec.ignoreDifferences
	some list in ["jsonPointers", "jqPathExpressions"]
	some field in entry[list]
	not startswith(field, "/status")
	not startswith(field, ".status")
}

is_decided if {
	some option in application.spec.syncPolicy.syncOptions
	startswith(option, "RespectIgnoreDifferences=")
}

# What it is about: the object itself, or the template that an ApplicationSet makes its Applications from.
place := [] if input.kind == "Application"

place := ["spec", "template"] if input.kind == "ApplicationSet"

application := input if input.kind == "Application"

application := input.spec.template if input.kind == "ApplicationSet"
