"""`penstock compile`: from pipelines/NAME.py to compiled/NAME.json and its manifest."""

import sys
from typing import Annotated

import typer

from penstock.errors import DONE, USAGE
from scripts.options import Output, OutputFormat, results


def compile(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="The pipelines; without one, all.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; show what differs, and exit with 2 if anything does."),
    ] = False,
    output: OutputFormat = Output.TEXT,
) -> int:
    """Compile pipelines to the definitions that are reviewed and deployed."""
    from penstock.definition.compile import compile_pipelines, orphans
    from penstock.project import Project

    project = Project.find()
    outcomes = compile_pipelines(project, names or (), check=check)
    changed = [outcome.name for outcome in outcomes if outcome.status != "unchanged"]
    would_be = "would be " if check else ""
    leftover = [] if names else orphans(project)
    with results(output) as done:
        done.add(
            {"pipelines": {outcome.name: outcome.status for outcome in outcomes}},
            [
                f"compiled/{outcome.name}.json: {would_be if outcome.name in changed else ''}{outcome.status}"
                for outcome in outcomes
            ],
        )
    for file in leftover:
        print(f"{file} belongs to no pipeline: remove it.", file=sys.stderr)
    if check and changed:
        print("".join(outcome.difference for outcome in outcomes), end="", file=sys.stderr)
        print(f"Run `penstock compile {' '.join(changed)}` and commit compiled/.", file=sys.stderr)
    return USAGE if check and (changed or leftover) else DONE


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["compile", *sys.argv[1:]]))
