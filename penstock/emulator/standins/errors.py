"""What is wrong with what the customer gave: data, scripts, settings, requests."""


class InputError(Exception):
    """Its text says where, what, and what to do; it becomes the job's FailureReason, or the body of a 400."""
