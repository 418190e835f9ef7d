"""Stand-ins: what runs here in place of AWS's container images.

Their programs run in containers: they read and write plain files and speak HTTP, and know no emulator.
"""
