"""The market streams: `/ws` and `/stream`."""
