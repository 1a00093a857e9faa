"""One process of single-event producers: `python -m tests.bench.telemetry_client <port> <connections> <events> <seed>`.

Prints one JSON object: seconds, and every latency in milliseconds. Plain sockets, so that the client costs little.
"""

import json
import socket
import sys
import threading
import time

from tests.bench.telemetry_events import events

HEAD = (
    b"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
)


def produce(port: int, requests: list[bytes], latencies: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            begun = time.perf_counter()
            connection.sendall(request)
            answer = connection.recv(4096)
            while b"deduplicated" not in answer:
                more = connection.recv(4096)
                if not more:
                    raise SystemExit(f"the server left: {answer!r}")
                answer += more
            if not answer.startswith(b"HTTP/1.1 202"):
                raise SystemExit(answer.decode())
            latencies.append((time.perf_counter() - begun) * 1000)


def main(port: int, connections: int, count: int, seed: int) -> None:
    texts = [json.dumps(event).encode() for event in events(count, seed=seed)]
    requests = [HEAD % (port, len(text), text) for text in texts]
    latencies: list[float] = []
    shares = [requests[start::connections] for start in range(connections)]
    threads = [threading.Thread(target=produce, args=(port, share, latencies)) for share in shares]
    sys.stdin.readline()  # everybody begins together
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.perf_counter() - begun, "latencies": latencies}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:5]))
