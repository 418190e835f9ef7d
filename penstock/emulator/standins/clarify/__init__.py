"""Clarify: bias metrics, SHAP values and partial dependence of a model's predictions, and a report.

`analyze` is the container's program; the rest are its parts. It knows files below /opt/ml, two variables
of its environment, and a SageMaker endpoint to ask; it knows no pipeline and no emulator.
Facts: monitor-and-clarify.md, 7 to 9. The bias metrics are computed from the definitions that AWS publishes
in the SageMaker Developer Guide, not from the code of its library.
"""

# Below /opt/ml.
CONFIG = "processing/input/config/analysis_config.json"
DATA = "processing/input/data"
OUTPUT = "processing/output"
MESSAGE = "output/message"

# Variables of the environment. An earlier analysis.json to compare with, as a path in the container: Model
# Monitor's name for the same thing (facts, 1). Without it no drift is looked for.
BASELINE_VARIABLE = "baseline_constraints"
# The model to ask when the analysis configuration's predictor names none: the configuration of a ClarifyCheck
# step has none, the step's own ModelName says it (facts, 6).
MODEL_VARIABLE = "model_name"

# What the analysis writes into OUTPUT.
ANALYSIS = "analysis.json"
VIOLATIONS = "constraint_violations.json"
LOCAL_SHAP = "explanations_shap/out.csv"
SHAP_BASELINE = "explanations_shap/baseline.csv"
