"""How bytes arrive: one background thread with one event loop, on which every running provider is
one more listening socket (a lane). This floor refuses what HTTP itself refuses (RFC 9112; RFC 6585,
section 5) and hands every other request to the lane's ASGI application. It knows sockets and
uvicorn, and nothing of OAuth.

`host` owns the thread, `lane` one listening socket, `listeners` watches those, `protocol` one
connection, `refusal` what a client is told that does not speak HTTP, `loop` the event loop whose
time no test can stop, `certificates` the CA of TLS lanes, `proxy` the way of clients whose host
names cannot be changed.
"""
