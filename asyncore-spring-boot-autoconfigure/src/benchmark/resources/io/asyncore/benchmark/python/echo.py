"""The same with Python's own asyncore, which is in Python up to 3.11."""
import warnings

warnings.simplefilter("ignore")

import asyncore
import os
import socket
import sys
import threading


class Echo(asyncore.dispatcher_with_send):

    def handle_read(self):
        self.send(self.recv(65536))


class Server(asyncore.dispatcher):

    def __init__(self):
        super().__init__()
        self.create_socket()
        self.bind(("127.0.0.1", 0))
        self.listen(1024)

    def handle_accepted(self, connection, address):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Echo(connection)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


server = Server()
print("PORT", server.socket.getsockname()[1], flush=True)
threading.Thread(target=end_with_input, daemon=True).start()
# select() takes no more than 1,024 descriptors
asyncore.loop(use_poll=True)
