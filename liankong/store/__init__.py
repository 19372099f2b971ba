"""The only Django app: rows by stage, the log, and who may see what."""
