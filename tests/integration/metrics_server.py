# SPDX-License-Identifier: Apache-2.0
"""Plays kube-proxy's metrics on 127.0.0.1:10249, well-behaved and not; for proxy_metrics_test.sh.

metrics_server.py MODE FILE   FILE is made when the server listens
"""

import socket
import sys
import time

BODY = (b"# HELP kubernetes_build_info [ALPHA] A metric with a constant '1' value\n"
        b"# TYPE kubernetes_build_info gauge\n"
        b'kubernetes_build_info{buildDate="2020-05-20T12:43:34Z",compiler="gc",'
        b'%s="%s",goVersion="go1.13.9",major="1",minor="18",platform="linux/amd64"} 1\n')
RIGHT = BODY % (b"gitVersion", b"v1.18.3")
NOISE = b"kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"0.001\"} 0\n"


def response(body, status=b"200 OK", headers=b""):
    return (b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain; version=0.0.4\r\n" + headers +
            b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


ANSWERS = {
    "right": response(RIGHT),
    "new-label": response(BODY % (b"git_version", b"v1.18.3")),
    "large": response(NOISE * 1000 + RIGHT + NOISE * 1000),
    "garbage": b"no HTTP at all\n" * 100,
    "binary": bytes(range(256)) * 64,
    "not-found": response(RIGHT, status=b"404 Not Found"),
    "redirect": response(b"", status=b"302 Found", headers=b"Location: http://192.0.2.1/\r\n"),
    "no-label": response(b"kubernetes_build_info{major=\"1\"} 1\n" + NOISE),
    "empty": response(b""),
    "bad-version": response(BODY % (b"gitVersion", b"banana")),
    "half": response(RIGHT)[:-150],
}


def answer(connection, mode):
    if mode == "never":
        time.sleep(1000)
    elif mode == "silent-close":
        return
    elif mode == "split":
        for i in range(0, len(ANSWERS["right"]), 37):
            connection.sendall(ANSWERS["right"][i:i + 37])
            time.sleep(0.005)
    elif mode == "slow":
        for byte in ANSWERS["right"]:
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    elif mode == "endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            connection.sendall(NOISE * 100)
    else:
        connection.sendall(ANSWERS[mode])


def main(mode, ready_file):
    listener = socket.create_server(("127.0.0.1", 10249), backlog=16)
    with open(ready_file, "w", encoding="ascii"):
        pass
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.recv(4096)
                answer(connection, mode)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(4096)
            except OSError:
                pass  # the client had enough


main(*sys.argv[1:])
