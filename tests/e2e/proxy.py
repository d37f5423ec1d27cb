"""A reverse proxy as a department has it: it serves what lies below a prefix, strips the prefix or keeps it, and passes WebSockets on."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType

NOT_HERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LOGIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<p>Log in</p>"


class Proxy(socketserver.ThreadingTCPServer):
    """`with Proxy(port, "/user/ann") as proxy`: threads of its own; `proxy.url` is the prefix as browsers see it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int, prefix: str, *, strip: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.upstream, self.prefix, self.strip = upstream, prefix, strip
        self.url = f"http://127.0.0.1:{self.server_address[1]}{prefix}"
        self.behind_a_login = ""  # paths that hold this get a login page instead

    def __enter__(self) -> Proxy:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Connection(socketserver.StreamRequestHandler):
    """One request, unless it becomes a WebSocket."""

    server: Proxy

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            first, *fields = self._head()
            method, path, version = first.split(" ")
            if self.server.behind_a_login and self.server.behind_a_login in path:
                self.wfile.write(LOGIN)
            elif not path.startswith(self.server.prefix + "/"):
                self.wfile.write(NOT_HERE)
            else:
                wanted = path.removeprefix(self.server.prefix) if self.server.strip else path
                self._pass_on([f"{method} {wanted} {version}", *fields])

    def _head(self) -> list[str]:
        lines = []
        while line := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            lines.append(line)
        return lines

    def _pass_on(self, head: list[str]) -> None:
        if not any(field.lower().startswith("upgrade:") for field in head):
            head = [field for field in head if not field.lower().startswith("connection:")] + ["Connection: close"]
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as there:
            there.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
            forth = threading.Thread(target=self._forth, args=(there,), daemon=True)
            forth.start()
            while block := there.recv(65536):
                self.wfile.write(block)
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            forth.join()

    def _forth(self, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := self.rfile.read1(65536):
                there.sendall(block)
            there.shutdown(socket.SHUT_RDWR)
