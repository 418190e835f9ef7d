import sys

import pytest

from penstock.emulator.standins.registry import StandIn, StandIns, UnknownImage, repository_of


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3", "sagemaker-scikit-learn"),
        ("1.dkr.ecr.us-east-1.amazonaws.com/team/image@sha256:00ff", "team/image"),
        ("localhost:5000/image", "image"),
        ("team/image:3", "team/image"),
        ("image", "image"),
    ],
)
def test_an_image_is_known_by_its_repository(image, repository):
    assert repository_of(image) == repository


def test_the_built_in_stand_ins_are_installed():
    found = StandIns.installed().find("x.dkr.ecr.eu-west-1.amazonaws.com/autogluon-inference:9")
    assert found.serve[:2] == (sys.executable, "-m")


def test_an_unknown_image_is_named_with_the_way_to_register_one():
    with pytest.raises(UnknownImage) as raised:
        StandIns({}).find("example.com/own:1")
    assert str(raised.value) == (
        "no stand-in runs the image example.com/own:1 on this machine. Register a StandIn for the "
        "repository 'own': in penstock/emulator/standins/registry.py, or from a package of yours "
        "under the entry point group 'penstock.stand_ins'."
    )


def test_entrypoint_and_arguments_follow_dockers_rules():
    image = StandIn("it", "", entrypoint=("/bin/run", "--fast"))
    assert image.command(None, []) == ["/bin/run", "--fast"]
    assert image.command(None, ["a"]) == ["/bin/run", "--fast", "a"]
    assert image.command(["other"], ["a"]) == ["other", "a"]
    assert StandIn("it", "").command(None, ["a"]) == []


@pytest.mark.parametrize("python", ["python", "python3", "python3.9", "/miniconda3/bin/python"])
def test_the_images_python_is_the_emulators(python):
    assert StandIn("it", "").command([python, "-u", "x.py"], []) == [sys.executable, "-u", "x.py"]
