"""Why a pool has the replicas that it has: what was read, what each target answers, who wins, what holds it back."""
