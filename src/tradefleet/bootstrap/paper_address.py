"""Where the paper exchange listens."""

from tradefleet.adapters.data_folder import DataFolder


def paper_address(folder: DataFolder) -> str:
    """Return its `http://host:port`, while it is down the last one; empty if it never ran."""
    port = paper_port(folder)
    return f"http://127.0.0.1:{port}" if port else ""


def paper_port(folder: DataFolder) -> int:
    """Return the port it listens on, or listened on last; 0 if it never ran."""
    now = folder.read(folder.exchange_address) or {}
    last = folder.read(folder.market) or {}
    return int(now.get("port") or last.get("port") or 0)
