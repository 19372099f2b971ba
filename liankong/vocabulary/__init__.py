"""What the words mean: kinds, identifiers, divisions, spans of time, facts. Imports nothing of the platform."""
