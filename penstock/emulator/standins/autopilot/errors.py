"""What is wrong with the customer's data or request, in plain words."""


class InputError(Exception):
    """Its text becomes the job's FailureReason, or the body of a 400."""
