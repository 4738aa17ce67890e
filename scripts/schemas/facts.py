"""What the OpenAPI definitions of Kubernetes do not say, or say otherwise than the API server decides.

From the validation of Kubernetes itself (`pkg/apis/*/validation`), which refuses anything but these values, and which
takes an absent value for an empty one where the definitions call a field required. A value that any version since the
first one takes is here.
"""

NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
LABEL_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
PROTOCOLS = ("TCP", "UDP", "SCTP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
MATCH_POLICIES = ("Exact", "Equivalent")
FAILURE_POLICIES = ("Ignore", "Fail")
METRIC_TYPES = ("Object", "Pods", "Resource", "ContainerResource", "External")

# The last part of a definition's name and a field of it; of a list, what its items may be.
ENUMS = {
    ("Container", "imagePullPolicy"): PULL_POLICIES,
    ("EphemeralContainer", "imagePullPolicy"): PULL_POLICIES,
    ("ImageVolumeSource", "pullPolicy"): PULL_POLICIES,
    ("Container", "terminationMessagePolicy"): ("File", "FallbackToLogsOnError"),
    ("ContainerPort", "protocol"): PROTOCOLS,
    ("ServicePort", "protocol"): PROTOCOLS,
    ("NetworkPolicyPort", "protocol"): PROTOCOLS,
    ("PodSpec", "restartPolicy"): ("Always", "OnFailure", "Never"),
    ("PodSpec", "dnsPolicy"): ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    ("PodSpec", "preemptionPolicy"): ("PreemptLowerPriority", "Never"),
    ("PodOS", "name"): ("linux", "windows"),
    ("PodSecurityContext", "fsGroupChangePolicy"): ("OnRootMismatch", "Always"),
    ("PodSecurityContext", "supplementalGroupsPolicy"): ("Merge", "Strict"),
    ("SecurityContext", "procMount"): ("Default", "Unmasked"),
    ("SeccompProfile", "type"): ("Localhost", "RuntimeDefault", "Unconfined"),
    ("AppArmorProfile", "type"): ("Localhost", "RuntimeDefault", "Unconfined"),
    ("HTTPGetAction", "scheme"): ("HTTP", "HTTPS"),
    ("VolumeMount", "mountPropagation"): ("None", "HostToContainer", "Bidirectional"),
    ("VolumeMount", "recursiveReadOnly"): ("Disabled", "IfPossible", "Enabled"),
    ("HostPathVolumeSource", "type"): (
        "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice",
    ),
    ("NodeSelectorRequirement", "operator"): NODE_OPERATORS,
    ("LabelSelectorRequirement", "operator"): LABEL_OPERATORS,
    ("ScopedResourceSelectorRequirement", "operator"): LABEL_OPERATORS,
    ("Toleration", "operator"): ("", "Exists", "Equal", "Gt", "Lt"),
    ("Toleration", "effect"): ("", *EFFECTS),
    ("Taint", "effect"): EFFECTS,
    ("TopologySpreadConstraint", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("TopologySpreadConstraint", "nodeAffinityPolicy"): ("Ignore", "Honor"),
    ("TopologySpreadConstraint", "nodeTaintsPolicy"): ("Ignore", "Honor"),
    ("ServiceSpec", "type"): ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    ("ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    ("ServiceSpec", "externalTrafficPolicy"): ("Cluster", "Local"),
    ("ServiceSpec", "internalTrafficPolicy"): ("Cluster", "Local"),
    ("ServiceSpec", "ipFamilyPolicy"): ("SingleStack", "PreferDualStack", "RequireDualStack"),
    ("ServiceSpec", "ipFamilies"): ("IPv4", "IPv6"),
    ("PersistentVolumeSpec", "persistentVolumeReclaimPolicy"): ("Recycle", "Delete", "Retain"),
    ("PersistentVolumeSpec", "volumeMode"): VOLUME_MODES,
    ("PersistentVolumeSpec", "accessModes"): ACCESS_MODES,
    ("PersistentVolumeClaimSpec", "volumeMode"): VOLUME_MODES,
    ("PersistentVolumeClaimSpec", "accessModes"): ACCESS_MODES,
    ("StorageClass", "volumeBindingMode"): ("Immediate", "WaitForFirstConsumer"),
    ("StorageClass", "reclaimPolicy"): ("Delete", "Retain"),
    ("DeploymentStrategy", "type"): ("Recreate", "RollingUpdate"),
    ("DaemonSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("StatefulSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("StatefulSetSpec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted"): ("Retain", "Delete"),
    ("StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled"): ("Retain", "Delete"),
    ("CronJobSpec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace"),
    ("JobSpec", "completionMode"): ("NonIndexed", "Indexed"),
    ("JobSpec", "podReplacementPolicy"): ("TerminatingOrFailed", "Failed"),
    ("PodFailurePolicyRule", "action"): ("FailJob", "FailIndex", "Ignore", "Count"),
    ("PodFailurePolicyOnExitCodesRequirement", "operator"): ("In", "NotIn"),
    ("HTTPIngressPath", "pathType"): ("Exact", "Prefix", "ImplementationSpecific"),
    ("NetworkPolicySpec", "policyTypes"): ("Ingress", "Egress"),
    ("PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): ("IfHealthyBudget", "AlwaysAllow"),
    ("HPAScalingRules", "selectPolicy"): ("Max", "Min", "Disabled"),
    ("HPAScalingPolicy", "type"): ("Pods", "Percent"),
    ("MetricSpec", "type"): METRIC_TYPES,
    ("MetricTarget", "type"): ("Utilization", "Value", "AverageValue"),
    ("PriorityClass", "preemptionPolicy"): ("PreemptLowerPriority", "Never"),
    ("MutatingWebhook", "failurePolicy"): FAILURE_POLICIES,
    ("MutatingWebhook", "matchPolicy"): MATCH_POLICIES,
    ("MutatingWebhook", "reinvocationPolicy"): ("Never", "IfNeeded"),
    ("MutatingWebhook", "sideEffects"): ("None", "NoneOnDryRun", "Some", "Unknown"),
    ("ValidatingWebhook", "failurePolicy"): FAILURE_POLICIES,
    ("ValidatingWebhook", "matchPolicy"): MATCH_POLICIES,
    ("ValidatingWebhook", "sideEffects"): ("None", "NoneOnDryRun", "Some", "Unknown"),
    ("ValidatingAdmissionPolicySpec", "failurePolicy"): FAILURE_POLICIES,
    ("ValidatingAdmissionPolicyBindingSpec", "validationActions"): ("Deny", "Warn", "Audit"),
    ("RuleWithOperations", "operations"): ("*", "CREATE", "UPDATE", "DELETE", "CONNECT"),
    ("RuleWithOperations", "scope"): ("*", "Cluster", "Namespaced"),
    ("CustomResourceDefinitionSpec", "scope"): ("Cluster", "Namespaced"),
    ("CustomResourceConversion", "strategy"): ("None", "Webhook"),
}

# The definitions call these required, and the API server takes an object without them.
OPTIONAL = {
    ("StatefulSetSpec", "serviceName"),
    ("NetworkPolicySpec", "podSelector"),
    ("CustomResourceDefinitionVersion", "served"),
    ("CustomResourceDefinitionVersion", "storage"),
    ("PriorityClass", "value"),
    ("Role", "rules"),
    ("ClusterRole", "rules"),
    ("EndpointSlice", "endpoints"),
    ("RoleRef", "apiGroup"),
    ("HTTPHeader", "value"),
    ("ISCSIVolumeSource", "lun"),
    ("ISCSIPersistentVolumeSource", "lun"),
}
