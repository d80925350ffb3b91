"""One request to a test server.

Rules of the file
- Nothing is retried and no status is an error: a test asks what the server says.
- http.client and not our own door, which is what the tests test.
"""

from __future__ import annotations

import http.client
import json
import ssl

from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from vault_binance.redacted import Redacted


def call(
    address: str,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: Redacted | None = None,
    cacert: Path | None = None,
    timeout: float = 10.0,
) -> tuple[int, Any]:
    """Make one request below /v1/: the status, and the JSON of the answer or None. OSError where there is no answer."""
    headers: dict[str, Any] = Hidden({"X-Vault-Request": "true"})
    if token and token.reveal():
        headers["X-Vault-Token"] = token.reveal()
    connection = _connect(address, cacert, timeout)
    try:
        connection.request(method, f"/v1/{path}", None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"{address} sent no proper answer: {error!r}") from None
    except OSError as error:
        raise error.with_traceback(None) from None  # http.client's frames have the token in clear
    finally:
        connection.close()
    return answer.status, json.loads(text) if text else None


def health(address: str, cacert: Path | None = None) -> int:
    """Return the status of sys/health: 200 active, 501 not initialised, 503 sealed; 0 where there is no answer."""
    try:
        return call(address, "GET", "sys/health", cacert=cacert, timeout=2.0)[0]
    except OSError:
        return 0


def _connect(address: str, cacert: Path | None, timeout: float) -> http.client.HTTPConnection:
    host = address.partition("://")[2]
    if cacert is None:
        return http.client.HTTPConnection(host, timeout=timeout)
    return http.client.HTTPSConnection(host, timeout=timeout, context=ssl.create_default_context(cafile=cacert))
