"""The rules, one module for each family: each has a `check(document)` that yields findings."""
