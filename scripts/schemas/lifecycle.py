"""Since when and until when Kubernetes serves a version of a kind.

From the first version on that there are definitions for, all of it is what the definitions say: a version that one
minor has and the next one has not was removed there. What was removed before, and when an older version became a
deprecated one, is from the deprecation guide, checked by hand.
"""

import re

GUIDE = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
DEFINITIONS = "definitions"
APPS = ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ControllerRevision")
RBAC = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")

# Group, version, kinds, the minor that deprecated them, the one that removed them, what to use.
BEFORE = [
    ("extensions", "v1beta1", APPS[:3], 9, 16, "apps/v1"),
    ("extensions", "v1beta1", ("NetworkPolicy",), 9, 16, "networking.k8s.io/v1"),
    ("extensions", "v1beta1", ("PodSecurityPolicy",), 10, 16, ""),
    ("extensions", "v1beta1", ("Ingress",), 14, 22, "networking.k8s.io/v1"),
    ("apps", "v1beta1", ("Deployment", "StatefulSet", "ControllerRevision"), 9, 16, "apps/v1"),
    ("apps", "v1beta2", APPS, 9, 16, "apps/v1"),
    ("admissionregistration.k8s.io", "v1beta1",
     ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"), 16, 22, "admissionregistration.k8s.io/v1"),
    ("apiextensions.k8s.io", "v1beta1", ("CustomResourceDefinition",), 16, 22, "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io", "v1beta1", ("APIService",), 19, 22, "apiregistration.k8s.io/v1"),
    ("authentication.k8s.io", "v1beta1", ("TokenReview",), 19, 22, "authentication.k8s.io/v1"),
    ("authorization.k8s.io", "v1beta1",
     ("LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"),
     19, 22, "authorization.k8s.io/v1"),
    ("certificates.k8s.io", "v1beta1", ("CertificateSigningRequest",), 19, 22, "certificates.k8s.io/v1"),
    ("coordination.k8s.io", "v1beta1", ("Lease",), 19, 22, "coordination.k8s.io/v1"),
    ("networking.k8s.io", "v1beta1", ("Ingress", "IngressClass"), 19, 22, "networking.k8s.io/v1"),
    ("rbac.authorization.k8s.io", "v1alpha1", RBAC, 17, 22, "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io", "v1beta1", RBAC, 17, 22, "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io", "v1beta1", ("PriorityClass",), 14, 22, "scheduling.k8s.io/v1"),
    ("storage.k8s.io", "v1beta1", ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"), 19, 22,
     "storage.k8s.io/v1"),
    ("batch", "v1beta1", ("CronJob",), 21, 25, "batch/v1"),
    ("discovery.k8s.io", "v1beta1", ("EndpointSlice",), 21, 25, "discovery.k8s.io/v1"),
    ("events.k8s.io", "v1beta1", ("Event",), 19, 25, "events.k8s.io/v1"),
    ("autoscaling", "v2beta1", ("HorizontalPodAutoscaler",), 23, 25, "autoscaling/v2"),
    ("policy", "v1beta1", ("PodDisruptionBudget",), 21, 25, "policy/v1"),
    ("policy", "v1beta1", ("PodSecurityPolicy",), 21, 25, ""),
    ("node.k8s.io", "v1beta1", ("RuntimeClass",), 20, 25, "node.k8s.io/v1"),
]

# Deprecated before the first definitions, or without another version of the same kind.
DEPRECATED = {
    ("", "v1", "ComponentStatus"): (19, ""),
    ("", "v1", "Endpoints"): (33, "discovery.k8s.io/v1 EndpointSlice"),
    ("autoscaling", "v2beta2", "HorizontalPodAutoscaler"): (23, "autoscaling/v2"),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema"): (23, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", "PriorityLevelConfiguration"): (23, "flowcontrol.apiserver.k8s.io/v1"),
    ("storage.k8s.io", "v1beta1", "CSIStorageCapacity"): (24, "storage.k8s.io/v1"),
}


STABLE = 2


def table(first, count, kinds):
    """The table as text: tab-separated, sorted."""
    newest = first + count - 1
    rows = [
        (group, version, kind, "", deprecated, removed, instead, GUIDE)
        for group, version, names, deprecated, removed, instead in BEFORE
        for kind in names
    ]
    served = {}
    for group, version, kind, mask, *_ in kinds:
        minors = [first + at for at in range(count) if mask >> at & 1]
        served.setdefault((group, kind), []).append((rank(version), version, minors[0], minors[-1]))
    for (group, kind), versions in served.items():
        for own, version, since, last in versions:
            removed = "" if last == newest else last + 1
            introduced = "" if since == first else since
            # The first release that serves a better version deprecates those that are not stable. A stable one stays.
            better = sorted(one for one in versions if one[0] > own and own[0] < STABLE)
            known = DEPRECATED.get((group, version, kind))
            deprecated, instead = known or (
                min((max(one[2], since) for one in better), default=""),
                f"{group}/{better[-1][1]}" if better else "",
            )
            if introduced != "" or deprecated != "" or removed != "":
                source = GUIDE if known else DEFINITIONS
                rows.append((group, version, kind, introduced, deprecated, removed, instead, source))
    head = f"# Minor versions of Kubernetes 1.x, {first} to {newest} from their definitions; written by lifecycle.py.\n"
    names = "# group\tversion\tkind\tintroduced\tdeprecated\tremoved\tinstead\tsource\n"
    return head + names + "".join("\t".join(map(str, row)) + "\n" for row in sorted(rows, key=lambda row: row[:3]))


def rank(version):
    """How stable a version is, as Kubernetes orders them: `v2` before `v1` before `v2beta2` before `v1alpha1`."""
    major, stage, number = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version).groups()
    return ({"alpha": 0, "beta": 1, None: STABLE}[stage], int(major), int(number or 0))
