"""The REST face: `/api/v3`, endpoint by endpoint."""
