"""`penstock render`: the request that a deploy sends."""

import json
import sys

from scripts.options import LOCAL, EnvironmentName, PipelineName


def render(name: PipelineName, env: EnvironmentName = LOCAL) -> None:
    """Print the request that a deploy sends.

    It is what `aws sagemaker create-pipeline --cli-input-json` takes. No call is made.
    """
    from penstock.definition.compiled import load
    from penstock.deployment import environments
    from penstock.deployment.request import build
    from penstock.project import Project

    project = Project.find()
    request = build(project, load(project, name), environments.load(project, env))
    print(json.dumps(request, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    from scripts.cli import main

    sys.exit(main(["render", *sys.argv[1:]]))
