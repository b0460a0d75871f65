"""The networks: each one a short table of layers (`Architecture`), all run by one `Network`."""
