"""Bad days on demand: what goes wrong, where and how often; seeded, so that it goes wrong again.

A table of rows (`table`), each of a kind (`kinds`). Some strike requests (`wire` for REST,
`conversation` for the WebSocket API), some strike the messages of streams (`interference`), and
some are happenings (`happenings`): the exchange itself has a bad day.
"""
