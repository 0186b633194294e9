"""The control face `/sim`: what only the operator of the exchange may do, from the same machine."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tradefleet.domain.errors import InputError
from tradefleet.exchange.account_files import account_fields
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.connection import Connections
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.faults.adversary import Adversary
from tradefleet.exchange.faults.reading import read_faults, read_happening
from tradefleet.exchange.parameters import DECIMAL, INTEGER, SYMBOL, TEXT, Parameter, Parameters
from tradefleet.exchange.venue import Venue

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

_LATEST = 7_258_118_400_000  # UTC milliseconds; time never goes back

_PRICE = Parameters(
    (Parameter("symbol", SYMBOL, required=True), Parameter("price", DECIMAL, required=True))
)
_ADVANCE = Parameters((Parameter("ms", INTEGER, required=True),))
_BALANCE = Parameters(
    (
        Parameter("asset", SYMBOL, required=True),
        Parameter("free", DECIMAL, required=True),
        Parameter("key", TEXT),
    )
)


class ControlFace:
    """Serves `/sim`."""

    def __init__(
        self,
        venue: Venue,
        adversary: Adversary,
        connections: Connections,
        tick: Callable[[], Awaitable[None]],
    ) -> None:
        """Control a venue.

        Args:
            venue: the exchange.
            adversary: takes the table of faults.
            connections: whose messages must be out before a move of time is answered.
            tick: lets the market move on and tells the streams.
        """
        self._venue = venue
        self._adversary = adversary
        self._connections = connections
        self._tick = tick

    def routes(self) -> list[Route]:
        """Return the routes below `/sim`."""
        return [
            Route("/price", self._guarded(self._price), methods=["POST"]),
            Route("/balance", self._guarded(self._balance), methods=["POST"]),
            Route("/account", self._guarded(self._account), methods=["POST"]),
            Route("/faults", self._guarded(self._faults), methods=["POST"]),
            Route("/faults", self._guarded(self._faults_view), methods=["GET"]),
            Route("/happenings", self._guarded(self._happening), methods=["POST"]),
            Route("/advance", self._guarded(self._advance), methods=["POST"]),
            Route("/state", self._guarded(self._state), methods=["GET"]),
        ]

    def _guarded(
        self, handle: Callable[[Request], Awaitable[Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refusal = _why_refused(request)
            if refusal:
                return JSONResponse({"code": -1002, "msg": refusal}, status_code=403)
            try:
                return JSONResponse(await handle(request))
            except ApiError as error:
                return JSONResponse(error.body, status_code=error.status)
            except InputError as error:
                return JSONResponse({"code": -1130, "msg": str(error)}, status_code=400)

        return answer

    async def _price(self, request: Request) -> Any:
        """Let trades happen at a price now; answers after the orders have reacted."""
        values = _PRICE.read(dict(request.query_params))
        venue = self._venue
        trade = venue.set_price(values["symbol"], values["price"])
        await self._tick()
        return {"symbol": trade.symbol, "price": amount(trade.price), "time": trade.time}

    async def _advance(self, request: Request) -> Any:
        """Move the exchange's own clock; answers when all streams are flushed."""
        ms = _ADVANCE.read(dict(request.query_params))["ms"]
        if self._venue.now() + ms > _LATEST:
            raise InputError(f"expected ms to end before the year 2200, was {ms}", field="ms")
        self._venue.market.step(ms)
        await self._tick()
        self._venue.keep()
        await self._connections.flushed()
        return {"serverTime": self._venue.now()}

    async def _balance(self, request: Request) -> Any:
        """Set what an account has free of an asset: a deposit or withdrawal."""
        values = _BALANCE.read(dict(request.query_params))
        account = self._chosen(values)
        change = values["free"] - account.free(values["asset"])
        self._venue.engine.deposit(account, values["asset"], change)
        return _account_view(account)

    async def _account(self, request: Request) -> Any:
        """Open an account: `{key, type, secret | public_key, balances, permissions}`."""
        fields = account_fields(await _json(request))
        key = fields.credential.key
        if self._venue.books.accounts.by_key(key) is not None:
            raise InputError(f"there is an account with the key {key}", field="key")
        return _account_view(self._venue.engine.open_account(*fields))

    async def _faults(self, request: Request) -> Any:
        """Put a table of faults in force, in place of the one before."""
        self._adversary.bring(read_faults(await _json(request)))
        return self._adversary.table.view()

    async def _faults_view(self, _: Request) -> Any:
        """Return the table of faults in force, with how often each fitted and struck."""
        return self._adversary.table.view()

    async def _happening(self, request: Request) -> Any:
        """Let one thing happen now, beside the table in force: a row of a happening."""
        why = self._adversary.happen(read_happening(await _json(request)))
        await self._tick()
        if why:
            raise InputError(why)
        return {}

    async def _state(self, _: Request) -> Any:
        """Return what the exchange looks like from within."""
        venue = self._venue
        symbols = venue.engine.instruments
        return {
            "serverTime": venue.now(),
            "market": venue.market.name,
            "staleSince": venue.market.stale_since(),
            "prices": {
                symbol: amount(last)
                for symbol in symbols
                if (last := venue.market.last_price(symbol)) is not None
            },
            "statuses": {symbol: known.status for symbol, known in symbols.items()},
            "accounts": [
                _account_view(account) | {"openOrders": len(venue.books.orders(account.uid).open())}
                for account in venue.books.accounts
            ],
            "faults": self._adversary.table.view()["faults"],
        }

    def _chosen(self, values: Mapping[str, Any]) -> Account:
        """Return the account of a key, or the only one there is."""
        accounts = list(self._venue.books.accounts)
        if "key" in values:
            found = self._venue.books.accounts.by_key(values["key"])
            if found is None:
                raise InputError(f"there is no account with the key {values['key']}", field="key")
            return found
        if len(accounts) != 1:
            raise InputError(f"expected a key: there are {len(accounts)} accounts", field="key")
        return accounts[0]


def _why_refused(request: Request) -> str:
    """Return why a request may not control the exchange, or an empty text.

    A page in the person's browser can reach loopback: it is known by its Origin, or by a Host
    that is not this machine (a rebound name).
    """
    client = request.client.host if request.client else ""
    if client not in _LOOPBACK:
        return "the control face answers to this machine only"
    if "origin" in request.headers:
        return "the control face does not answer to web pages"
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _HOSTS:
        return f"expected a Host of this machine, was {host!r}"
    return ""


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise InputError("expected a JSON document in the body") from None


def _account_view(account: Account) -> dict[str, Any]:
    return {
        "uid": account.uid,
        "key": account.credential.key,
        "type": account.credential.kind,
        "permissions": list(account.permissions),
        "balances": {
            asset: {"free": amount(balance.free), "locked": amount(balance.locked)}
            for asset, balance in account.balances.items()
        },
    }
