"""S3's objects, on disk: an index in SQLite and one file for each object version.

Buckets and their settings are moto's; everything whose URI holds a key is answered here, because moto keeps
objects in memory and reads the whole of one for each ranged GET.
"""
