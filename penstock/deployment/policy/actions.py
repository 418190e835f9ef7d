"""The table of what each type of step calls: IAM actions, and the resources that they are on.

Sources: [API] "Amazon SageMaker API Permissions: Actions, Permissions, and Resources Reference", [ROLES]
"SageMaker Roles" (execution role permissions per Create call), [ACCESS] "Access Management" of Pipelines, all
of the SageMaker developer guide; [AUTH] the Service Authorization Reference; [EMR] the managed policy
AmazonSageMakerPipelinesIntegrations, whose permissions an EMR step must have (developer guide, "Add a step");
facts are those of the project.

An action stands only beside resources that it knows [AUTH]: a role is compared with each of the pairs. In a
resource, `{Member}` is a member of the step or of its Arguments; execution.py fills it in.
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

# How a pipeline hears of EMR (facts/pipeline-execution.md, 6; [EMR]).
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
        ("DescribeModelPackage",),
        ("model-package/{ModelPackageGroupName}/*",),
    ),
)

# Clarify asks a model through an endpoint of its own, sm-clarify-* (facts/monitor-and-clarify.md). Making an
# endpoint is on it and on its configuration [API].
SHADOW_ENDPOINTS = (
    Calls(
        "ShadowEndpoints",
        "sagemaker",
        ("CreateEndpoint", "DescribeEndpoint", "DeleteEndpoint", "InvokeEndpoint", "AddTags"),
        ("endpoint/sm-clarify-*",),
    ),
    Calls(
        "ShadowEndpointConfigs",
        "sagemaker",
        (
            *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
            *("CreateEndpoint", "AddTags"),
        ),
        ("endpoint-config/sm-clarify-*",),
    ),
    Calls("ShadowModels", "sagemaker", ("DescribeModel",), ("model/{ModelName}",)),
)

STEPS: dict[str, tuple[Calls, ...]] = {
    "Processing": (_PROCESSING,),
    "Training": (_TRAINING,),
    "Tuning": (
        _job("TuningJobs", "HyperParameterTuningJob", "hyper-parameter-tuning-job"),
        # The one list besides ListTags that knows a resource [AUTH].
        Calls(
            "ListTrainingJobs",
            "sagemaker",
            ("ListTrainingJobsForHyperParameterTuningJob",),
            ("hyper-parameter-tuning-job/{HyperParameterTuningJobName}",),
        ),
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
            "AutopilotModels",
            "sagemaker",
            ("CreateModel", "DescribeModel", "DeleteModel", "ListTags"),
            ("model/*",),
        ),
        Calls(
            "AutopilotEndpointConfigs",
            "sagemaker",
            (
                *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
                *("CreateEndpoint", "ListTags"),
            ),
            ("endpoint-config/*",),
        ),
        Calls(
            "AutopilotEndpoints",
            "sagemaker",
            ("CreateEndpoint", "DescribeEndpoint", "DeleteEndpoint", "InvokeEndpoint", "ListTags"),
            ("endpoint/*",),
        ),
    ),
    "Model": (
        Calls("Models", "sagemaker", ("CreateModel", "DescribeModel", "AddTags"), ("model/{ModelName}",)),
    ),
    "RegisterModel": (
        Calls(
            "RegisterModels",
            "sagemaker",
            ("CreateModelPackage", "DescribeModelPackage", "AddTags"),
            ("model-package/{ModelPackageGroupName}/*",),
        ),
        # Pipelines makes the group where it is missing (facts/pipeline-execution.md, 1.3).
        Calls(
            "ModelPackageGroups",
            "sagemaker",
            ("CreateModelPackage", "CreateModelPackageGroup", "DescribeModelPackageGroup", "AddTags"),
            ("model-package-group/{ModelPackageGroupName}",),
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
        Calls(
            "Endpoints",
            "sagemaker",
            ("CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint", "AddTags"),
            ("endpoint/{EndpointName}",),
        ),
        # Create and Update are on the endpoint and on its configuration [API].
        Calls(
            "UseEndpointConfigs",
            "sagemaker",
            ("CreateEndpoint", "UpdateEndpoint"),
            ("endpoint-config/{EndpointConfigName}",),
        ),
    ),
    "InferenceComponent": (
        Calls(
            "InferenceComponents",
            "sagemaker",
            ("CreateInferenceComponent", "UpdateInferenceComponent", "DescribeInferenceComponent", "AddTags"),
            ("inference-component/{InferenceComponentName}",),
        ),
        Calls("UseEndpoints", "sagemaker", ("CreateInferenceComponent",), ("endpoint/{EndpointName}",)),
    ),
    "QualityCheck": (_PROCESSING, *_BASELINES),
    "ClarifyCheck": (_PROCESSING, *_BASELINES),
    "EMR": (
        Calls(
            "EmrClusters",
            "elasticmapreduce",
            # AddJobFlowSteps also where the step makes its cluster: [EMR] makes no difference.
            ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep", "ListSteps"),
            ("cluster/{ClusterId}",),
        ),
        _EMR_RULES,
    ),
    "EMRServerless": (
        Calls(
            "EmrServerlessApplications",
            "emr-serverless",
            ("GetApplication", "StartApplication", "StartJobRun", "TagResource"),
            ("/applications/{ApplicationId}",),
        ),
        Calls(
            "EmrServerlessJobs",
            "emr-serverless",
            ("CancelJobRun", "GetJobRun", "TagResource"),
            ("/applications/{ApplicationId}/jobruns/*",),
        ),
        _EMR_RULES,
    ),
    "Lineage": (
        *(
            Calls(f"Lineage{kind}s", "sagemaker", (f"Create{kind}", "AddAssociation", "AddTags"), (resource,))
            for kind, resource in (
                ("Action", "action/*"),
                ("Artifact", "artifact/*"),
                ("Context", "context/*"),
            )
        ),
        Calls("LineageOfJobs", "sagemaker", ("AddAssociation",), ("experiment-trial-component/*",)),
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

# A cluster, or an application, that the step makes for itself has no id yet; making them knows no resource.
OWN_CLUSTER = (
    Calls("RunClusters", "elasticmapreduce", ("RunJobFlow",), ("*",)),
    Calls("EndClusters", "elasticmapreduce", ("TerminateJobFlows",), ("cluster/*",)),
)
TAGGED_CLUSTER = (Calls("TagClusters", "elasticmapreduce", ("AddTags",), ("cluster/*",)),)
OWN_APPLICATION = (
    Calls("MakeApplications", "emr-serverless", ("CreateApplication",), ("*",)),
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
# Of what is read and written; of the volumes of instances, whose grants AWS makes as the role [ROLES].
KEYS = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
VOLUME_KEYS = ("kms:CreateGrant", "kms:DescribeKey")
# Of a queue that a message is sent to (Amazon SQS developer guide, "Configuring KMS permissions for SQS").
MESSAGE_KEYS = ("kms:Decrypt", "kms:GenerateDataKey")
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
