"""When a request came: the layer around the faces may hold one up and tell them of it."""

ARRIVED = "arrived"
"""Key of an ASGI scope: UTC milliseconds by which a request's age is judged; absent = now."""
