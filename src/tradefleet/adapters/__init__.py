"""How the world is met: one package for each thing outside."""
