import pytest

from penstock.errors import UsageError
from penstock.project import Project


def test_a_project_is_found_from_a_folder_inside_it(tmp_path):
    (tmp_path / "pipeline.json.j2").write_text("{}")
    inside = tmp_path / "pipelines" / "more"
    inside.mkdir(parents=True)
    assert Project.find(inside) == Project(tmp_path)


def test_outside_of_a_project_it_says_what_is_missing(tmp_path):
    with pytest.raises(UsageError) as caught:
        Project.find(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: neither this folder nor one above it holds pipeline.json.j2\n"
        "Change into a Penstock project and run the command again."
    )


def test_paths_in_messages_are_relative_to_the_root(tmp_path):
    assert Project(tmp_path).relative(tmp_path / "jobs" / "x.py") == "jobs/x.py"
