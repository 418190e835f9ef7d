"""The definition check: what is wrong with a pipeline definition, found offline, before it is deployed."""
