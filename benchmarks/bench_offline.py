"""check, graph and policy of the flagship, against what the SDK's `upsert` does before it calls anything.

Process CPU seconds of whole commands, each in a process of its own. `upsert` begins with
`Pipeline.definition()`, so the figure of the SDK is the least that its check at deploy costs.
"""

import sys

from measure import ROOT, in_turn, run, table

PIPELINE = "automl_scoring"
SDK = f"from pipelines.{PIPELINE} import build; build().definition()"
VERBS = ("check", "graph", "policy")


def main() -> None:
    environment = {"AWS_DEFAULT_REGION": "us-east-1"}

    def command(*arguments: str) -> float:
        return run([sys.executable, *arguments], cwd=ROOT, environment=environment).cpu

    def penstock(verb: str) -> float:
        return command("-m", f"scripts.{verb}", PIPELINE)

    figures = in_turn(5, *(lambda verb=verb: penstock(verb) for verb in VERBS), lambda: command("-c", SDK))
    names = [*(f"penstock {verb}" for verb in VERBS), "SDK Pipeline.definition()"]
    table(
        "offline: CPU seconds of the process (median of 5)",
        ("", "CPU s", "ratio to the SDK"),
        [(name, figure, figure / figures[-1]) for name, figure in zip(names, figures, strict=True)],
    )


if __name__ == "__main__":
    main()
