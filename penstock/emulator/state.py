"""The state directory: everything the emulator keeps, so that a restart loses nothing.

It knows where things lie, not what is in them.
"""

import json
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True)
class Credentials:
    """The key pair of the account itself; made with the state directory, never logged."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True)
class StateDirectory:
    root: Path
    account: str = ACCOUNT
    region: str = REGION

    @property
    def database(self) -> Path:
        """SageMaker's documents and the events of executions (SQLite, WAL)."""
        return self.root / "sagemaker.sqlite3"

    @property
    def objects(self) -> Path:
        """What S3 holds, one file an object version."""
        return self.root / "s3"

    @property
    def services(self) -> Path:
        """What the other AWS services remember (IAM, Logs, ...)."""
        return self.root / "services"

    @property
    def jobs(self) -> Path:
        """The working directories of running jobs; one is removed when its job ends."""
        return self.root / "jobs"

    @property
    def endpoints(self) -> Path:
        """The working directories of running endpoints."""
        return self.root / "endpoints"

    @property
    def functions(self) -> Path:
        """Unpacked code of Lambda functions, and the temporary folders of their processes."""
        return self.root / "functions"

    @property
    def credentials_file(self) -> Path:
        return self.root / "credentials.json"

    def prepare(self) -> None:
        """Make the directory and, the first time, its credentials. Readable by the owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.objects, self.services, self.jobs):
            folder.mkdir(exist_ok=True, mode=0o700)
        if not self.credentials_file.exists():
            alphabet = string.ascii_uppercase + string.digits
            made = {
                "access_key_id": "AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)),
                "secret_access_key": secrets.token_urlsafe(30),
            }
            temporary = self.credentials_file.with_suffix(".new")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(made, file)
            temporary.replace(self.credentials_file)

    @property
    def credentials(self) -> Credentials:
        return Credentials(**json.loads(self.credentials_file.read_text(encoding="utf-8")))
