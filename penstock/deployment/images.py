"""Which registry holds an AWS image in which region: the images that this project's definitions use.

The accounts are those of the SageMaker SDK's image data (sagemaker 3.27.0, core/image_uri_config), which a
test compares with this table. Other images are named in an environment's `images`. It knows no pipelines.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.errors import PenstockError


@dataclass(frozen=True)
class Image:
    """An image that AWS keeps in one of its accounts in each region. An image without a tag is the latest."""

    repository: str
    tag: str
    accounts: Mapping[str, str]


_SCIKIT_LEARN_ACCOUNTS = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "cn-north-1": "450853457545",
    "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}

# Deep Learning Containers: one account serves most regions, and those that came later have their own.
_DEEP_LEARNING_ACCOUNTS = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-northeast-1": "763104351884",
    "ap-northeast-2": "763104351884",
    "ap-northeast-3": "364406365360",
    "ap-south-1": "763104351884",
    "ap-southeast-1": "763104351884",
    "ap-southeast-2": "763104351884",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ca-central-1": "763104351884",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-1": "763104351884",
    "eu-north-1": "763104351884",
    "eu-south-1": "692866216735",
    "eu-west-1": "763104351884",
    "eu-west-2": "763104351884",
    "eu-west-3": "763104351884",
    "il-central-1": "780543022126",
    "me-south-1": "217643126080",
    "sa-east-1": "763104351884",
    "us-east-1": "763104351884",
    "us-east-2": "763104351884",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
    "us-west-1": "763104351884",
    "us-west-2": "763104351884",
}

_MODEL_MONITOR_ACCOUNTS = {
    "af-south-1": "875698925577",
    "ap-east-1": "001633400207",
    "ap-northeast-1": "574779866223",
    "ap-northeast-2": "709848358524",
    "ap-northeast-3": "990339680094",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ap-southeast-3": "669540362728",
    "ca-central-1": "536280801234",
    "cn-north-1": "453000072557",
    "cn-northwest-1": "453252182341",
    "eu-central-1": "048819808253",
    "eu-central-2": "590183933784",
    "eu-north-1": "895015795356",
    "eu-south-1": "933208885752",
    "eu-south-2": "437450045455",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "il-central-1": "843974653677",
    "me-central-1": "588750061953",
    "me-south-1": "607024016150",
    "sa-east-1": "539772159869",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}

_CLARIFY_ACCOUNTS = {
    "af-south-1": "811711786498",
    "ap-east-1": "098760798382",
    "ap-northeast-1": "377024640650",
    "ap-northeast-2": "263625296855",
    "ap-northeast-3": "912233562940",
    "ap-south-1": "452307495513",
    "ap-southeast-1": "834264404009",
    "ap-southeast-2": "007051062584",
    "ap-southeast-3": "705930551576",
    "ca-central-1": "675030665977",
    "cn-north-1": "122526803553",
    "cn-northwest-1": "122578899357",
    "eu-central-1": "017069133835",
    "eu-central-2": "730335477804",
    "eu-north-1": "763603941244",
    "eu-south-1": "638885417683",
    "eu-west-1": "131013547314",
    "eu-west-2": "440796970383",
    "eu-west-3": "341593696636",
    "me-south-1": "835444307964",
    "sa-east-1": "520018980103",
    "us-east-1": "205585389593",
    "us-east-2": "211330385671",
    "us-gov-west-1": "598674086554",
    "us-west-1": "740489534195",
    "us-west-2": "306415355426",
}

IMAGES = {
    "scikit-learn": Image("sagemaker-scikit-learn", "1.4-2-cpu-py3", _SCIKIT_LEARN_ACCOUNTS),
    "autogluon-inference": Image("autogluon-inference", "1.5.0-cpu-py311", _DEEP_LEARNING_ACCOUNTS),
    "model-monitor": Image("sagemaker-model-monitor-analyzer", "", _MODEL_MONITOR_ACCOUNTS),
    "clarify": Image("sagemaker-clarify-processing", "1.0", _CLARIFY_ACCOUNTS),
}


def image_uri(name: str, region: str, overrides: Mapping[str, str] | None = None) -> str:
    """The URI of image `name` in `region`; `overrides` (an environment's `images`) go first.

    Raises PenstockError if the name or its region is not known.
    """
    overrides = overrides or {}
    if name in overrides:
        return overrides[name]
    if name not in IMAGES:
        known = sorted({*IMAGES, *overrides})
        raise PenstockError(
            f"there is no image {name!r}",
            remedy=f"Known are {', '.join(known)}; an environment's [images] can name more.",
        )
    image = IMAGES[name]
    if region not in image.accounts:
        raise PenstockError(
            f"AWS's account for image {name!r} in {region} is not known",
            remedy=f"Name the image's URI in the environment: [images] {name} = ...",
        )
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    repository = f"{image.accounts[region]}.dkr.ecr.{region}.{suffix}/{image.repository}"
    return f"{repository}:{image.tag}" if image.tag else repository
