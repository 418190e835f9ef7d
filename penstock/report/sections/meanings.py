"""What each of Clarify's bias metrics means, in a sentence, and its fair value.

Definitions: AWS's pages on pre-training and post-training bias (facts/monitor-and-clarify.md, 8). The group
is the one that may be at a disadvantage.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    words: str
    fair: float = 0


MEANINGS = {
    # Of the data.
    "CI": Meaning("Is the group smaller than the others? Near 1 it is hardly in the data at all."),
    "DPL": Meaning("How much rarer the positive outcome is in the group than among the others."),
    "KL": Meaning("How surprising the group's outcomes are to one who knows those of the others."),
    "JS": Meaning("How far the outcomes of both lie from what they are on average."),
    "LP": Meaning("The distance between the outcomes' shares of both, as between two points."),
    "TVD": Meaning("The share of outcomes that would have to change for both to have the same."),
    "KS": Meaning("The largest gap between the shares of any one outcome."),
    "CDDL": Meaning(
        "Within comparable subgroups: is the group a larger part of those refused than of those accepted?"
    ),
    # Of the predictions.
    "AD": Meaning("How much less often the model is right about the group."),
    "CDDPL": Meaning(
        "Within comparable subgroups: is the group a larger part of those whom the model refuses than of"
        " those whom it accepts?"
    ),
    "DAR": Meaning("How much less often a positive prediction about the group is right (precision)."),
    "DCA": Meaning("Measured by the observed outcomes: does the model accept the group more rarely?"),
    "DCR": Meaning("Measured by the observed outcomes: does the model refuse the group more often?"),
    "DI": Meaning(
        "The group's share of positive predictions divided by the others'; below 0.8 often counts as"
        " adverse.",
        fair=1,
    ),
    "DPPL": Meaning("How much rarer a positive prediction is for the group than for the others."),
    "DRR": Meaning("How much more often a negative prediction about the group is right."),
    "FT": Meaning(
        "Do the most similar rows among the others get better predictions than those of the group?"
    ),
    "GE": Meaning("How unequally the model's errors favour individuals, over all rows."),
    "RD": Meaning("How many more of those who deserve a positive prediction the model misses in the group."),
    "SD": Meaning("How much better the model knows those of the group whose outcome is negative."),
    "TE": Meaning("Does the balance of false refusals and false acceptances differ for the group?"),
}
