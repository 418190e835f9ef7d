"""Edits of a definition, as data: what breaks.json says to do to base.json."""

import copy


def edited(definition, edits):
    """A copy of the definition with the edits made, in order.

    An edit has a `path`, whose first part may be a step's name, and one of: `set` (a value, repeated as text
    if `times` is given), `append` (to the list there), `drop`, `repeat` (so many of the item there, each with
    a name of its own).
    """
    definition = copy.deepcopy(definition)
    for edit in edits:
        *path, last = edit["path"]
        holder = _step(definition, path[0]) if path and path[0] not in definition else definition
        if not path and "repeat" in edit:
            _repeat_step(definition, last, edit["repeat"])
            continue
        for part in path if holder is definition else path[1:]:
            holder = holder[part]
        if "set" in edit:
            holder[last] = copy.deepcopy(edit["set"]) if "times" not in edit else edit["set"] * edit["times"]
        elif "append" in edit:
            holder[last].append(copy.deepcopy(edit["append"]))
        elif "repeat" in edit:
            holder[last : last + 1] = _copies(holder[last], edit["repeat"])
        else:
            del holder[last]
    return definition


def all_steps(steps):
    """Each list of steps of a definition, with the index of each step in it."""
    for index, step in enumerate(steps):
        yield steps, index
        for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
            yield from all_steps(step.get("Arguments", {}).get(branch, []))


def _step(definition, name):
    return next(
        steps[index] for steps, index in all_steps(definition["Steps"]) if steps[index]["Name"] == name
    )


def _repeat_step(definition, name, count):
    steps, index = next(
        (steps, index) for steps, index in all_steps(definition["Steps"]) if steps[index]["Name"] == name
    )
    steps[index : index + 1] = _copies(steps[index], count)


def _copies(item, count):
    """The item itself, and copies whose names end in a number."""
    key = next(key for key in ("Name", "OutputName", "ActionName") if key in item)
    return [item, *({**copy.deepcopy(item), key: f"{item[key]}x{number}"} for number in range(1, count))]
