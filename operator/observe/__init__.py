"""What is: the pool and its children in the cluster, and what Redis holds for its queues."""
