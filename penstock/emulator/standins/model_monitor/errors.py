"""What is wrong with what the customer gave: data, scripts, baselines, settings."""


class InputError(Exception):
    """Its text says where, what, and what to do."""
