"""Interprets a pipeline definition: one loop of three verbs (select, execute, process).

- `definition.py` reads a definition and refuses what SageMaker refuses (`grammar.py` has the keys,
  `checks.py` and `expression_checks.py` the rules, `model.py` the result); `parameters.py` types values.
- `expressions.py` is the one evaluator; `references.py` its notation; `scope.py` what it may refer to;
  `conditions.py` turns conditions into a Boolean; `outputs.py` knows what Lambda and Callback steps give out.
- `run.py` is the loop. `schedule.py` knows the graph, `policy.py` decides about failure, `steps/` does the
  work of each step type by calling the service as any client would, `cache.py` finds work done before.
- `events.py` is the stream that every change of state goes through; `record.py` writes it.
- `engine.py` gives each execution its thread.
"""
