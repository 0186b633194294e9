"""What exchangeInfo tells: symbols with their filters, and the limits; read, and kept as told."""
