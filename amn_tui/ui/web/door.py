"""Who is let in: requests for this very host, from its own pages, that know the token."""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
TOKEN = "token"  # noqa: S105 (the name of the parameter)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host that one would bind to."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in who comes to `host:port` with `token`; `host` is what the server is bound to."""

    host: str
    port: int
    token: str

    @property
    def cookie(self) -> str:
        """Name the cookie: browsers do not tell the ports of a host apart."""
        return f"amn_tui_{self.port}"

    @property
    def url(self) -> str:
        """Return what to open in the browser."""
        return f"http://{self.place}/?{TOKEN}={self.token}"

    @property
    def place(self) -> str:
        """Return host and port as they stand in an address."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def knows_host(self, host: str) -> bool:
        """Tell whether a Host header names this server: any other name was made to lead here by somebody else."""
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        if is_loopback(self.host):
            return name in LOOPBACK_NAMES
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return host == self.place
        return True

    def knows_token(self, found: str | None) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest((found or "").encode("utf-8", "replace"), self.token.encode())

    def refuse(self, request: web.Request) -> str:
        """Say why a request is not let in; "" when it is."""
        if not self.knows_host(request.headers.get("Host", "")):
            return "another Host"
        origin = request.headers.get("Origin")
        if origin is None and request.path == "/ws":
            return "no Origin"
        if origin is not None and origin != f"http://{request.headers['Host']}":
            return "another Origin"
        known = self.knows_token(request.cookies.get(self.cookie))
        if not known and not (request.path == "/" and self.knows_token(request.query.get(TOKEN))):
            return "no token: open the address that amn-tui serve printed"
        return ""

    def guard(self) -> Middleware:
        """Return the middleware through which everything goes."""

        @web.middleware
        async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
            if reason := self.refuse(request):
                raise web.HTTPForbidden(text=f"403: {reason}\n", headers=HEADERS)
            if request.path == "/" and TOKEN in request.query:
                found = web.Response(status=303, headers={**HEADERS, "Location": "/"})  # the token leaves the address
                found.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict", path="/")
                return found
            return await handler(request)

        return let_in

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Allow a page nothing that is not from here."""
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"font-src 'self'; connect-src 'self' ws://{request.headers.get('Host', '')}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
