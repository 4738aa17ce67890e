# METADATA
# title: A Flux source that is applied without checking a signature.
# description: |
#   ## Why
#
#   Flux applies what the source holds. Without `verify`, whoever can push to the registry or the Git repository
#   can deploy; with it, only who holds the signing key.
#
#   ## What passes
#
#   - a source with `verify`
#   - a HelmRepository, which has no such field
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
#       semver: 1.8.x
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
#     verify:
#       provider: cosign
#   ```
#
#   ## References
#
#   - <https://fluxcd.io/flux/components/source/ocirepositories/#verification>
#   - <https://fluxcd.io/flux/components/source/gitrepositories/#verification>
# custom:
#   name: source-verification-missing
#   severity: note
#   profile: pedantic
#   precision: high
#   tags: [flux, supply-chain]
#   target: object
#   kinds: [GitRepository, OCIRepository]
package plimsoll.source_verification_missing

deny contains {
	"msg": sprintf("%v `%v` is applied without a check of its signature", [input.kind, input.metadata.name]),
	"why": sprintf("whoever can %v can deploy", [words[input.kind].what]),
	"help": sprintf("sign what is published, and set `verify` with %v", [words[input.kind].keys]),
	"path": ["spec", "url"],
} if {
	startswith(input.apiVersion, "source.toolkit.fluxcd.io/")
	"url" in object.keys(input.spec)
	not "verify" in object.keys(input.spec)
}

words := {
	"GitRepository": {"keys": "public keys of the people who commit", "what": "push to the branch"},
	"OCIRepository": {"keys": "`provider: cosign` or `notation`", "what": "push to the registry"},
}
