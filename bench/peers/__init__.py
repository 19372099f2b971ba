"""What runs on a peer's side: each script by the interpreter that has the peer installed, and by nothing else."""
