"""What the application needs from the world: promises, by who keeps them.

Each adapter keeps one of them; `tests/contracts` holds every adapter to it. Money is
`Decimal`, times are UTC milliseconds. Any method of a store-side port may raise `StoreError`, of an
exchange-side port `ExchangeError`.
"""
