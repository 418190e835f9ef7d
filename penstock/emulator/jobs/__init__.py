"""Jobs: what runs a processing, AutoML or transform job for real, in processes of its own.

It knows documents, S3, logs and containers; it knows no operation of the service and no HTTP server.
"""
