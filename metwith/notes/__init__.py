"""Notes: what members write themselves, on a record or on a meeting. Above the channels: each hands in who may see what of a meeting.

A note on a record is for everybody in the workspace. One on a meeting belongs to the copy that its author was shown (`models.Note.entry`): whoever may
see that copy's title sees the note, by the channel's own rule (`calendars.queries.title_shown`); there is no second opinion here. It goes with the copy by the
database's cascade. `following.py` hears why copies go (`calendars.sync.copy_signals`) and takes along the notes that stay.
"""
