# METADATA
# title: An ApplicationSet in the old template language.
# description: |
#   ## Why
#
#   Without `goTemplate: true`, a parameter that is not there stays in the text as `{{name}}`, and nobody is told.
#   There are no defaults, no conditions and no functions, and Argo CD documents that Go templates replace it.
#
#   ## What passes
#
#   - an ApplicationSet without any parameter in its template
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: ApplicationSet
#   metadata:
#     name: shop
#   spec:
#     generators:
#       - list:
#           elements:
#             - env: prod
#     template:
#       metadata:
#         name: "shop-{{env}}"
#       spec:
#         project: shop
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: ApplicationSet
#   metadata:
#     name: shop
#   spec:
#     goTemplate: true
#     goTemplateOptions: ["missingkey=error"]
#     generators:
#       - list:
#           elements:
#             - env: prod
#     template:
#       metadata:
#         name: "shop-{{ .env }}"
#       spec:
#         project: shop
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/#motivation>
# custom:
#   name: appset-fasttemplate
#   severity: note
#   precision: very-high
#   tags: [argo-cd, maintenance]
#   target: owner
#   kinds: [ApplicationSet]
package plimsoll.appset_fasttemplate

deny contains {
	"msg": sprintf("ApplicationSet `%v` uses the old template language", [input.metadata.name]),
	"why": "a parameter that is not there stays in the text as `{{name}}`, without an error",
	"help": "set `goTemplate: true` and `goTemplateOptions: [\"missingkey=error\"]`, and write `{{ .name }}`",
	"path": ["spec", "goTemplate"],
} if {
	startswith(input.apiVersion, "argoproj.io/")
	is_object(input.spec)
	not is_go
	has_parameters
}

is_go if input.spec.goTemplate == true

is_go if contains(input.spec.goTemplate, "{{")

has_parameters if {
	walk(input.spec.template, [_, text])
	is_string(text)
	contains(text, "{{")
}
