"""What every operation of EMR is given: the store, the runner of clusters, the account, and the time."""

import time
from dataclasses import dataclass

from penstock.emulator.emr.documents import CLUSTER, Document
from penstock.emulator.emr.runner import Clusters
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.store import Store


@dataclass(frozen=True)
class Context:
    store: Store
    clusters: Clusters
    account: str
    region: str

    def now(self) -> float:
        return round(time.time(), 3)

    def cluster_arn(self, identifier: str) -> str:
        return f"arn:aws:elasticmapreduce:{self.region}:{self.account}:cluster/{identifier}"

    def cluster(self, identifier: str) -> Document:
        """Raises ServiceError for one that is not there, in EMR's words."""
        cluster = self.store.get(CLUSTER, identifier)
        if cluster is None:
            raise invalid(f"Cluster id '{identifier}' is not valid.")
        return cluster


def invalid(message: str) -> ServiceError:
    return ServiceError("InvalidRequestException", message)


def refused(message: str) -> ServiceError:
    """The older operations (RunJobFlow, AddJobFlowSteps, TerminateJobFlows ...) answer with this code."""
    return ServiceError("ValidationException", message)
