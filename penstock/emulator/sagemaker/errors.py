"""What a service answers instead of a result."""


class ServiceError(Exception):
    """An AWS error: its code (`ResourceNotFound`), message and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
