"""How documents of one kind are listed: the filters, orders and pages that the List operations share.

Which filters an operation has is the model's matter: a request holds no others. Where the API's text leaves
it open, "after" includes the time itself (ListModels says so) and "before" does not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from penstock.emulator.sagemaker.context import Document
from penstock.emulator.sagemaker.paging import page

_PAGING = ("NextToken", "MaxResults")


def _unchanged(document: Document) -> Document:
    return document


@dataclass(frozen=True)
class Listing:
    """`items` is the response's member that holds the list. `name` is the document's member that tells
    documents apart, and `status` the one that StatusEquals looks at. `sort_keys` maps values of SortBy to
    members of the document where they differ. `summary` makes an entry of a document; it is cut to the
    model's shape later. `sort_by`, `descending` and `size` are the defaults (the text of botocore's model;
    newest first, and 100, where it names none)."""

    items: str
    name: str
    status: str = ""
    sort_by: str = "CreationTime"
    descending: bool = True
    size: int = 100
    sort_keys: dict[str, str] = field(default_factory=dict)
    summary: Callable[[Document], Document] = _unchanged

    def answer(self, request: Document, documents: Iterable[Document]) -> Document:
        """The response to a List request. Raises ServiceError for a bad NextToken."""
        wanted = [document for document in documents if self._fits(request, document)]
        member = self._member(request.get("SortBy", self.sort_by))
        order = request.get("SortOrder")
        question = {name: value for name, value in request.items() if name not in _PAGING}
        shown, token = page(
            wanted,
            lambda document: _place(document.get(member), document[self.name]),
            {"of": self.items, **question},
            descending=self.descending if order is None else order == "Descending",
            size=request.get("MaxResults", self.size),
            token=request.get("NextToken"),
        )
        return {self.items: [self.summary(document) for document in shown], "NextToken": token}

    def _member(self, key: str) -> str:
        return {"Name": self.name, "Status": self.status, **self.sort_keys}.get(key, key)

    def _fits(self, request: Document, document: Document) -> bool:
        return all(self._passes(name, wanted, document) for name, wanted in request.items())

    def _passes(self, filter_name: str, wanted: Any, document: Document) -> bool:
        match filter_name:
            case "NameContains":
                return wanted in document[self.name]
            case "StatusEquals":
                return bool(document[self.status] == wanted)
        if filter_name.endswith("After"):
            return bool(document[_time_member(filter_name.removesuffix("After"))] >= wanted)
        if filter_name.endswith("Before"):
            return bool(document[_time_member(filter_name.removesuffix("Before"))] < wanted)
        return True


def _time_member(name: str) -> str:
    return "CreationTime" if name == "Created" else name


def _place(value: Any, name: Any) -> tuple[Any, ...]:
    # What has no value sorts before what has one.
    return (value is not None, 0 if value is None else value, name)
