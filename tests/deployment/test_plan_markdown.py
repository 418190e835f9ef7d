"""A plan as a pull-request comment: from plans of moto's AWS to text."""

import pytest
from markdown_it import MarkdownIt

from penstock.deployment.cache import Forecast
from penstock.deployment.plan_markdown import markdown

ROLE = "arn:aws:iam::123456789012:role/pipelines"


@pytest.fixture
def changed(project, definition, deployed):
    """The deployed small project with changes in it: of a parameter, and a step whose text is hostile."""
    deployed()
    definition["Parameters"][1]["DefaultValue"] = 0.9
    message = "```\n<script>alert(1)</script> | @everyone"
    definition["Steps"].append({"Name": "More", "Type": "Fail", "Arguments": {"ErrorMessage": message}})
    definition["Steps"][0]["Description"] = message
    project.compile(definition)


def tokens(text):
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def blocks(text):
    return [token.content for token in tokens(text) if token.type == "fence"]


def test_a_first_deploy(planned):
    plan = planned()
    assert markdown(plan) == (
        "### `scoring` in `local`: create the pipeline, 1 file published\n\n"
        "<details><summary>What changes</summary>\n\n```diff\n"
        "  publish jobs/prepare.py (18 B)\n"
        f"  keep revision {plan.revision.id[:12]} for a way back (1.7 kB)\n"
        "  create pipeline scoring in local\n"
        "```\n\n</details>"
    )


def test_what_changes_is_coloured_as_a_diff_and_stays_in_its_block(planned, changed):
    text = markdown(planned())
    assert text.startswith(
        "### `scoring` in `local`: update the pipeline, 1 step added, 1 step changed, 1 parameter changed\n"
    )
    (block,) = [token for token in tokens(text) if token.type == "fence"]
    assert block.info == "diff"
    assert "+     add step More (Fail)" in block.content.splitlines()
    assert "!     change parameter MinimumAuc" in block.content.splitlines()
    inline = [token.content for token in tokens(text) if token.type in ("inline", "html_block")]
    assert [content for content in inline if "script" in content or "@everyone" in content] == []


def test_drift_is_a_warning(account, planned, deployed):
    deployed()
    account("sagemaker").update_pipeline(PipelineName="scoring", PipelineDescription="Mine.")
    text = markdown(planned())
    assert "> [!WARNING]\n> Since Penstock deployed revision `" in text
    assert "A deploy puts back what the project says." in text
    drift, effects = blocks(text)
    assert drift == "    description: Scores things. -> Mine.\n"
    assert "  update pipeline scoring in local\n" in effects


def test_drift_that_a_deploy_leaves_is_not_said_to_be_put_back(
    account, project, definition, planned, deployed
):
    deployed()
    parallelism = {"MaxParallelExecutionSteps": 3}
    account("sagemaker").update_pipeline(PipelineName="scoring", ParallelismConfiguration=parallelism)
    assert "A deploy leaves it so." in markdown(planned())
    project.compile(definition, description="More.")
    assert "A deploy leaves it so." in markdown(planned())
    account("sagemaker").update_pipeline(PipelineName="scoring", RoleArn=f"{ROLE}-2")
    assert "A deploy puts back what the project says." in markdown(planned())


def test_the_cache_is_a_table(planned, deployed):
    deployed()
    forecasts = [
        Forecast("Prepare", True, "arn", [], "execution abc, 2 h ago"),
        Forecast("Train", False, "", [], "a | b `c`"),
        Forecast("Check", None, "", [], ""),
        Forecast("A\rB", None, "", [], ""),
    ]
    text = markdown(planned(), forecasts)
    cells = [token.content for token in tokens(text) if token.type == "inline"][1:]
    assert cells == [
        *("step", "cache at the next start", "why"),
        *("`Prepare`", "hit", "`execution abc, 2 h ago`"),
        *("`Train`", "miss", "`a | b 'c'`"),
        *("`Check`", "not known", ""),
        *(r"`A\rB`", "not known", ""),
    ]


def test_a_plan_too_long_for_a_comment_is_cut_and_says_so(project, definition, planned, deployed):
    deployed()
    for number in range(2000):
        step = {"Name": f"Fail{number}", "Type": "Fail", "Arguments": {"ErrorMessage": "x" * 50}}
        definition["Steps"].append(step)
    project.compile(definition)
    text = markdown(planned(), limit=5000)
    assert len(text) <= 5000
    (block,), (whole,) = blocks(text), blocks(markdown(planned(), limit=10_000_000))
    last = block.splitlines()[-1]
    left_out = len(whole.splitlines()) - (len(block.splitlines()) - 1)
    assert last == f"  ... and {left_out} more lines: run `penstock plan`"
