"""Whose key signed a request, and whether they may do what it asks for.

The account's own key may do everything and passes at once. A role's key passes as its policies say. Here too
are the two operations of STS that are about this: GetCallerIdentity of a role, and AssumeRole.
"""

import io
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from penstock.emulator.access.evaluator import statements
from penstock.emulator.access.guard import Denied, Guard
from penstock.emulator.access.identities import Session, Sessions
from penstock.emulator.access.needs.call import Call, Need
from penstock.emulator.endpoint.errors import AwsError
from penstock.emulator.endpoint.pipeline import Handler
from penstock.emulator.endpoint.request import AwsRequest
from penstock.emulator.endpoint.services import SERVED, operation_name, route

_INVOKE = re.compile("/endpoints/([^/]*)/(invocations|async-invocations|invocations-response-stream)")
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_ROLE = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/[\w+=,.@/\-]+")
_POLICY_ARN = re.compile(r"PolicyArns\.member\.\d+\.arn")
_SESSION_NAME = re.compile(r"[\w+=,.@\-]{2,64}")
_HOUR = 3600


def handler(guard: Guard, sessions: Sessions, account: str) -> Handler:
    """Sets the request's `session`; it stands after the signature's verification."""

    def answer(request: AwsRequest) -> Response | None:
        scope = request.scope
        assert scope is not None, "the guard verified the request"
        session = sessions.find(scope.access_key_id)
        if session is None:
            return _assume_role(request, None) if scope.service == "sts" else None
        if not session.has_token(_token(request)):
            raise _invalid_token(request)
        request.session = session
        if scope.service == "sts" and (answer := _own(request, session)) is not None:
            return answer
        if guard.enforces and (call := _call(request, account)) is not None:
            _or_refuse(request, lambda: guard.check(session, call))
        return None

    def _own(request: AwsRequest, session: Session) -> Response | None:
        return _caller_identity(request, session) or _assume_role(request, session)

    def _assume_role(request: AwsRequest, session: Session | None) -> Response | None:
        if operation_name(request) != "AssumeRole":
            return None
        asked = _form(request)
        role, name = asked.get("RoleArn", ""), asked.get("RoleSessionName", "")
        seconds = asked.get("DurationSeconds", str(_HOUR))
        if not _ROLE.fullmatch(role) or not _SESSION_NAME.fullmatch(name) or not seconds.isdecimal():
            raise AwsError(
                "ValidationError",
                "AssumeRole needs a RoleArn, a RoleSessionName of 2 to 64 letters, digits and _=,.@-, and a"
                " DurationSeconds that is a number.",
            )
        _or_refuse(request, lambda: guard.assume(session, role))
        return _assumed(sessions.new(role, name, _session_policies(asked)), int(seconds))

    def _session_policies(asked: dict[str, Any]) -> tuple[str, ...] | None:
        arns = [value for member, value in asked.items() if _POLICY_ARN.fullmatch(member)]
        documents = [guard.managed_policy(arn) for arn in arns]
        if "Policy" in asked:
            documents.append(asked["Policy"] if statements(asked["Policy"]) else None)
        if None in documents:
            raise AwsError("MalformedPolicyDocument", "The policy is not in the valid JSON format.")
        return tuple(str(each) for each in documents) if documents else None

    return answer


def requirer(guard: Guard) -> Callable[..., None]:
    """`require(request, *needs)` for operations that alone know what they need. Raises AwsError."""

    def require(request: AwsRequest, *needs: Need) -> None:
        _or_refuse(request, lambda: guard.require(request.session, *needs))

    return require


def _or_refuse(request: AwsRequest, check: Callable[[], None]) -> None:
    try:
        check()
    except Denied as error:
        raise _denied(request, error.message) from None


def _denied(request: AwsRequest, message: str) -> AwsError:
    """403; in the JSON protocols a code that ends in Exception, with 400 where the header names the target.
    SQS keeps the code of its older protocol."""
    assert request.scope is not None, "the guard verified the request"
    if request.is_s3 or request.is_form or request.scope.service == "sqs":
        return AwsError("AccessDenied", message, 403)
    return AwsError("AccessDeniedException", message, 400 if request.target else 403)


def _invalid_token(request: AwsRequest) -> AwsError:
    if request.is_s3:
        message = "The provided token is malformed or otherwise invalid."
        return AwsError("InvalidToken", message, 400)
    code = "InvalidClientTokenId" if request.is_form else "UnrecognizedClientException"
    message = "The security token included in the request is invalid."
    return AwsError(code, message, 400 if request.target else 403)


def _token(request: AwsRequest) -> str | None:
    query = {name.lower(): value for name, value in parse_qsl(request.raw_query)}
    return request.headers.get("X-Amz-Security-Token") or query.get("x-amz-security-token")


def _call(request: AwsRequest, account: str) -> Call | None:
    """What a request asks for; None for what no service here would answer."""
    scope = request.scope
    assert scope is not None, "the guard verified the request"
    operation, members = "", {}
    if request.target:
        operation, members = operation_name(request), _json(request)
    elif request.is_form:
        operation, members = operation_name(request), _form(request)
    elif invoked := _INVOKE.fullmatch(request.raw_path):
        operation, members = "InvokeEndpoint", {"EndpointName": unquote(invoked[1])}
    elif scope.service in SERVED:
        model, labels = route(request)
        operation, members = str(model.name), _rest(request, model, labels)
    return Call(scope.service, operation, members, scope.region, account) if operation else None


def _rest(request: AwsRequest, model: Any, labels: dict[str, str]) -> dict[str, Any]:
    """The members of a REST request: of its path, its query and its headers; of its body where it is JSON."""
    query = dict(parse_qsl(request.raw_query, keep_blank_values=True))
    members: dict[str, Any] = {} if request.is_s3 else _json(request)
    for name, shape in (model.input_shape.members if model.input_shape else {}).items():
        place, sent = shape.serialization.get("location"), shape.serialization.get("name", name)
        given = query.get(sent) if place == "querystring" else None
        if place == "header":
            given = request.headers.get(sent)
        if given is not None:
            members[name] = given
    return members | labels


def _json(request: AwsRequest) -> dict[str, Any]:
    """The body where it is a JSON object; what it is otherwise is for the service to refuse."""
    body = request.payload_stream.read()
    request.environ["wsgi.input"] = io.BytesIO(body)
    try:
        members = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _form(request: AwsRequest) -> dict[str, Any]:
    body = request.payload_stream.read()
    request.environ["wsgi.input"] = io.BytesIO(body)
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _caller_identity(request: AwsRequest, session: Session) -> Response | None:
    if operation_name(request) != "GetCallerIdentity":
        return None
    members = {
        "Arn": session.arn,
        "UserId": session.user_id,
        "Account": session.account,
    }
    return _sts("GetCallerIdentity", _xml(members))


def _assumed(session: Session, seconds: int) -> Response:
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    credentials = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.token,
        "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    user = {"AssumedRoleId": session.user_id, "Arn": session.arn}
    inner = f"<Credentials>{_xml(credentials)}</Credentials><AssumedRoleUser>{_xml(user)}</AssumedRoleUser>"
    return _sts("AssumeRole", inner)


def _sts(operation: str, result: str) -> Response:
    identifier = str(uuid.uuid4())
    body = (
        f'<{operation}Response xmlns="{_STS}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{identifier}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(body, 200, {"Content-Type": "text/xml", "x-amzn-RequestId": identifier})


def _xml(members: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
