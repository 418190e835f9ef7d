"""Whose policies there are. Light to import: the command line asks it for its choices."""

from enum import StrEnum


class Role(StrEnum):
    EXECUTION = "execution"
    DEPLOYER = "deployer"
    FUNCTIONS = "functions"
    INSTANCES = "instances"
