"""Acts: what a member did to many records at once, and taking it back as one (docs/decisions/acts.md).

A verb that changes many records opens an act (`actions.open_act`), and in the transaction of each change says with `noting` what stood there
before. For a day the act can be taken back (`actions.take_back`): earlier values come back, records that it made go, and what somebody has
changed since is left alone and counted.
"""
