"""Every error this package raises on purpose.

The tree answers one question for whoever catches: may money have moved?

    TradefleetError
    ├─ InputError                  no     what a person typed; say it back to them
    ├─ SettingsError               no     stop at start-up; a person acts
    ├─ DataError                   no     candles or news cannot be trusted: HOLD
    ├─ StrategyError               no     a strategy failed: HOLD, counted, said
    ├─ WorkerError                 no     a job on another core failed; nothing else did
    ├─ NotifyError                 no     a message was not delivered; try later
    ├─ StoreError                  no     the store cannot be read or written: send nothing
    ├─ LeaseError                  no     another process owns this bot; do not trade
    ├─ RuleBrokenError             -      a bug or impossible data; halt this bot
    └─ ExchangeError
       ├─ ExchangeUnavailableError no     nothing was accepted; try again later
       ├─ AccessDeniedError        no     the key is wrong or may not do this; a person acts
       ├─ OrderRefusedError        no     the exchange said no; decide again
       └─ OutcomeUnknownError      MAYBE  never send again; ask by client order id
"""


class TradefleetError(Exception):
    """Base of every error raised on purpose; its text is fit for a person to read."""


class InputError(TradefleetError):
    """Something a person or program gave us cannot be used; nothing was changed.

    Attributes:
        field: the name of what was wrong, as the form and the API spell it.
        code: stable word for programs, such as `unknown_symbol`.
    """

    def __init__(self, message: str, *, field: str = "", code: str = "invalid") -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class SettingsError(TradefleetError):
    """The settings cannot be used; the text lists every problem with its mend."""


class DataError(TradefleetError):
    """Candles or news are missing, stale or broken; the bot holds, exits go on."""


class StrategyError(TradefleetError):
    """A strategy raised, hung or answered nonsense; counts as HOLD."""


class WorkerError(TradefleetError):
    """A job that was handed to a worker failed, or its process died."""


class NotifyError(TradefleetError):
    """A message could not be delivered; it stays in the outbox.

    Attributes:
        permanent: trying again is useless (wrong number, wrong token).
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class StoreError(TradefleetError):
    """The store cannot be read or written. What cannot be written must not be sent."""


class LeaseError(TradefleetError):
    """Another process owns this bot, or took it over; this one must not trade."""


class RuleBrokenError(TradefleetError):
    """A bug or impossible data, such as selling more than is held; a person looks."""


class ExchangeError(TradefleetError):
    """The exchange could not or would not do what was asked.

    Attributes:
        code: the exchange's own number, such as -2010; None where it gave none.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class ExchangeUnavailableError(ExchangeError):
    """Nothing was accepted: no connection, maintenance, or too many requests.

    Attributes:
        retry_after_ms: how long the exchange asked us to stay silent, 0 if it did not say.
    """

    def __init__(self, message: str, *, code: int | None = None, retry_after_ms: int = 0) -> None:
        super().__init__(message, code=code)
        self.retry_after_ms = retry_after_ms


class AccessDeniedError(ExchangeError):
    """The key is missing, wrong, or lacks the right; only a person can mend it."""


class OrderRefusedError(ExchangeError):
    """The exchange refused the order or request; no money moved."""


class OutcomeUnknownError(ExchangeError):
    """The order was sent and no certain answer came back; it may have been filled.

    Never place it again: ask the exchange for `client_order_id` until it is found, or
    until it can no longer come to life.
    """

    def __init__(self, client_order_id: str, detail: str, *, code: int | None = None) -> None:
        super().__init__(f"order {client_order_id} sent, outcome unknown: {detail}", code=code)
        self.client_order_id = client_order_id
