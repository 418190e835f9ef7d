"""KMS's keys by whatever names them. It knows moto, which is KMS here."""

import threading


class Keys:
    """The keys of one account and region. `lock` is the one under which moto is called."""

    def __init__(self, account: str, region: str, lock: threading.Lock) -> None:
        self._account = account
        self._region = region
        self._lock = lock

    def arn(self, name: str) -> str | None:
        """The ARN of a key by its id, its ARN, or an alias; None if there is none."""
        from moto.kms.models import kms_backends

        wanted = name.rpartition(":")[2].removeprefix("key/")
        with self._lock:
            for key in kms_backends[self._account][self._region].keys.values():
                aliases = [alias if isinstance(alias, str) else alias.name for alias in key.aliases]
                if wanted in (key.id, *aliases):
                    return str(key.arn)
        return None
