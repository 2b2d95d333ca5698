"""The Grafana dashboard of the chart."""
