"""Ways to give a bot a process of its own; always an argument list, never a shell string."""
