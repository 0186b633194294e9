"""Where the paper exchange listens."""

from tradefleet.adapters.data_folder import DataFolder


def paper_address(folder: DataFolder) -> str:
    """Return its `http://host:port`; empty while it is not running."""
    found = folder.read(folder.exchange_address) or {}
    return f"http://127.0.0.1:{found['port']}" if found.get("port") else ""
