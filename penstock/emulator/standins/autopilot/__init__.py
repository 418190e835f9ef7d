"""Autopilot's ensembling mode on AutoGluon: `train` finds candidates, `serve` answers with one of them.

Two programs that run in containers. They agree on the names here; the emulator knows those of them that
are files and log lines.
"""

# A line of the trainer's output that begins so tells the AutoMLJobSecondaryStatus that follows.
STATUS_LINE = "AutoMLJobSecondaryStatus: "

# Below /opt/ml: what the trainer reads and writes.
CONFIG = "input/config/automljob.json"
FEATURES = "input/config/feature_specification.json"
DATA = "input/data"
RESULTS = "output/data/results.json"
FAILURE = "output/failure"

# Beside the AutoGluon predictor in a model archive: its input columns, in order, and how to read them.
COLUMNS = "columns.json"
