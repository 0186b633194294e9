"""An exchange whose time moves only when it is told to, and a clock that stands with it."""
