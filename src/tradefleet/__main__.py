"""`python -m tradefleet` is the command `tradefleet`."""

from tradefleet.interfaces.cli import main

if __name__ == "__main__":
    main()
