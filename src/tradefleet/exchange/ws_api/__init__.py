"""The WebSocket API: `/ws-api/v3`, the REST endpoints by method name, sessions and user data."""
