"""One port for a multi-worker Odoo, as a reverse proxy gives it in production.

    proxy.py LISTEN HTTP WEBSOCKET

With workers, Odoo serves pages on one port and websockets on another, and logs an error
when a browser asks the first for a websocket. A connection belongs to one of them for
its whole life (browsers open a new one for a websocket), so looking at the first line
of each connection is enough. Loopback only; for development and tests.
"""

import asyncio
import contextlib
import sys

CHUNK = 1 << 16


async def pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


async def serve(client_reader, client_writer, http, websocket):
    writers = [client_writer]
    try:
        first = await client_reader.readline()
        if not first:
            return
        port = websocket if b" /websocket" in first else http
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        writer.write(first)
        # Either side may close first; what the other still has to say is passed on.
        await asyncio.gather(pump(client_reader, writer), pump(reader, client_writer))
    except (OSError, ValueError):
        pass  # nobody to tell: the browser sees a closed connection
    finally:
        for each in writers:
            each.close()


async def main(listen, http, websocket):
    connections = set()  # the loop itself remembers its tasks weakly

    def connected(reader, writer):
        task = asyncio.create_task(serve(reader, writer, http, websocket))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*map(int, sys.argv[1:4])))
