# METADATA
# title: A Deployment in production that runs once.
# description: |
#   ## Why
#
#   A Deployment with one pod is down while its node is drained, while the pod is moved and whenever it crashes. In an
#   environment for development nobody minds; in production it is an outage.
#
#   Looked at is what one overlay of a production environment applies together, so that an autoscaler beside the
#   Deployment counts. A team that runs more than two of everything, or that counts zones, changes the number in a copy of
#   this policy.
#
#   ## What passes
#
#   - a HorizontalPodAutoscaler or a ScaledObject of KEDA for it in the same overlay
#   - the strategy `Recreate`: it says that two of them must not run at a time
#   - overlays of which a part could not be rendered
#   - `replicas` that a template fills in
#
#   Runs in the profile `pedantic`, since many a tool runs once on purpose.
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
#     replicas: 1
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
#   ## References
#
#   - <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>
# custom:
#   name: production-single-replica
#   severity: note
#   profile: pedantic
#   precision: medium
#   tags: [availability, environment]
#   target: unit
#   kinds: [Deployment, HorizontalPodAutoscaler, ScaledObject]
package plimsoll.production_single_replica

deny contains {
	"msg": sprintf("Deployment `%v` runs once in %v", [deployment.metadata.name, input.environment.name]),
	"why": "it is down while its node is drained, while it is moved, and whenever it crashes",
	"help": "set `replicas` to two or more, or add a HorizontalPodAutoscaler",
	"path": ["objects", i, "spec", "replicas"],
} if {
	input.environment.tier == "production"

	# What is not rendered may hold the autoscaler.
	not input.partial
	some i, deployment in input.objects
	deployment.kind == "Deployment"
	startswith(deployment.apiVersion, "apps/")
	is_object(deployment.spec)
	object.get(deployment.spec, "replicas", 1) == 1
	not runs_alone(deployment)
	not deployment.metadata.name in scaled
}

runs_alone(deployment) if deployment.spec.strategy.type == "Recreate"

scaled := {scaler.spec.scaleTargetRef.name | some scaler in input.objects}
