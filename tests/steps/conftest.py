"""The SDK wants a region when it is imported, and would look for credentials on the network."""

import warnings

import pytest

with pytest.MonkeyPatch.context() as environment, warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the SDK warns of its own imports
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    import steps  # noqa: F401
