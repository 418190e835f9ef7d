"""EMR's pages: 50 items and a Marker that says where the next page begins."""

from penstock.emulator.emr.context import invalid
from penstock.emulator.emr.documents import Document

_SIZE = 50


def page(member: str, items: list[Document], marker: str | None) -> Document:
    """The answer of a List operation with the items of one page. Raises ServiceError for a strange Marker."""
    start = 0
    if marker is not None:
        ids = [item["Id"] for item in items]
        if marker not in ids:
            raise invalid(f"Marker '{marker}' is not valid.")
        start = ids.index(marker) + 1
    shown = items[start : start + _SIZE]
    more = start + _SIZE < len(items)
    return {member: shown, **({"Marker": shown[-1]["Id"]} if more else {})}
