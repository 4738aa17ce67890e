//! Kinds that are cluster-scoped although Kustomize gives them a namespace: it does not know them.
//!
//! Source: the `scope` of the operators' own definitions, and the API reference of Kubernetes for kinds that came
//! after 1.21. Only kinds that are cluster-scoped in every version are here. Must not know what Kustomize knows.

/// Kinds by group, both in order.
static KINDS: &[(&str, &[&str])] = &[
    ("addon.open-cluster-management.io", &["AddOnTemplate", "ClusterManagementAddOn"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
    ),
    (
        "apiextensions.crossplane.io",
        &[
            "CompositeResourceDefinition",
            "Composition",
            "CompositionRevision",
            "EnvironmentConfig",
            "ManagedResourceActivationPolicy",
            "ManagedResourceDefinition",
        ],
    ),
    ("apiserver.openshift.io", &["APIRequestCount"]),
    ("argoproj.io", &["ClusterAnalysisTemplate", "ClusterWorkflowTemplate"]),
    ("authentication.concierge.pinniped.dev", &["JWTAuthenticator", "WebhookAuthenticator"]),
    ("authorization.openshift.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("capsule.clastix.io", &["CapsuleConfiguration", "Tenant"]),
    ("cdi.kubevirt.io", &["CDI"]),
    ("cert-manager.io", &["ClusterIssuer"]),
    ("certificates.k8s.io", &["ClusterTrustBundle"]),
    (
        "cilium.io",
        &[
            "CiliumBGPAdvertisement",
            "CiliumBGPClusterConfig",
            "CiliumBGPPeerConfig",
            "CiliumBGPPeeringPolicy",
            "CiliumCIDRGroup",
            "CiliumClusterwideEnvoyConfig",
            "CiliumClusterwideNetworkPolicy",
            "CiliumEgressGatewayPolicy",
            "CiliumL2AnnouncementPolicy",
            "CiliumLoadBalancerIPPool",
            "CiliumPodIPPool",
        ],
    ),
    ("cloud.google.com", &["ComputeClass"]),
    ("cluster.open-cluster-management.io", &["ClusterClaim", "ManagedCluster", "ManagedClusterSet"]),
    ("config.concierge.pinniped.dev", &["CredentialIssuer"]),
    (
        "config.openshift.io",
        &[
            "APIServer",
            "Authentication",
            "Build",
            "ClusterImagePolicy",
            "ClusterOperator",
            "ClusterVersion",
            "Console",
            "DNS",
            "FeatureGate",
            "Image",
            "ImageContentPolicy",
            "ImageDigestMirrorSet",
            "ImageTagMirrorSet",
            "Infrastructure",
            "Ingress",
            "Network",
            "Node",
            "OAuth",
            "OperatorHub",
            "Project",
            "Proxy",
            "Scheduler",
        ],
    ),
    ("configuration.konghq.com", &["KongClusterPlugin", "KongLicense", "KongVault"]),
    (
        "console.openshift.io",
        &[
            "ConsoleCLIDownload",
            "ConsoleExternalLogLink",
            "ConsoleLink",
            "ConsoleNotification",
            "ConsolePlugin",
            "ConsoleQuickStart",
            "ConsoleSample",
            "ConsoleYAMLSample",
        ],
    ),
    ("crd.k8s.amazonaws.com", &["ENIConfig"]),
    (
        "crd.projectcalico.org",
        &[
            "BGPConfiguration",
            "BGPFilter",
            "BGPPeer",
            "BlockAffinity",
            "CalicoNodeStatus",
            "ClusterInformation",
            "FelixConfiguration",
            "GlobalNetworkPolicy",
            "GlobalNetworkSet",
            "HostEndpoint",
            "IPAMBlock",
            "IPAMConfig",
            "IPAMHandle",
            "IPPool",
            "IPReservation",
            "KubeControllersConfiguration",
            "StagedGlobalNetworkPolicy",
            "Tier",
        ],
    ),
    ("elbv2.k8s.aws", &["IngressClassParams"]),
    ("expansion.gatekeeper.sh", &["ExpansionTemplate"]),
    ("external-secrets.io", &["ClusterExternalSecret", "ClusterPushSecret", "ClusterSecretStore"]),
    ("externaldata.gatekeeper.sh", &["Provider"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    (
        "fluentbit.fluent.io",
        &[
            "ClusterFilter",
            "ClusterFluentBitConfig",
            "ClusterInput",
            "ClusterMultilineParser",
            "ClusterOutput",
            "ClusterParser",
        ],
    ),
    ("fluentd.fluent.io", &["ClusterFilter", "ClusterFluentdConfig", "ClusterInput", "ClusterOutput"]),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    ("generators.external-secrets.io", &["ClusterGenerator"]),
    ("groupsnapshot.storage.k8s.io", &["VolumeGroupSnapshotClass", "VolumeGroupSnapshotContent"]),
    ("helm.openshift.io", &["HelmChartRepository"]),
    (
        "hive.openshift.io",
        &["ClusterImageSet", "HiveConfig", "SelectorSyncIdentityProvider", "SelectorSyncSet"],
    ),
    ("iamauthenticator.k8s.aws", &["IAMIdentityMapping"]),
    ("imageregistry.operator.openshift.io", &["Config", "ImagePruner"]),
    ("karpenter.k8s.aws", &["AWSNodeTemplate", "EC2NodeClass"]),
    ("karpenter.sh", &["NodeClaim", "NodeOverlay", "NodePool", "Provisioner"]),
    ("keda.sh", &["ClusterTriggerAuthentication"]),
    ("kubearchive.org", &["ClusterKubeArchiveConfig"]),
    ("kubeflow.org", &["ClusterTrainingRuntime", "Profile"]),
    (
        "kueue.x-k8s.io",
        &[
            "AdmissionCheck",
            "ClusterQueue",
            "Cohort",
            "MultiKueueCluster",
            "MultiKueueConfig",
            "ProvisioningRequestConfig",
            "ResourceFlavor",
            "Topology",
            "WorkloadPriorityClass",
        ],
    ),
    ("kyverno.io", &["ClusterCleanupPolicy", "ClusterPolicy", "GlobalContextEntry"]),
    (
        "machineconfiguration.openshift.io",
        &[
            "ContainerRuntimeConfig",
            "ControllerConfig",
            "KubeletConfig",
            "MachineConfig",
            "MachineConfigPool",
            "MachineOSConfig",
            "PinnedImageSet",
        ],
    ),
    ("metacontroller.k8s.io", &["CompositeController", "DecoratorController"]),
    ("mutations.gatekeeper.sh", &["Assign", "AssignImage", "AssignMetadata", "ModifySet"]),
    ("networking.internal.knative.dev", &["ClusterDomainClaim"]),
    ("networking.k8s.io", &["IPAddress", "ServiceCIDR"]),
    ("nfd.k8s-sigs.io", &["NodeFeatureRule"]),
    (
        "nmstate.io",
        &[
            "NMState",
            "NodeNetworkConfigurationEnactment",
            "NodeNetworkConfigurationPolicy",
            "NodeNetworkState",
        ],
    ),
    ("nvidia.com", &["ClusterPolicy", "NVIDIADriver"]),
    ("oauth.openshift.io", &["OAuthClient"]),
    ("operator.open-cluster-management.io", &["ClusterManager", "Klusterlet"]),
    (
        "operator.openshift.io",
        &[
            "Authentication",
            "CSISnapshotController",
            "CloudCredential",
            "ClusterCSIDriver",
            "Config",
            "Console",
            "DNS",
            "Etcd",
            "ImageContentSourcePolicy",
            "InsightsOperator",
            "KubeAPIServer",
            "KubeControllerManager",
            "KubeScheduler",
            "KubeStorageVersionMigrator",
            "MachineConfiguration",
            "Network",
            "OLM",
            "OpenShiftAPIServer",
            "OpenShiftControllerManager",
            "ServiceCA",
            "Storage",
        ],
    ),
    (
        "operator.tekton.dev",
        &[
            "ManualApprovalGate",
            "OpenShiftPipelinesAsCode",
            "TektonAddon",
            "TektonChain",
            "TektonConfig",
            "TektonDashboard",
            "TektonInstallerSet",
            "TektonPipeline",
            "TektonPruner",
            "TektonResult",
            "TektonTrigger",
        ],
    ),
    ("operator.tigera.io", &["APIServer", "ImageSet", "Installation", "TigeraStatus"]),
    ("operators.coreos.com", &["OLMConfig", "Operator"]),
    (
        "pkg.crossplane.io",
        &[
            "Configuration",
            "ConfigurationRevision",
            "ControllerConfig",
            "DeploymentRuntimeConfig",
            "Function",
            "FunctionRevision",
            "ImageConfig",
            "Lock",
            "Provider",
            "ProviderRevision",
        ],
    ),
    (
        "policies.kyverno.io",
        &[
            "DeletingPolicy",
            "GeneratingPolicy",
            "ImageValidatingPolicy",
            "MutatingPolicy",
            "ValidatingPolicy",
        ],
    ),
    ("policy.networking.k8s.io", &["AdminNetworkPolicy", "BaselineAdminNetworkPolicy"]),
    ("postgresql.cnpg.io", &["ClusterImageCatalog"]),
    ("project.openshift.io", &["Project", "ProjectRequest"]),
    ("quota.openshift.io", &["ClusterResourceQuota"]),
    ("resource.k8s.io", &["DeviceClass", "ResourceSlice"]),
    ("runtime.cluster.x-k8s.io", &["ExtensionConfig"]),
    ("sailoperator.io", &["Istio", "IstioCNI", "IstioRevision", "IstioRevisionTag", "ZTunnel"]),
    ("samples.operator.openshift.io", &["Config"]),
    ("security.openshift.io", &["SecurityContextConstraints"]),
    (
        "serving.kserve.io",
        &[
            "ClusterServingRuntime",
            "ClusterStorageContainer",
            "LocalModelCache",
            "LocalModelNode",
            "LocalModelNodeGroup",
        ],
    ),
    ("snapshot.storage.k8s.io", &["VolumeSnapshotClass", "VolumeSnapshotContent"]),
    ("spire.spiffe.io", &["ClusterFederatedTrustDomain", "ClusterSPIFFEID"]),
    ("storage.k8s.io", &["VolumeAttributesClass"]),
    ("syncset.gatekeeper.sh", &["SyncSet"]),
    ("tailscale.com", &["Connector", "DNSConfig", "ProxyClass", "ProxyGroup", "Recorder"]),
    ("tekton.dev", &["ClusterTask"]),
    ("templates.gatekeeper.sh", &["ConstraintTemplate"]),
    ("trainer.kubeflow.org", &["ClusterTrainingRuntime"]),
    ("triggers.tekton.dev", &["ClusterInterceptor", "ClusterTriggerBinding"]),
    ("trust-manager.io", &["ClusterBundle"]),
    ("trust.cert-manager.io", &["Bundle"]),
    ("user.openshift.io", &["Group", "Identity", "User"]),
    ("wgpolicyk8s.io", &["ClusterPolicyReport"]),
];

/// A group of which every kind is cluster-scoped: its kinds are made by the templates of policies.
const CONSTRAINTS: &str = "constraints.gatekeeper.sh";

/// Whether a kind is known to be cluster-scoped.
pub(super) fn contains(group: &str, kind: &str) -> bool {
    let kinds = KINDS.binary_search_by(|(known, _)| (*known).cmp(group)).map(|at| KINDS[at].1);
    group == CONSTRAINTS || kinds.is_ok_and(|kinds| kinds.binary_search(&kind).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_order_and_each_is_found() {
        assert!(KINDS.is_sorted_by(|a, b| a.0 < b.0));
        for (group, kinds) in KINDS {
            assert!(kinds.is_sorted_by(|a, b| a < b), "{group}");
            assert!(kinds.iter().all(|kind| contains(group, kind)), "{group}");
        }
        assert!(contains(CONSTRAINTS, "K8sRequiredLabels"));
        for (group, kind) in [
            ("cert-manager.io", "Issuer"),
            ("operators.coreos.com", "ClusterServiceVersion"),
            ("example.org", "ClusterIssuer"),
            ("", "ClusterIssuer"),
        ] {
            assert!(!contains(group, kind), "{group} {kind}");
        }
    }
}
