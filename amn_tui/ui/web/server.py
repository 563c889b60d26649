"""amn-tui serve: the monitor of one run in the browser; every page that is open has a monitor process of its own."""

import asyncio
import contextlib
import secrets
import shlex
import socket
import sys
from pathlib import Path

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from amn_tui.ui.web.door import Door

MOST_SCREENS = 4
MOST_MESSAGE_BYTES = 1 << 16
SIZES = (20, 400), (5, 200)  # columns and rows
GOODBYE_S = 3.0  # so long may a monitor take to leave, before it is killed
PAGE = Path(__file__).with_name("page.html")


class MonitorServer(Server):
    """textual-serve's server behind a Door, with a page that loads nothing from elsewhere."""

    def __init__(self, door: Door, command: list[str], title: str) -> None:
        """Serve the screen of `command`, which is a Textual app."""
        super().__init__(f"exec {shlex.join(command)}", host=door.host, port=door.port, title=title)
        self.door = door
        self.services: dict[AppService, web.WebSocketResponse] = {}

    async def make_app(self) -> web.Application:
        """Return the application: page, websocket and textual-serve's own static files, and nothing else."""
        app = web.Application(middlewares=[self.door.guard()], client_max_size=MOST_MESSAGE_BYTES)
        app.add_routes(
            [
                web.get("/", self.handle_page),
                web.get("/ws", self.handle_websocket),
                web.static("/static", self.statics_path),
            ]
        )
        app.on_response_prepare.append(self.door.add_headers)
        app.on_shutdown.append(self.end_screens)
        return app

    async def handle_page(self, request: web.Request) -> web.Response:
        """Give the page, whose websocket leads back to the host that it was asked from."""
        host, size = request.headers["Host"], max(8, min(40, to_int(request.query.get("fontsize", "15"), 15)))
        page = PAGE.read_text("utf-8").replace("{websocket}", f"ws://{host}/ws").replace("{size}", str(size))
        return web.Response(text=page, content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a monitor for this page and carry what is typed and drawn, until one of them ends."""
        if len(self.services) >= MOST_SCREENS:
            raise web.HTTPServiceUnavailable(text=f"503: {MOST_SCREENS} screens are open already\n")
        websocket = web.WebSocketResponse(heartbeat=15, max_msg_size=MOST_MESSAGE_BYTES)

        async def close() -> None:
            await websocket.close()

        service = AppService(
            self.command, write_bytes=websocket.send_bytes, write_str=websocket.send_str, close=close,
            download_manager=self.download_manager,
        )  # fmt: skip
        self.services[service] = websocket
        try:
            await websocket.prepare(request)
            width, height = (
                max(low, min(high, to_int(request.query.get(name, ""), default)))
                for name, default, (low, high) in zip(("width", "height"), (80, 24), SIZES, strict=True)
            )
            await service.start(width, height)
            # What is no message of textual-serve's page ends the connection, and nothing else.
            with contextlib.suppress(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError):
                await self._process_messages(websocket, service)
        finally:
            await self._end(service)
        return websocket

    async def _end(self, service: AppService) -> None:
        """Let the monitor leave; kill it when it does not."""
        self.services.pop(service, None)
        process = service._process  # noqa: SLF001 (textual-serve gives no other way to a process that hangs)
        try:
            await asyncio.wait_for(service.stop(), GOODBYE_S)
        except (TimeoutError, OSError, RuntimeError):
            pass
        finally:
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def end_screens(self, _app: web.Application) -> None:
        """End every monitor that is open."""
        for service, websocket in list(self.services.items()):
            await websocket.close()
            await self._end(service)


def serve_run(path: Path, *, host: str, port: int, allow_abort: bool) -> int:
    """Serve until Ctrl-C; print the address. Raises OSError when the port cannot be had."""
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    door = Door(host, listening.getsockname()[1], secrets.token_urlsafe(32))
    command = [sys.executable, "-P", "-m", "amn_tui.ui.web.screen", str(path)]
    command += ["--allow-abort"] if allow_abort else []
    server = MonitorServer(door, command, path.name)
    sys.stdout.write(f"{door.url}\n")
    sys.stdout.flush()
    web.run_app(server.make_app(), sock=listening, print=None, access_log=None, shutdown_timeout=GOODBYE_S)
    return 0
