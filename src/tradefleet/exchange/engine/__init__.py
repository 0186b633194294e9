"""The matching engine: what is admitted, what meets whom, what becomes of orders and money."""
