import pytest

from penstock.deployment.images import IMAGES, image_uri
from penstock.errors import PenstockError

# How the SageMaker SDK calls what the table has.
SDK = {
    "scikit-learn": {"framework": "sklearn", "version": "1.4-2", "py_version": "py3"},
    "autogluon-inference": {"framework": "autogluon", "version": "1.5.0", "py_version": "py311"},
    "model-monitor": {"framework": "model-monitor"},
    "clarify": {"framework": "clarify", "version": "1.0"},
}
SCOPES = {"scikit-learn": "training", "autogluon-inference": "inference"}


@pytest.mark.long
@pytest.mark.parametrize("name", IMAGES)
def test_every_region_has_the_uri_that_the_sdk_gives(name):
    from sagemaker.core import image_uris

    for region in IMAGES[name].accounts:
        theirs = image_uris.retrieve(
            region=region, instance_type="ml.m5.xlarge", image_scope=SCOPES.get(name), **SDK[name]
        )
        assert image_uri(name, region) == theirs


def test_an_environment_can_name_another_image():
    assert image_uri("scikit-learn", "us-east-1", {"scikit-learn": "mine:1"}) == "mine:1"


def test_an_unknown_image_lists_those_there_are():
    with pytest.raises(PenstockError) as caught:
        image_uri("scikit", "us-east-1", {"own": "mine:1"})
    assert str(caught.value) == (
        "there is no image 'scikit'\n"
        "Known are autogluon-inference, clarify, model-monitor, own, scikit-learn;"
        " an environment's [images] can name more."
    )


def test_a_region_without_the_image_says_what_to_name():
    with pytest.raises(PenstockError) as caught:
        image_uri("scikit-learn", "eu-nowhere-1")
    assert str(caught.value) == (
        "AWS's account for image 'scikit-learn' in eu-nowhere-1 is not known\n"
        "Name the image's URI in the environment: [images] scikit-learn = ..."
    )
