"""What a status looks like, in every drawing: its fill and its line. Text on the fill is dark."""

from penstock.definition.graph.model import NOT_RUN

STATUS_COLOURS = {
    "Succeeded": ("#d1f0d9", "#1a7f37"),
    "Failed": ("#ffd8d3", "#cf222e"),
    "Stopped": ("#ffe7bf", "#9a6700"),
    "Stopping": ("#ffe7bf", "#9a6700"),
    "Executing": ("#d6e9ff", "#0969da"),
    "Starting": ("#d6e9ff", "#0969da"),
    NOT_RUN: ("#eceef1", "#8c959f"),
}
