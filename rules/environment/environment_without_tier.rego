# METADATA
# title: An environment of which nobody knows whether it is production.
# description: |
#   ## Why
#
#   Some rules are stricter in production and milder in development. Of one such as `dr` or `nonprod` plimsoll knows
#   nothing: what is wrong in production is then told as if it were anywhere.
#
#   ## What passes
#
#   - names that say it: `dev`, `test`, `staging`, `prod` and their like
#   - environments with a `tier` in `plimsoll.yaml`
#
#   Runs in the profile `pedantic`: it is about how well plimsoll knows the repository.
#
#   ## Bad
#
#   ```yaml
#   # file: envs/prod/kustomization.yaml
#   resources: [web.yaml]
#   # file: envs/prod/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   # file: envs/dr/kustomization.yaml
#   resources: [web.yaml]
#   # file: envs/dr/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   ```
#
#   ## Good
#
#   ```yaml
#   # file: envs/prod/kustomization.yaml
#   resources: [web.yaml]
#   # file: envs/prod/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   # file: envs/staging/kustomization.yaml
#   resources: [web.yaml]
#   # file: envs/staging/web.yaml
#   apiVersion: v1
#   kind: Service
#   metadata:
#     name: web
#   ```
#
#   ## References
#
#   - <https://12factor.net/dev-prod-parity>
# custom:
#   name: environment-without-tier
#   severity: note
#   profile: pedantic
#   precision: medium
#   tags: [environment]
#   target: repo
package plimsoll.environment_without_tier

deny contains {
	"msg": sprintf("environment `%v` may be production or not", [name]),
	"why": "rules that are stricter in production treat it as neither",
	"help": "name it with its `tier` under `environments` in `plimsoll.yaml`",
	"_loc": place(name),
} if {
	some name, tier in data.repo.environments
	tier == null
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
