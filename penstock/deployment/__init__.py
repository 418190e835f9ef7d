"""From a compiled definition to a watched execution, on whatever answers as AWS.

environments, images, render, request, roles: from data to data, what is sent.
aws: the clients, and what their errors mean.
commit, revision, kept, choose: what to deploy, as the project says it or a former deploy left it.
preflight, assets, functions, tags, plan: what AWS has, and what differs.
policy: what the roles around a pipeline must be allowed, and what a role lacks of it.
apply, start, approvals, bootstrap: the effects.
executions, outputs, logs, report: what happened. terminal, wording, watch: how a person sees it.

It imports neither the SageMaker SDK nor the project's pipelines, and does not know that an emulator exists.
"""
