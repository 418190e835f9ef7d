"""The Condition element of a policy statement: whether it holds for a request's context. Pure.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys". A context maps keys, in lower case, to their values, all of them text.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Context = Mapping[str, Sequence[str]]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# ${*} is the character and no wildcard: until it is matched, half of a surrogate pair stands for it, which no
# text that came as UTF-8 holds.
_LITERALS = {"*": "\ud800", "?": "\ud801", "$": "$"}


class Unknown(Exception):
    """A condition that nobody here can judge: an operator, or a value, that IAM does not describe."""


def hold(conditions: Mapping[str, Any], context: Context) -> bool:
    """Whether all hold. Raises Unknown."""
    return all(
        _holds(operator, key, _list(values), context)
        for operator, keys in conditions.items()
        for key, values in _mapping(keys).items()
    )


def filled(pattern: str, context: Context) -> str | None:
    """A pattern with the values of its policy variables; None where the context has not exactly one."""
    if "${" not in pattern:
        return pattern
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        if name in _LITERALS:
            return _LITERALS[name]
        found = context.get(name.strip().lower(), ())
        if len(found) == 1:
            return _quoted(found[0])
        missing = missing or not default
        return _quoted(default.strip().strip("'"))

    text = _VARIABLE.sub(value, pattern)
    return None if missing else text


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any characters, `?` for one."""
    return _compiled(pattern).fullmatch(text) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Each of the six parts of an ARN by itself: no wildcard reaches over a colon of the first five."""
    parts, given = pattern.split(":", 5), arn.split(":", 5)
    return len(parts) == len(given) == 6 and all(map(matches, parts, given))


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    found = context.get(key.lower())
    if name == "Null":
        return any(_truth(value) != bool(found) for value in wanted)
    if name not in _OPERATORS:
        raise Unknown(operator)
    test, negated = _OPERATORS[name]
    known = [text for value in wanted if (text := filled(value, context)) is not None]
    if negated and len(known) < len(wanted):
        # Other than what nobody knows.
        raise Unknown(key)
    wanted = known if name in _PATTERNS else [_plain(text) for text in known]

    def one(value: str) -> bool:
        return any(test(each, value) for each in wanted) != negated

    match quantifier:
        case "ForAllValues":
            return all(one(value) for value in found or ())
        case "ForAnyValue":
            return if_exists if not found else any(one(value) for value in found)
        case "":
            # A key that is not there matches nothing, and so fulfils what must not match.
            return (if_exists or negated) if not found else all(one(value) for value in found)
    raise Unknown(operator)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    signs = {"*": ".*", "?": ".", _LITERALS["*"]: r"\*", _LITERALS["?"]: r"\?"}
    return re.compile("".join(signs.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)


def _quoted(value: str) -> str:
    return value.replace("*", _LITERALS["*"]).replace("?", _LITERALS["?"])


def _plain(text: str) -> str:
    """A filled value as text, for what takes no patterns."""
    return text.replace(_LITERALS["*"], "*").replace(_LITERALS["?"], "?")


def _list(values: Any) -> list[str]:
    return [_text(value) for value in (values if isinstance(values, list) else [values])]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mapping(keys: Any) -> Mapping[str, Any]:
    if not isinstance(keys, Mapping):
        raise Unknown(str(keys))
    return keys


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise Unknown(text)
    return text.lower() == "true"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unknown(text) from None


def _time(text: str) -> float:
    """Seconds since the epoch, of either form that IAM takes."""
    if re.fullmatch(r"\d+(\.\d+)?", text) and len(text) > 4:
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unknown(text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(network: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise Unknown(f"{network}, {address}") from None


Test = Callable[[str, str], bool]  # of a policy's value and the request's

_PATTERNS = {"StringLike", "StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}

_OPERATORS: dict[str, tuple[Test, bool]] = {
    "StringEquals": (str.__eq__, False),
    "StringEqualsIgnoreCase": (lambda wanted, given: wanted.lower() == given.lower(), False),
    "StringLike": (matches, False),
    "ArnEquals": (arn_matches, False),
    "ArnLike": (arn_matches, False),
    "NumericEquals": (lambda wanted, given: _number(given) == _number(wanted), False),
    "NumericLessThan": (lambda wanted, given: _number(given) < _number(wanted), False),
    "NumericLessThanEquals": (lambda wanted, given: _number(given) <= _number(wanted), False),
    "NumericGreaterThan": (lambda wanted, given: _number(given) > _number(wanted), False),
    "NumericGreaterThanEquals": (lambda wanted, given: _number(given) >= _number(wanted), False),
    "DateEquals": (lambda wanted, given: _time(given) == _time(wanted), False),
    "DateLessThan": (lambda wanted, given: _time(given) < _time(wanted), False),
    "DateLessThanEquals": (lambda wanted, given: _time(given) <= _time(wanted), False),
    "DateGreaterThan": (lambda wanted, given: _time(given) > _time(wanted), False),
    "DateGreaterThanEquals": (lambda wanted, given: _time(given) >= _time(wanted), False),
    "Bool": (lambda wanted, given: _truth(wanted) == _truth(given), False),
    "IpAddress": (_in_network, False),
}
_OPERATORS |= {
    negative: (_OPERATORS[positive][0], True)
    for negative, positive in {
        "StringNotEquals": "StringEquals",
        "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
        "StringNotLike": "StringLike",
        "ArnNotEquals": "ArnEquals",
        "ArnNotLike": "ArnLike",
        "NumericNotEquals": "NumericEquals",
        "DateNotEquals": "DateEquals",
        "NotIpAddress": "IpAddress",
    }.items()
}
