"""A real server process: what it says and whom it answers."""

import socket
import stat

import pytest

from tests.serve.conftest import free_port


def test_readiness_is_announced_in_four_lines(running):
    said = [line for line in running.log.splitlines() if "answers on" in line or "ready" in line]
    assert [line.split()[1] for line in said] == ["MCP", "API", "Dashboard", "Startup"]


def test_a_ready_server_is_alive_and_wants_a_key_for_mcp(running):
    assert running.ask("/livez") == (200, {"status": "alive"})
    assert running.ask("/healthz") == (200, {"status": "alive"})
    assert running.ask("/mcp", body={})[0] == 401


def test_ready_and_metrics_answer_the_local_operator(running):
    status, report = running.ask("/readyz")
    assert (status, report["status"]) == (200, "ready")
    assert "pulse_hub_lag_seconds" in running.ask("/metrics")[1]


def test_metrics_are_not_for_ordinary_agents(running):
    key = running.make_key("curious")
    assert running.ask("/metrics", headers={"X-API-Key": key})[0] == 403
    assert running.ask("/readyz", headers={"X-API-Key": key})[0] == 200


def test_calls_are_counted_by_operation_and_outcome(running):
    key = running.make_key("counted")
    running.call(key, "inbox_count", agent_id="counted")
    running.call(key, "inbox_count")
    text = running.ask("/metrics")[1]
    assert 'pulse_calls_total{operation="inbox_count",outcome="ok"} 1' in text
    assert 'pulse_calls_total{operation="inbox_count",outcome="VALIDATION_ERROR"} 1' in text


def test_everything_in_the_home_is_private(running):
    paths = (running.install.home, *running.install.home.rglob("*"))
    assert not [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_the_first_login_link_goes_to_a_private_file_without_a_terminal(running):
    link = (running.install.home / "admin-link").read_text().strip()
    assert link.startswith(f"{running.base}/login/link/")
    assert link not in running.log


def test_behind_a_proxy_nobody_is_local(install, servers):
    server = servers(install, "--behind-proxy").wait_until_ready()
    paths = ("/livez", "/readyz", "/metrics", "/api/v1/nexus/agents")
    assert [server.ask(path)[0] for path in paths] == [200, 401, 401, 401]


def test_beyond_loopback_the_first_key_is_made_and_works(install, servers):
    server = servers(install, "--host", "0.0.0.0").wait_until_ready()  # noqa: S104 - what is tested
    key = server.log.split("agent `operator`: ")[1].split()[0]
    assert server.ask("/readyz")[0] == 401
    assert server.ask("/readyz", headers={"X-API-Key": key})[0] == 200


def test_the_second_port_serves_agents_only(install, servers):
    port = free_port()
    server = servers(install, "--mcp-port", str(port)).wait_until_ready()
    assert f"MCP Server answers on http://127.0.0.1:{port}/mcp" in server.log
    assert [server.ask(path, port=port)[0] for path in ("/livez", "/admin/", "/static/app/app.css")] == [200, 404, 404]
    assert server.ask("/mcp", body={}, port=port)[0] == 401


def test_a_unix_socket_is_for_its_owner(sqlite_install, servers):
    path = sqlite_install.home.parent / "socket"
    servers(sqlite_install, "--uds", str(path)).wait_until_ready()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_server_on_one_home_is_refused_at_once(running):
    second = running.install.run("serve", "--port", "0")
    assert second.returncode == 1
    assert f"process {running.process.pid} on port {running.port}" in second.stderr


def test_a_taken_port_is_one_sentence_and_code_1(sqlite_install):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = sqlite_install.run("serve", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert refused.stderr.startswith("[pulse] CONFIG_ERROR")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("serve", "--help"), ("help",), ()])
def test_help_is_no_error(sqlite_install, arguments):
    assert sqlite_install.run(*arguments).returncode == 0


def test_help_of_serve_names_the_settings(sqlite_install):
    said = sqlite_install.run("serve", "--help").stdout
    assert "--behind-proxy" in said
    assert "PULSE_PORT" in said
    assert "--api-key" not in said
