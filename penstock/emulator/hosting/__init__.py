"""Hosting: endpoints that serve models in containers of their own, and keep what goes through them.

It knows documents, S3, logs and containers; it knows no operation of the service and no HTTP server.
"""
