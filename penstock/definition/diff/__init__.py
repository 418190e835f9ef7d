"""What two definitions differ in, by what they mean: a deployed one and the one that is wanted.

model: the difference, as plain data. values: two values compared, down to the member. references: members
that are written as before and yet mean something else. renames: steps that changed their names alone.
definitions: two definitions compared. shown: a value in one line. lines: a difference as text.

Data in, data out, for JSON of any form: a deployed definition may have been edited by hand. A null is a
member that is not there, as in the check; `1` and `1.0` differ, as a Join makes other texts of them.
"""

from penstock.definition.diff.definitions import diff
from penstock.definition.diff.lines import change_line, lines
from penstock.definition.diff.model import Change, Diff, Followed, Item, ItemChange, NamedDiff, Rename
from penstock.definition.diff.shown import shown, shown_pair

__all__ = [
    "Change",
    "Diff",
    "Followed",
    "Item",
    "ItemChange",
    "NamedDiff",
    "Rename",
    "change_line",
    "diff",
    "lines",
    "shown",
    "shown_pair",
]
