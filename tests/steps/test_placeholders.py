import pytest

from penstock.errors import PenstockError
from steps import asset, env, function, image


def test_placeholders_are_what_render_reads():
    assert env("kms_key") == "{{ env.kms_key }}"
    assert image("scikit-learn") == '{{ image("scikit-learn") }}'
    assert function("deploy_endpoint") == '{{ function("deploy_endpoint") }}'
    assert asset("jobs/prepare_data.py") == '{{ asset("jobs/prepare_data.py") }}'


def test_a_placeholder_can_stand_inside_a_text():
    assert f"s3://{env('bucket')}/data" == "s3://{{ env.bucket }}/data"


def test_a_bad_environment_name_is_refused():
    with pytest.raises(PenstockError) as error:
        env("KMS key")
    assert str(error.value) == (
        "env(): 'KMS key' cannot be the name of an environment's value\n"
        'Names are lower case: env("role"), env("kms_key").'
    )


def test_an_image_with_registry_and_tag_is_refused():
    with pytest.raises(PenstockError) as error:
        image("123.dkr.ecr/scikit-learn:1.2")
    assert str(error.value) == (
        "image(): '123.dkr.ecr/scikit-learn:1.2' cannot be the name of an image\n"
        'Name it as AWS does, without registry or tag: image("scikit-learn").'
    )


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret.py", "", 'jobs/"x".py'])
def test_an_asset_outside_the_project_is_refused(path):
    with pytest.raises(PenstockError) as error:
        asset(path)
    assert str(error.value) == (
        f"asset(): {path!r} cannot be an asset\n"
        'Give a path inside the project, from its root: asset("jobs/prepare_data.py").'
    )


def test_a_function_is_named_in_lower_case():
    with pytest.raises(PenstockError) as error:
        function("DeployEndpoint")
    assert str(error.value) == (
        "function(): 'DeployEndpoint' cannot be the name of a function\n"
        'Names are lower case: function("deploy_endpoint").'
    )
