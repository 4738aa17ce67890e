# METADATA
# title: A repository that delivers to production and to nothing before it.
# description: |
#   ## Why
#
#   What is tried in no environment is tried in production. An environment before it, made from the same base, shows a
#   broken image, a wrong value or a missing object before anybody depends on it.
#
#   Environments are what plimsoll tells from directories, names and `environments` in `plimsoll.yaml`: `plimsoll matrix`
#   shows them. A team with more stages of its own can ask for each of them in a copy of this policy.
#
#   ## What passes
#
#   - any environment of the tiers `dev`, `test` or `staging`
#   - an environment of which nobody knows the tier: `environment-without-tier` is about those
#
#   Runs in the profile `pedantic`, since a small repository may have one environment on purpose.
#
#   ## Bad
#
#   ```yaml
#   # file: overlays/production/kustomization.yaml
#   resources: [web.yaml]
#   # file: overlays/production/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   ```
#
#   ## Good
#
#   ```yaml
#   # file: base/kustomization.yaml
#   resources: [web.yaml]
#   # file: base/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   # file: overlays/staging/kustomization.yaml
#   resources: [../../base]
#   # file: overlays/production/kustomization.yaml
#   resources: [../../base]
#   ```
#
#   ## References
#
#   - <https://12factor.net/dev-prod-parity>
# custom:
#   name: environment-before-production-missing
#   severity: note
#   profile: pedantic
#   precision: medium
#   tags: [environment, promotion]
#   target: repo
package plimsoll.environment_before_production_missing

deny contains {
	"msg": sprintf("there is no environment before `%v`", [production]),
	"why": "a change is tried for the first time where people depend on it",
	"help": "add an overlay for staging from the same base, and promote from there",
	"_loc": place(production),
} if {
	tiers := {tier | some _, tier in data.repo.environments}
	tiers == {"production"}
	production := min({name | some name, _ in data.repo.environments})
}

# Where something of an environment is written: the kustomization of a directory, else the file of an owner.
place(name) := {"file": min(files), "line": 1} if {
	files := {file |
		some directory, unit in data.repo.units
		unit.environment.name == name
		some kustomization in ["kustomization.yaml", "kustomization.yml", "Kustomization"]
		file := trim_left(concat("/", [directory, kustomization]), "/")
		data.repo.files[file]
	}
	count(files) > 0
} else := {"file": min(files), "line": 1} if {
	files := {owner.file | some owner in data.repo.owners; owner.environment.name == name}
	count(files) > 0
}
