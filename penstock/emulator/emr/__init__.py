"""EMR: clusters whose steps run as processes on this machine, Spark in local mode.

The API's documents are in the store (`EmrCluster`, `EmrStep`), what follows from their states is in
`lifecycle`, what runs is in `runner` and below. It knows nothing of pipelines: the engine is a client of
this API like any other.
"""
