"""What a call must be allowed: from an operation and its members to actions, resources and condition keys.

Where the Service Authorization Reference has no resource for an action, it is `*`, which a policy must name.
"""

from penstock.emulator.access.needs import s3, sagemaker, services
from penstock.emulator.access.needs.call import Call, Lookup, Need

_BY_SERVICE = {"s3": s3.needs, "sagemaker": sagemaker.needs} | services.BY_SERVICE

# Allowed to everybody, whatever policies say (AWS STS API Reference, GetCallerIdentity).
_FREE = {("sts", "GetCallerIdentity")}


# What actions begin with, where it is not the name that requests are signed with.
_PREFIXES = {"monitoring": "cloudwatch"}


def needs_of(call: Call, lookup: Lookup) -> list[Need]:
    if (call.service, call.operation) in _FREE:
        return []
    needs = _BY_SERVICE.get(call.service)
    if needs is None:
        return [Need(f"{_PREFIXES.get(call.service, call.service)}:{call.operation}", "*")]
    return needs(call, lookup)
