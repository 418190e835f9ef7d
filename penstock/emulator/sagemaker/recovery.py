"""What a start of the emulator makes of what ran when it stopped."""

from penstock.emulator.sagemaker.context import Context


def recover(context: Context) -> None:
    """Fail the jobs and executions that cannot go on."""
