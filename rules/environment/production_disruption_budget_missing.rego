# METADATA
# title: A workload in production without a PodDisruptionBudget.
# description: |
#   ## Why
#
#   When a node is drained, Kubernetes evicts all pods on it at once. Only a PodDisruptionBudget says how many of a workload
#   must stay: without one, an upgrade of the cluster may take all of them down together.
#
#   Looked at is what one overlay of a production environment applies together. Which environments need budgets, and for
#   which kinds, is for a team to say: change the policy in a copy.
#
#   ## What passes
#
#   - a PodDisruptionBudget in the same overlay whose selector may select the pods
#   - workloads with one replica, for which a budget would only block the drain
#   - overlays of which a part could not be rendered
#
#   ## Bad
#
#   ```yaml
#   # file: overlays/prod/kustomization.yaml
#   resources: [web.yaml]
#   # file: overlays/prod/web.yaml
#   apiVersion: apps/v1
#   kind: Deployment
#   metadata:
#     name: web
#   spec:
#     replicas: 3
#     selector:
#       matchLabels: {app: web}
#     template:
#       metadata:
#         labels: {app: web}
#       spec:
#         containers:
#           - name: web
#             image: acme/web:1.0.0
#   ```
#
#   ## Good
#
#   ```yaml
#   # file: overlays/prod/kustomization.yaml
#   resources: [web.yaml, budget.yaml]
#   # file: overlays/prod/web.yaml
#   apiVersion: apps/v1
#   kind: Deployment
#   metadata:
#     name: web
#   spec:
#     replicas: 3
#     selector:
#       matchLabels: {app: web}
#     template:
#       metadata:
#         labels: {app: web}
#       spec:
#         containers:
#           - name: web
#             image: acme/web:1.0.0
#   # file: overlays/prod/budget.yaml
#   apiVersion: policy/v1
#   kind: PodDisruptionBudget
#   metadata:
#     name: web
#   spec:
#     maxUnavailable: 1
#     selector:
#       matchLabels: {app: web}
#   ```
#
#   ## References
#
#   - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
# custom:
#   name: production-disruption-budget-missing
#   severity: note
#   profile: pedantic
#   precision: medium
#   tags: [availability, environment]
#   target: unit
#   kinds: [Deployment, StatefulSet, PodDisruptionBudget]
package plimsoll.production_disruption_budget_missing

deny contains {
	"msg": sprintf("%v `%v` has no PodDisruptionBudget in %v", [workload.kind, workload.metadata.name, input.environment.name]),
	"why": "when nodes are drained, all of its pods may be evicted at once",
	"help": "add a PodDisruptionBudget with `maxUnavailable: 1` that selects its pods",
	"path": ["objects", i, "metadata", "name"],
} if {
	input.environment.tier == "production"

	# What is not rendered may hold the budget.
	not input.partial
	some i, workload in input.objects
	startswith(workload.apiVersion, "apps/")
	is_number(workload.spec.replicas)
	workload.spec.replicas > 1
	labels := workload.spec.template.metadata.labels
	is_object(labels)
	not is_protected(labels)
}

# Expressions of a selector are not looked at: the budget may be meant.
selectors := {object.get(budget, ["spec", "selector", "matchLabels"], {}) |
	some budget in input.objects
	budget.kind == "PodDisruptionBudget"
}

is_protected(labels) if {
	some selector in selectors
	not excludes(selector, labels)
}

excludes(selector, labels) if {
	some name, value in selector
	object.get(labels, name, null) != value
}
