"""Connecting by OAuth 2.0: whom we ask (services), as what (clients), how (flow), and the tokens that come of it (tokens).

Knows accounts and their credentials, no calendars: the calendar and the e-mail channel open their providers with the same tokens.
"""
