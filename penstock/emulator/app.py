"""The emulator as one thing: its parts wired together, started and stopped.

It alone knows all of them: the store, SageMaker's service, the engine, the job runner, hosting, the other AWS
services and the endpoint that they answer at.
"""

import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer

from penstock.emulator.access.actor import Actor
from penstock.emulator.access.guard import Denied, Guard
from penstock.emulator.access.identities import Session, Sessions
from penstock.emulator.access.keys import Keys
from penstock.emulator.access.needs.call import Call, Lookup, Need
from penstock.emulator.access.needs.s3 import object_arn
from penstock.emulator.access.roles import Roles
from penstock.emulator.emr.runner import Clusters
from penstock.emulator.emr.service import TARGET_PREFIX as EMR_TARGET
from penstock.emulator.emr.service import Emr
from penstock.emulator.endpoint import authorization, environment, runtime
from penstock.emulator.endpoint import functions as functions_endpoint
from penstock.emulator.endpoint import sagemaker as sagemaker_endpoint
from penstock.emulator.endpoint.authority import Authority
from penstock.emulator.endpoint.errors import disk_error
from penstock.emulator.endpoint.journal import Journal
from penstock.emulator.endpoint.occupancy import Occupancy
from penstock.emulator.endpoint.pipeline import Pipeline
from penstock.emulator.endpoint.proxy import Proxy
from penstock.emulator.endpoint.s3 import addressing, gateway
from penstock.emulator.endpoint.s3.objects import Objects
from penstock.emulator.endpoint.server import make_server
from penstock.emulator.endpoint.services import Services
from penstock.emulator.engine.aws import Aws
from penstock.emulator.engine.engine import Engine
from penstock.emulator.functions.catalog import Catalog
from penstock.emulator.functions.invocations import Functions
from penstock.emulator.functions.mappings import Mappings
from penstock.emulator.hosting.hosting import Hosting
from penstock.emulator.jobs.runner import JobRunner
from penstock.emulator.sagemaker.errors import ServiceError
from penstock.emulator.sagemaker.service import SageMaker
from penstock.emulator.sagemaker.store import Store
from penstock.emulator.standins.registry import StandIns
from penstock.emulator.state import StateDirectory
from penstock.errors import PenstockError


