"""Penstock: a SageMaker Pipelines project as code, deployed to AWS or run on one machine."""

__version__ = "0.1.0"
