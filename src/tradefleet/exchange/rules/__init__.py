"""What is allowed and what it costs: filters, counts, weights, fees."""
