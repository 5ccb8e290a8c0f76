"""Above both channels: what their items say of a record in figures (last met, next, how often, who of us knows it), and lists by them.

A channel hands in what counts (`channels.py`); `figures.py` decides, `recount.py` writes, `lists.py` reads.
"""
