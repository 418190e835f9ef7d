"""Definitions as data: compiled from pipelines/, kept in compiled/, and checked for their structure."""
