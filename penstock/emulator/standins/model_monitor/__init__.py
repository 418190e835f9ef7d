"""The Model Monitor analyzer: data quality and model quality of a data set, and what violates a baseline.

`analyze` is the program; the other modules turn data into data and know neither it nor /opt/ml. What AWS's
analyzer does, and from where that is known: facts/monitor-and-clarify.md, 1 to 5 and 11.
"""
