# METADATA
# title: An Argo CD Application put together from many sources.
# description: |
#   ## Why
#
#   Several sources are for a chart and its values, or for a chart and a few extra manifests. With more of them one
#   Application syncs, fails and rolls back things that have nothing to do with each other. The documentation calls
#   more than two or three sources an abuse, and points to ApplicationSets and apps of apps.
#
#   ## What passes
#
#   - up to three sources, and any number that only lend value files (`ref`)
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: everything
#   spec:
#     sources:
#       - {repoURL: https://github.com/acme/gitops, path: a}
#       - {repoURL: https://github.com/acme/gitops, path: b}
#       - {repoURL: https://github.com/acme/gitops, path: c}
#       - {repoURL: https://github.com/acme/gitops, path: d}
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Application
#   metadata:
#     name: web
#   spec:
#     sources:
#       - repoURL: https://charts.example.com
#         chart: web
#         targetRevision: 1.2.3
#         helm:
#           valueFiles: [$values/web.yaml]
#       - repoURL: https://github.com/acme/gitops
#         ref: values
#   ```
#
#   ## References
#
#   - <https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/>
# custom:
#   name: argo-multi-source-abuse
#   severity: note
#   precision: high
#   tags: [argo-cd]
#   target: owner
#   kinds: [Application, ApplicationSet]
package plimsoll.argo_multi_source_abuse

most := 3

deny contains {
	"msg": sprintf("%v `%v` is made of %v sources", [input.kind, input.metadata.name, count(sources)]),
	"why": "one Application then syncs, fails and rolls back things that have little to do with each other",
	"help": "make an Application of each, with an ApplicationSet or an app of apps",
	"path": array.concat(place, ["spec", "sources"]),
} if {
	startswith(input.apiVersion, "argoproj.io/")
	count(sources) > most
}

# A source that only lends its values files is none of them, and a hydrated Application has but one.
sources := [source |
	not application.spec.sourceHydrator.drySource
	some source in application.spec.sources
	not only_lends(source)
]

only_lends(source) if {
	object.get(source, "ref", "") != ""
	object.get(source, "path", "") == ""
	object.get(source, "chart", "") == ""
}

# What it is about: the object itself, or the template that an ApplicationSet makes its Applications from.
place := [] if input.kind == "Application"

place := ["spec", "template"] if input.kind == "ApplicationSet"

application := input if input.kind == "Application"

application := input.spec.template if input.kind == "ApplicationSet"
