# METADATA
# title: A Flux source that follows whatever is newest without saying so.
# description: |
#   ## Why
#
#   A GitRepository without `ref` follows the branch `master`, whether or not that is the one people work on. An
#   OCIRepository without `ref`, or with the tag `latest`, applies whatever was pushed last: nobody can say from
#   the repository what runs, and a rollback rolls nothing back.
#
#   ## What passes
#
#   - a GitRepository with a branch, tag, commit, name or semantic version range
#   - an OCIRepository with another tag, a digest or a range
#   - values that a template fills in
#
#   ## Bad
#
#   ```yaml
#   apiVersion: source.toolkit.fluxcd.io/v1
#   kind: OCIRepository
#   metadata:
#     name: web
#     namespace: flux-system
#   spec:
#     interval: 10m
#     url: oci://ghcr.io/acme/app
#     ref:
#       tag: latest
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: source.toolkit.fluxcd.io/v1
#   kind: OCIRepository
#   metadata:
#     name: web
#     namespace: flux-system
#   spec:
#     interval: 10m
#     url: oci://ghcr.io/acme/app
#     ref:
#       semver: 1.8.x
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/source/gitrepositories/#reference>
#   - <https://fluxcd.io/flux/components/source/ocirepositories/#reference>
# custom:
#   name: flux-source-ref-floating
#   severity: warning
#   precision: very-high
#   tags: [flux, supply-chain]
#   target: object
#   kinds: [GitRepository, OCIRepository]
package plimsoll.flux_source_ref_floating

deny contains {
	"msg": sprintf("%v `%v` follows %v", [input.kind, input.metadata.name, problem.follows]),
	"why": words[input.kind].why,
	"help": sprintf("set %v under `ref`", [words[input.kind].field]),
	"path": problem.path,
} if {
	startswith(input.apiVersion, "source.toolkit.fluxcd.io/")
	is_object(input.spec)
}

problem := {"path": ["spec", "ref"], "follows": words[input.kind].otherwise} if not names_something

# A digest or a range of versions wins over the tag.
problem := {"path": ["spec", "ref", "tag"], "follows": "the tag `latest`"} if {
	input.kind == "OCIRepository"
	input.spec.ref.tag == "latest"
	not "digest" in object.keys(input.spec.ref)
	not "semver" in object.keys(input.spec.ref)
}

names_something if {
	is_object(input.spec.ref)
	count(input.spec.ref) > 0
}

words := {
	"GitRepository": {
		"otherwise": "the branch `master`, which is the default",
		"field": "a `branch`, `tag` or `commit`",
		"why": "many repositories have no such branch any more, and nobody sees which one is followed",
	},
	"OCIRepository": {
		"otherwise": "the tag `latest`, which is the default",
		"field": "a `digest`, a version `tag` or a `semver` range",
		"why": "whatever was pushed last is applied, and a revert changes nothing",
	},
}
