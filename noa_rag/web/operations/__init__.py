"""Running the web: the server, its processes and connections, logs, metrics and traces."""
