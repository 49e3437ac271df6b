"""Where a process is reached."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_and_port(address: str) -> tuple[str, int]:
    """Of `host:port`, `tcp://host:port` or `http://host:port`; an IPv6 host stands in brackets."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not parts.hostname or not port:
        raise ValueError(f'"{address}" is no host:port')
    return parts.hostname, port


def written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
