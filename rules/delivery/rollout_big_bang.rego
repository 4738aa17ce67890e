# METADATA
# title: A canary rollout that reaches half of the users or more with its first step, or never pauses.
# description: |
#   ## Why
#
#   A canary without steps is a rolling update under another name. One that begins with half of the traffic, or
#   goes from step to step without a pause, shows a bad version to everybody before anyone or anything can tell.
#
#   ## What passes
#
#   - a first `setWeight` below 50 with a `pause` or an `analysis` behind it
#   - a canary whose analysis runs in the background
#   - a first step of 0, to test the canary without traffic, or one made with `setCanaryScale`
#
#   ## Bad
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Rollout
#   metadata:
#     name: web
#     namespace: shop
#   spec:
#     selector:
#       matchLabels:
#         app: web
#     strategy:
#       canary:
#         steps:
#           - setWeight: 50
#           - pause:
#               duration: 10m
#   ```
#
#   ## Good
#
#   ```yaml
#   apiVersion: argoproj.io/v1alpha1
#   kind: Rollout
#   metadata:
#     name: web
#     namespace: shop
#   spec:
#     selector:
#       matchLabels:
#         app: web
#     strategy:
#       canary:
#         analysis:
#           templates:
#             - templateName: success-rate
#         steps:
#           - setWeight: 5
#           - pause:
#               duration: 10m
#           - setWeight: 50
#           - pause:
#               duration: 10m
#   ```
#
#   ## References
#
#   - <https://argo-rollouts.readthedocs.io/en/stable/features/canary/>
# custom:
#   name: rollout-big-bang
#   severity: warning
#   precision: high
#   tags: [progressive-delivery]
#   target: object
#   kinds: [Rollout]
package plimsoll.rollout_big_bang

half := 50

deny contains {
	"msg": sprintf("the canary of Rollout `%v` %v", [input.metadata.name, problem.what]),
	"why": "a bad version reaches most users before anyone or anything can tell",
	"help": "begin with a few per cent, and pause or analyse before each larger step",
	"path": array.concat(["spec", "strategy", "canary"], problem.path),
} if {
	startswith(input.apiVersion, "argoproj.io/")
}

canary := input.spec.strategy.canary

default steps := []

steps := canary.steps if is_array(canary.steps)

# The steps that shift traffic, each with its number.
weights := [[number, step.setWeight] | some number, step in steps]

problem := {"path": [], "what": "has no steps"} if {
	"canary" in object.keys(input.spec.strategy)
	count(steps) == 0
}

problem := {"path": ["steps", weights[0][0], "setWeight"], "what": "begins with half of the traffic or more"} if {
	begins_with_half
}

problem := {"path": ["steps", weights[0][0], "setWeight"], "what": "never pauses"} if {
	not begins_with_half
	not stops
}

begins_with_half if {
	is_number(weights[0][1])
	weights[0][1] >= half
}

stops if "analysis" in object.keys(canary)

stops if {
	some step in steps
	some key, _ in step
	key in {"pause", "analysis"}
}
