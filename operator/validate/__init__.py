"""Checking ReportWorkerPools in files, without a cluster: what the API server and the operator would say, by line."""