class Emulator:
    """AWS on this machine, for one state directory. At most one in a process: moto's state is the process's.

    `port` 0 takes a free one; `proxy` adds the HTTPS proxy for clients that name AWS's hosts themselves;
    with `enforce_policies` a role may do what its IAM policies allow, and no more.
    Without `stand_ins` there are those that are installed. `disk_usage()` is the share of the disk that is
    used, 0 to 1; without it, of the state directory's.
    `start` raises PenstockError when the directory or the port is in use.
    """

    def __init__(
        self,
        state: StateDirectory,
        port: int = 0,
        *,
        proxy: bool = False,
        enforce_policies: bool = False,
        stand_ins: StandIns | None = None,
        disk_usage: Callable[[], float] | None = None,
    ) -> None:
        self._state = state
        self._stand_ins = stand_ins
        self._disk_usage = disk_usage
        self._port = port
        self._proxy = proxy
        self._enforce_policies = enforce_policies
        self._servers: list[Proxy | BaseWSGIServer] = []
        self._proxy_variables: dict[str, str] = {}
        self._clients: dict[tuple[Session | None, str], Any] = {}
        self._clients_lock = threading.Lock()
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        state = self._state
        try:
            state.prepare()
            self._occupancy = Occupancy(state)
            try:
                self._start()
            except BaseException:
                self._occupancy.release()
                raise
        except (OSError, sqlite3.OperationalError) as error:
            full = disk_error(error, state.root)
            if full is None:
                raise
            raise PenstockError(full.message, where=str(state.root)) from None

    def _start(self) -> None:
        state, credentials = self._state, self._state.credentials
        self._store = Store(state.database)
        self._objects = Objects(state.objects)
        self._journal = Journal(state.services / "journal.sqlite3")
        services = self._services = Services(self._journal, state.account, self._show_objects_to_moto)
        self._sessions = Sessions()
        self._roles = Roles(state.account, state.region, services.lock)
        self._guard = Guard(
            self._roles, self._lookup(services), state.region, self._enforce_policies, self._tags_of
        )
        self._jobs = JobRunner(self._store, state, self._actor, self._stand_ins)
        self._hosting = Hosting(self._store, state, self._actor, self._stand_ins, self._disk_usage)
        self._clusters = Clusters(self._store, state, self._instance, self._buckets)
        emr = Emr(self._store, self._clusters, state.account, state.region)
        self._engine = Engine(self._store, self._aws_of)
        self._sagemaker = SageMaker(
            self._store,
            state,
            self._jobs,
            self._engine,
            self._hosting,
            self._read_object,
            lambda role: self._guard.may_be_assumed(role, "sagemaker"),
        )

        catalog = Catalog(state.account, services.lock)
        self._functions = Functions(
            catalog, state, lambda function: self._actor(function.role, function.name)
        )
        self._mappings = Mappings(self._store, self._functions, self._client)

        def secret_of(access_key_id: str) -> str | None:
            if access_key_id == credentials.access_key_id:
                return credentials.secret_access_key
            session = self._sessions.find(access_key_id)
            return session.secret_access_key if session else None

        pipeline = Pipeline(
            state.root,
            secret_of,
            [
                addressing.to_path_style,
                authorization.handler(self._guard, self._sessions, state.account),
                sagemaker_endpoint.handler(self._sagemaker.call, state.root),
                sagemaker_endpoint.handler(emr.call, state.root, EMR_TARGET),
                runtime.handler(self._hosting.invoke, state.account, state.region),
                functions_endpoint.handler(
                    self._functions, self._mappings, self._read_object, self._lambda_may_act_as
                ),
                gateway.handler(self._objects, state.account, authorization.requirer(self._guard)),
                services,
            ],
        )
        try:
            server = make_server(pipeline, self._port)
        except OSError as error:
            raise PenstockError(
                f"the port cannot be used: {os.strerror(error.errno or 0)}",
                where=f"127.0.0.1:{self._port}",
                remedy="Choose another with --port; --port 0 takes a free one.",
            ) from None
        self.endpoint_url = f"http://127.0.0.1:{server.port}"
        self._servers = [server]
        if self._proxy:
            tunnels = Proxy(Authority(state.root / "proxy"), server)
            self._proxy_variables = tunnels.variables()
            self._servers.append(tunnels)
        self._sagemaker.recover()
        self._clusters.recover()
        for each in self._servers:
            # A short interval between looks for the order to stop; requests do not wait for it.
            threading.Thread(target=each.serve_forever, args=(0.05,), daemon=True).start()
        self._hosting.recover()
        self._mappings.resume()
        self._occupancy.announce(self.endpoint_url, self._proxy_variables, self._enforce_policies)

    def stop(self) -> None:
        """End executions, jobs and endpoints, whose process groups are killed, then stop serving."""
        self._mappings.close()
        self._engine.shutdown()
        self._functions.close()
        self._jobs.shutdown()
        self._clusters.shutdown()
        self._hosting.shutdown()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for part in (self._services, self._journal, self._objects, self._store):
            part.close()
        self._occupancy.release()

    def running_executions(self) -> list[str]:
        """The ARNs of the pipeline executions that `stop` would end."""
        executions = self._store.all("PipelineExecution")
        running = ("Executing", "Stopping")
        return [
            execution["PipelineExecutionArn"]
            for execution in executions
            if execution["PipelineExecutionStatus"] in running
        ]

    def environment(self) -> dict[str, str]:
        """The variables that AWS clients need to talk to this emulator; they hold its secret key."""
        return environment.variables(self._state, self.endpoint_url) | self._proxy_variables

    def _actor(self, role: str | None, session_name: str = "SageMaker") -> Actor:
        """Who acts as a role; None is the account itself."""
        session = self._sessions.of(role, session_name) if role else None
        return Actor(
            client=lambda name: self._client(name, session),
            variables=environment.variables(self._state, self.endpoint_url, session),
            require=lambda *needs: self._guard.require(session, *needs),
        )

    def _instance(self, role_or_profile: str | None) -> Actor:
        """What an instance of a cluster acts as. Steps may run programs that need the proxy."""
        role = role_or_profile and (
            self._roles.of_instance_profile(role_or_profile) or self._roles.arn_of(role_or_profile)
        )
        actor = self._actor(role, "i-emulated")
        return replace(actor, variables={**actor.variables, **self._proxy_variables})

    def _aws_of(self, role: str) -> Aws:
        """What a pipeline has of AWS: SageMaker and S3 without the way over HTTP."""
        session, account, region = (
            self._sessions.of(role, "SageMaker"),
            self._state.account,
            self._state.region,
        )

        def call(operation: str, request: dict[str, Any]) -> dict[str, Any]:
            asked = Call("sagemaker", operation, request, region, account, by_pipeline=True)
            try:
                self._guard.check(session, asked)
            except Denied as error:
                raise ServiceError("AccessDeniedException", error.message) from None
            return self._sagemaker.call(operation, request)

        def read_object(uri: str) -> bytes:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            self._guard.require(session, Need("s3:GetObject", object_arn(bucket, key)))
            return self._read_object(uri)

        return Aws(call, read_object, self._actor(role))

    def _read_object(self, uri: str) -> bytes:
        return self._objects.read(uri)

    def _buckets(self) -> list[str]:
        return [bucket["Name"] for bucket in self._client("s3").list_buckets()["Buckets"]]

    def _client(self, name: str, session: Session | None = None) -> Any:
        """A boto3 client of this endpoint, which knows nothing of the user's own configuration."""
        with self._clients_lock:
            if (session, name) not in self._clients:
                made = environment.client(self._state, self.endpoint_url, name, session)
                self._clients[session, name] = made
            return self._clients[session, name]

    def _lookup(self, services: Services) -> Lookup:
        keys = Keys(self._state.account, self._state.region, services.lock)

        def execution(token: str) -> str | None:
            callback = self._store.get("Callback", token)
            return str(callback["PipelineExecutionArn"]) if callback else None

        def mapped(uuid: str) -> str | None:
            mapping = self._store.get("EventSourceMapping", uuid)
            return str(mapping["FunctionArn"]) if mapping else None

        return Lookup(self._roles.arn_of, self._roles.of_instance_profile, execution, keys.arn, mapped)

    def _tags_of(self, arn: str) -> dict[str, str]:
        tags = (self._store.get("Tags", arn) or {}).get("Tags", [])
        return {tag["Key"]: tag["Value"] for tag in tags}

    def _lambda_may_act_as(self, role: str) -> bool:
        # Without enforcement moto looks whether the role is there.
        return not self._enforce_policies or self._guard.may_be_assumed(role, "lambda")

    def _show_objects_to_moto(self) -> None:
        gateway.show_to_moto(self._objects, self._state.account)
