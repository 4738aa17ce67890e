# METADATA
# title: A rollout that waits for a person at the command line.
# description: |
#   ## Why
#
#   `pause: {}` lasts until somebody runs `kubectl argo rollouts promote`. That decision is not in the
#   repository: nobody can see who made it, and a rollback or a new cluster needs it again.
#
#   ## What passes
#
#   - a `pause` with a duration
#   - steps with an analysis
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
#           - setWeight: 20
#           - pause: {}
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
#   - <https://argo-rollouts.readthedocs.io/en/stable/features/canary/#pause-duration>
# custom:
#   name: rollout-manual-pause
#   severity: note
#   profile: pedantic
#   precision: high
#   tags: [progressive-delivery]
#   target: object
#   kinds: [Rollout]
package plimsoll.rollout_manual_pause

deny contains {
	"msg": sprintf("Rollout `%v` waits until somebody promotes it by hand", [input.metadata.name]),
	"why": "the decision is made at a command line and leaves no trace in the repository",
	"help": "give the pause a `duration`, and let an analysis decide",
	"path": ["spec", "strategy", "canary", "steps", endless[0], "pause"],
} if {
	startswith(input.apiVersion, "argoproj.io/")
}

# The numbers of the steps that end when somebody says so; the first of them is reported.
endless := [number |
	some number, step in input.spec.strategy.canary.steps
	"pause" in object.keys(step)
	not has_duration(step)
]

has_duration(step) if "duration" in object.keys(step.pause)
