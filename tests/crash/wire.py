"""One connection that speaks OP_MSG and nothing else: no retries, no sessions, no monitoring between a test and the server."""
import socket
import struct

import bson


class Closed(Exception):
    """The server has ended the connection: what became of the command is not known."""


class Wire:
    def __init__(self, port, timeout=120):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        except OSError as e:
            raise Closed(str(e)) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = 0

    def close(self):
        self.socket.close()

    def command(self, db, command):
        """The reply, whatever it says."""
        body = bson.encode({**command, "$db": db})
        self.number += 1
        try:
            self.socket.sendall(struct.pack("<iiiiIB", 21 + len(body), self.number, 0, 2013, 0, 0) + body)
            head = self.receive(21)
            return bson.decode(self.receive(struct.unpack_from("<i", head)[0] - 21))
        except TimeoutError:
            raise AssertionError(f"no answer to {str(command)[:300]}") from None
        except OSError as e:
            raise Closed(str(e)) from None

    def receive(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise Closed("end of stream")
            data += more
        return data

    def all(self, db, command):
        """All documents of a cursor; the command must succeed."""
        reply = self.must(db, command)
        name, cursor = next(iter(command.values())), reply["cursor"]
        docs = cursor["firstBatch"]
        while cursor["id"]:
            cursor = self.must(db, {"getMore": bson.Int64(cursor["id"]),
                                    "collection": name if isinstance(name, str) else cursor["ns"].split(".", 1)[1]})["cursor"]
            docs += cursor["nextBatch"]
        return docs

    def must(self, db, command):
        reply = self.command(db, command)
        if reply.get("ok") != 1 or "writeErrors" in reply or "writeConcernError" in reply:
            raise AssertionError(f"{next(iter(command))} failed: {reply}")
        return reply
