"""Where headlines come from, and who reads them. Fetched and scored once for the whole fleet."""
