"""Training inside the test process, beside other busy processes."""

import os

# As in a job's container; read when the OpenMP library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
