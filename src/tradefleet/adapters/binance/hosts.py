"""Where each mode's exchange is: three addresses, never derived from one another."""

from dataclasses import dataclass

from tradefleet.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of one exchange.

    Attributes:
        rest: root of REST; `/api/v3/...` is added.
        ws_api: the WebSocket API, for the account stream.
        streams: root of the market streams; `/stream` is added.
    """

    rest: str
    ws_api: str
    streams: str


HOSTS: dict[str, Hosts] = {
    "testnet": Hosts(
        "https://testnet.binance.vision",
        "wss://ws-api.testnet.binance.vision/ws-api/v3",
        "wss://stream.testnet.binance.vision",
    ),
    "binance-demo": Hosts(
        "https://demo-api.binance.com",
        "wss://demo-ws-api.binance.com/ws-api/v3",
        "wss://demo-stream.binance.com",
    ),
    "live": Hosts(
        "https://api.binance.com",
        "wss://ws-api.binance.com/ws-api/v3",
        "wss://stream.binance.com:9443",
    ),
}


def hosts(mode: str, paper_url: str = "") -> Hosts:
    """Return the addresses of a mode.

    Args:
        mode: paper, testnet, binance-demo or live.
        paper_url: the built-in exchange's `http://host:port`, for paper; one port serves all three.

    Raises:
        SettingsError: the mode is unknown, or paper has no address.
    """
    if mode == "paper":
        if not paper_url.startswith("http"):
            raise SettingsError(
                f"expected the paper exchange's address, was {paper_url!r}: start it with"
                " `tradefleet exchange` or `tradefleet up`"
            )
        root = paper_url.rstrip("/")
        socket = "ws" + root.removeprefix("http")
        return Hosts(root, f"{socket}/ws-api/v3", socket)
    if mode not in HOSTS:
        known = ", ".join(("paper", *HOSTS))
        raise SettingsError(f"TRADING_MODE: expected one of {known}, was {mode!r}")
    return HOSTS[mode]
