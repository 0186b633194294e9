"""Which coins a headline is about."""

import re

# Names as the press writes them; a ticker counts only in capitals, since many are words.
NAMES = {
    "bitcoin": "BTC",
    "ether": "ETH",
    "ethereum": "ETH",
    "binance coin": "BNB",
    "solana": "SOL",
    "ripple": "XRP",
    "cardano": "ADA",
    "dogecoin": "DOGE",
    "shiba inu": "SHIB",
    "polkadot": "DOT",
    "polygon": "MATIC",
    "avalanche": "AVAX",
    "litecoin": "LTC",
    "chainlink": "LINK",
    "uniswap": "UNI",
    "cosmos": "ATOM",
    "stellar": "XLM",
    "monero": "XMR",
    "tron": "TRX",
    "toncoin": "TON",
}
_NAME = re.compile(rf"\b({'|'.join(sorted(NAMES, key=len, reverse=True))})\b", re.IGNORECASE)
_TICKER = re.compile(rf"\b({'|'.join(sorted(set(NAMES.values())))})\b")


def coins_in(title: str) -> tuple[str, ...]:
    """Return the base assets a title names, sorted; empty = the market as a whole."""
    named = {NAMES[name.lower()] for name in _NAME.findall(title)}
    return tuple(sorted(named | set(_TICKER.findall(title))))
