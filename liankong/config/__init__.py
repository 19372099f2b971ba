"""How a node is put together: its settings, its database, its keys, its processes."""
