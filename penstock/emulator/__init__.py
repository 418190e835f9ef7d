"""AWS on one machine: an endpoint that real AWS clients talk to, and that does the work they ask for.

It knows AWS's wire formats and nothing of this project's pipelines, definitions code or deployment,
so it runs any SageMaker client's work.
"""
