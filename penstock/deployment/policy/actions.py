"""The table of what each type of step calls: IAM actions, and the resources that they are on.

Sources: [API] "Amazon SageMaker API Permissions: Actions, Permissions, and Resources Reference", [ROLES]
"SageMaker Roles" (execution role permissions per Create call), [ACCESS] "Access Management" of Pipelines, all
of the SageMaker developer guide; [AUTH] the Service Authorization Reference; facts are those of the project.

In a resource, `{Member}` is a member of the step or of its Arguments; execution.py fills it in.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Calls:
    """Actions of one service on resources of it. `sid` names the statement they go into; a sid's actions are
    the same wherever it is used."""

    sid: str
    service: str  # the prefix of the actions, and the service in the ARN
    operations: tuple[str, ...]
    resources: tuple[str, ...]  # what follows the account in the ARN; `*` alone is every resource

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(f"{self.service}:{operation}" for operation in self.operations)


def _job(sid: str, kind: str, resource: str) -> Calls:
    """Pipelines creates, describes and stops jobs, and tags them with its execution [API], [ACCESS]."""
    operations = (f"Create{kind}", f"Describe{kind}", f"Stop{kind}", "AddTags")
    return Calls(sid, "sagemaker", operations, (f"{resource}/{{{kind}Name}}",))


_PROCESSING = _job("ProcessingJobs", "ProcessingJob", "processing-job")
_TRAINING = _job("TrainingJobs", "TrainingJob", "training-job")

# How a pipeline hears of EMR (facts/pipeline-execution.md, 6).
_EMR_RULES = Calls(
    "EmrRules",
    "events",
    ("PutRule", "PutTargets", "DescribeRule"),
    ("rule/SageMakerPipelineExecutionEMR*",),
)

# Baselines come from the latest approved package of the group; lists know no resources [API].
_BASELINES = (
    Calls("ListModelPackages", "sagemaker", ("ListModelPackages",), ("*",)),
    Calls(
        "ReadModelPackages",
        "sagemaker",
        ("DescribeModelPackage", "DescribeModelPackageGroup"),
        ("model-package-group/{ModelPackageGroupName}", "model-package/{ModelPackageGroupName}/*"),
    ),
)

# Clarify asks a model through an endpoint of its own, sm-clarify-* (facts/monitor-and-clarify.md).
SHADOW_ENDPOINTS = (
    Calls(
        "ShadowEndpoints",
        "sagemaker",
        (
            *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
            *("CreateEndpoint", "DescribeEndpoint", "DeleteEndpoint", "InvokeEndpoint", "AddTags"),
        ),
        ("endpoint/sm-clarify-*", "endpoint-config/sm-clarify-*"),
    ),
    Calls("ShadowModels", "sagemaker", ("DescribeModel",), ("model/{ModelName}",)),
)

STEPS: dict[str, tuple[Calls, ...]] = {
    "Processing": (_PROCESSING,),
    "Training": (_TRAINING,),
    "Tuning": (
        _job("TuningJobs", "HyperParameterTuningJob", "hyper-parameter-tuning-job"),
        Calls("ListTrainingJobs", "sagemaker", ("ListTrainingJobsForHyperParameterTuningJob",), ("*",)),
        Calls("ReadTrainingJobs", "sagemaker", ("DescribeTrainingJob",), ("training-job/*",)),
    ),
    "Transform": (
        _job("TransformJobs", "TransformJob", "transform-job"),
        Calls("ReadModels", "sagemaker", ("DescribeModel",), ("model/{ModelName}",)),
    ),
    "AutoML": (
        _job("AutoMLJobs", "AutoMLJob", "automl-job"),
        # What Autopilot itself does as the role [ROLES: CreateAutoMLJob].
        Calls(
            "Autopilot",
            "sagemaker",
            (
                *("CreateModel", "DescribeModel", "DeleteModel", "ListTags"),
                *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
                *("CreateEndpoint", "DescribeEndpoint", "DeleteEndpoint", "InvokeEndpoint"),
            ),
            ("model/*", "endpoint-config/*", "endpoint/*"),
        ),
    ),
    "Model": (
        Calls("Models", "sagemaker", ("CreateModel", "DescribeModel", "AddTags"), ("model/{ModelName}",)),
    ),
    "RegisterModel": (
        # Pipelines makes the group where it is missing (facts/pipeline-execution.md, 1.3).
        Calls(
            "RegisterModels",
            "sagemaker",
            (
                *("CreateModelPackage", "DescribeModelPackage", "AddTags"),
                *("CreateModelPackageGroup", "DescribeModelPackageGroup"),
            ),
            ("model-package-group/{ModelPackageGroupName}", "model-package/{ModelPackageGroupName}/*"),
        ),
    ),
    "EndpointConfig": (
        Calls(
            "EndpointConfigs",
            "sagemaker",
            ("CreateEndpointConfig", "DescribeEndpointConfig", "AddTags"),
            ("endpoint-config/{EndpointConfigName}",),
        ),
    ),
    "Endpoint": (
        # Create and Update are on the endpoint and on its configuration [API].
        Calls(
            "Endpoints",
            "sagemaker",
            ("CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint", "AddTags"),
            ("endpoint/{EndpointName}", "endpoint-config/{EndpointConfigName}"),
        ),
    ),
    "InferenceComponent": (
        Calls(
            "InferenceComponents",
            "sagemaker",
            ("CreateInferenceComponent", "UpdateInferenceComponent", "DescribeInferenceComponent", "AddTags"),
            ("inference-component/{InferenceComponentName}", "endpoint/{EndpointName}"),
        ),
    ),
    "QualityCheck": (_PROCESSING, *_BASELINES),
    "ClarifyCheck": (_PROCESSING, *_BASELINES),
    "EMR": (
        Calls(
            "EmrClusters",
            "elasticmapreduce",
            ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep", "ListSteps"),
            ("cluster/{ClusterId}",),
        ),
        _EMR_RULES,
    ),
    "EMRServerless": (
        Calls(
            "EmrServerlessJobs",
            "emr-serverless",
            ("StartJobRun", "GetJobRun", "CancelJobRun", "GetApplication", "StartApplication", "TagResource"),
            ("/applications/{ApplicationId}", "/applications/{ApplicationId}/jobruns/*"),
        ),
        _EMR_RULES,
    ),
    "Lineage": (
        Calls(
            "Lineage",
            "sagemaker",
            ("CreateAction", "CreateArtifact", "CreateContext", "AddAssociation", "AddTags"),
            ("action/*", "artifact/*", "context/*", "experiment-trial-component/*"),
        ),
    ),
    # By ARN, by URL, or in S3: execution.py knows the resources of these.
    "Lambda": (),
    "Callback": (),
    "Cleanup": (),
    # What these do is the pipeline's own work.
    "Condition": (),
    "Fail": (),
    "ForEach": (),
}

# A cluster, or an application, that the step makes for itself has no id yet.
OWN_CLUSTER = (
    Calls("RunClusters", "elasticmapreduce", ("RunJobFlow",), ("*",)),
    Calls("EndClusters", "elasticmapreduce", ("AddTags", "TerminateJobFlows"), ("cluster/*",)),
)
OWN_APPLICATION = (
    Calls("MakeApplications", "emr-serverless", ("CreateApplication",), ("/*",)),
    Calls(
        "EndApplications", "emr-serverless", ("StopApplication", "DeleteApplication"), ("/applications/*",)
    ),
)

# What any container does as the role of its job [ROLES].
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
METRICS = ("cloudwatch:PutMetricData",)  # CloudWatch has no resources
REGISTRY = ("ecr:GetAuthorizationToken",)  # of no repository
IMAGES = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
NETWORK = (
    *("ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
    *("ec2:DeleteNetworkInterfacePermission", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces"),
    *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
)
KEYS = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*")
READ_OBJECTS = ("s3:GetObject",)
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:PutObject")
BUCKETS = ("s3:GetBucketLocation", "s3:ListBucket")
SEND_MESSAGES = ("sqs:SendMessage",)
RECEIVE_MESSAGES = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")

# The steps that run containers; the others need nothing of the above.
CONTAINERS = {
    "Processing",
    "Training",
    "Tuning",
    "Transform",
    "AutoML",
    "Model",
    "QualityCheck",
    "ClarifyCheck",
}

# SageMaker's calls that pass a role ("SageMaker Roles", Passing Roles).
PASSING = {
    *("CreateAutoMLJob", "CreateAutoMLJobV2", "CreateCompilationJob", "CreateHyperParameterTuningJob"),
    *(
        "CreateModel",
        "CreateMonitoringSchedule",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "CreatePipeline",
    ),
    "UpdatePipeline",
}
