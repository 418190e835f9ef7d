"""Lambda: functions run for real, on AWS's own runtime client, in processes of their own.

moto keeps the control plane (functions, versions, aliases, layers); here is what happens when one is
invoked. Read `invocations.py` first, then `worker.py`.

- `catalog.py` finds a function in moto and makes it a `Function` (function.py): plain data.
- `packages.py` unpacks its code and its layers, without trust.
- `worker.py` is one process that runs it, and one invocation in it; `runtime_api.py` is the HTTP API that the
  process asks for work, `boot.py` the program that it runs, `output.py` what becomes of what it prints.
- `pool.py` keeps workers warm. `invocations.py` is what Invoke means.
- `mappings.py` are the event source mappings, `poller.py` what one does.
"""
