//! Where kinds keep their pod specs: native ones, and popular custom resources.
//!
//! Must not know what a pod spec looks like. People add kinds of their own in the configuration.

/// A kind with a pod spec. A kind with several has several entries.
pub(super) struct PodKind {
    /// The API group without its version.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Names with dots between them; `[]` stands for every item of a list, `*` for every value of a mapping.
    pub path: &'static str,
    /// Whether all that is said about the pods stands there.
    pub is_whole: bool,
}

const fn pod(group: &'static str, kind: &'static str, path: &'static str) -> PodKind {
    PodKind { group, kind, path, is_whole: true }
}

const fn part(group: &'static str, kind: &'static str, path: &'static str) -> PodKind {
    PodKind { group, kind, path, is_whole: false }
}

/// The kinds.
pub(super) const POD_KINDS: &[PodKind] = &[
    pod("", "Pod", "spec"),
    pod("", "PodTemplate", "template.spec"),
    pod("", "ReplicationController", "spec.template.spec"),
    pod("", "DeploymentConfig", "spec.template.spec"),
    pod("apps", "Deployment", "spec.template.spec"),
    pod("apps", "StatefulSet", "spec.template.spec"),
    pod("apps", "DaemonSet", "spec.template.spec"),
    pod("apps", "ReplicaSet", "spec.template.spec"),
    pod("extensions", "Deployment", "spec.template.spec"),
    pod("extensions", "DaemonSet", "spec.template.spec"),
    pod("extensions", "ReplicaSet", "spec.template.spec"),
    pod("batch", "Job", "spec.template.spec"),
    pod("batch", "CronJob", "spec.jobTemplate.spec.template.spec"),
    pod("apps.openshift.io", "DeploymentConfig", "spec.template.spec"),
    pod("argoproj.io", "Rollout", "spec.template.spec"),
    pod("argoproj.io", "AnalysisTemplate", "spec.metrics[].provider.job.spec.template.spec"),
    pod("argoproj.io", "ClusterAnalysisTemplate", "spec.metrics[].provider.job.spec.template.spec"),
    pod("argoproj.io", "AnalysisRun", "spec.metrics[].provider.job.spec.template.spec"),
    part("argoproj.io", "Workflow", "spec"),
    part("argoproj.io", "Workflow", "spec.templates[]"),
    part("argoproj.io", "WorkflowTemplate", "spec"),
    part("argoproj.io", "WorkflowTemplate", "spec.templates[]"),
    part("argoproj.io", "ClusterWorkflowTemplate", "spec"),
    part("argoproj.io", "ClusterWorkflowTemplate", "spec.templates[]"),
    part("argoproj.io", "CronWorkflow", "spec.workflowSpec"),
    part("argoproj.io", "CronWorkflow", "spec.workflowSpec.templates[]"),
    pod("serving.knative.dev", "Service", "spec.template.spec"),
    pod("serving.knative.dev", "Configuration", "spec.template.spec"),
    pod("serving.knative.dev", "Revision", "spec"),
    part("tekton.dev", "Task", "spec"),
    part("tekton.dev", "ClusterTask", "spec"),
    part("tekton.dev", "TaskRun", "spec.taskSpec"),
    part("tekton.dev", "Pipeline", "spec.tasks[].taskSpec"),
    part("tekton.dev", "Pipeline", "spec.finally[].taskSpec"),
    part("tekton.dev", "PipelineRun", "spec.pipelineSpec.tasks[].taskSpec"),
    part("tekton.dev", "PipelineRun", "spec.pipelineSpec.finally[].taskSpec"),
    pod("keda.sh", "ScaledJob", "spec.jobTargetRef.template.spec"),
    pod("apps.kruise.io", "CloneSet", "spec.template.spec"),
    pod("apps.kruise.io", "StatefulSet", "spec.template.spec"),
    pod("apps.kruise.io", "DaemonSet", "spec.template.spec"),
    pod("apps.kruise.io", "BroadcastJob", "spec.template.spec"),
    pod("apps.kruise.io", "AdvancedCronJob", "spec.template.jobTemplate.spec.template.spec"),
    pod("batch.volcano.sh", "Job", "spec.tasks[].template.spec"),
    pod("jobset.x-k8s.io", "JobSet", "spec.replicatedJobs[].template.spec.template.spec"),
    pod("leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate.spec"),
    pod("leaderworkerset.x-k8s.io", "LeaderWorkerSet", "spec.leaderWorkerTemplate.workerTemplate.spec"),
    pod("kubeflow.org", "TFJob", "spec.tfReplicaSpecs.*.template.spec"),
    pod("kubeflow.org", "PyTorchJob", "spec.pytorchReplicaSpecs.*.template.spec"),
    pod("kubeflow.org", "MPIJob", "spec.mpiReplicaSpecs.*.template.spec"),
    pod("kubeflow.org", "XGBoostJob", "spec.xgbReplicaSpecs.*.template.spec"),
    pod("kubeflow.org", "PaddleJob", "spec.paddleReplicaSpecs.*.template.spec"),
    pod("kubeflow.org", "Notebook", "spec.template.spec"),
    pod("ray.io", "RayCluster", "spec.headGroupSpec.template.spec"),
    pod("ray.io", "RayCluster", "spec.workerGroupSpecs[].template.spec"),
    pod("ray.io", "RayJob", "spec.rayClusterSpec.headGroupSpec.template.spec"),
    pod("ray.io", "RayJob", "spec.rayClusterSpec.workerGroupSpecs[].template.spec"),
    pod("ray.io", "RayService", "spec.rayClusterConfig.headGroupSpec.template.spec"),
    pod("ray.io", "RayService", "spec.rayClusterConfig.workerGroupSpecs[].template.spec"),
    pod("agents.x-k8s.io", "Sandbox", "spec.podTemplate.spec"),
    pod("extensions.agents.x-k8s.io", "SandboxTemplate", "spec.podTemplate.spec"),
    pod("actions.github.com", "AutoscalingRunnerSet", "spec.template.spec"),
    pod("agones.dev", "GameServer", "spec.template.spec"),
    pod("agones.dev", "Fleet", "spec.template.spec.template.spec"),
];
