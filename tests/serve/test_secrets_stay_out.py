"""No secret that a server ever showed or was shown is in its home or in what it said."""


def searched(install, server):
    """Everything below the home but the link that is written there for its owner, and the server's log."""
    files = [
        path for path in install.home.rglob("*") if path.is_file() and path.name not in {"admin-link", "secret_key"}
    ]
    return {str(path): path.read_bytes() for path in files} | {"log": server.log.encode()}


def test_keys_session_secrets_and_links_are_nowhere_in_the_home_or_the_log(servers, install, tmp_path):
    server = servers(install).wait_until_ready()
    secrets = [server.make_key("alice"), server.make_key("bob")]
    _, resolved = server.call(secrets[0], "workspace_resolve", project_root=str(tmp_path))
    workspace_id = resolved["result"]["structuredContent"]["data"]["workspace_id"]
    _, opened = server.call(
        secrets[0], "session_open", agent_id="alice", workspace_id=workspace_id, idempotency_key="once"
    )
    secrets.append(opened["result"]["structuredContent"]["data"]["session_secret"])
    status, repeated = server.ask(
        "/api/v1/nexus/agents", body={"agent_id": "carol"}, headers={"Idempotency-Key": "once"}
    )
    secrets.append(repeated["data"]["api_key"])
    link = install.run("admin", "link").stdout.strip()
    secrets.append(link.rsplit("/", 2)[1])
    wrong = "nxs_" + "0badc0de" * 6
    for address in (f"/api/v1/nexus/agents?api_key={wrong}", f"/?api_key={wrong}", f"/nope/{wrong}?api%5Fkey={wrong}"):
        server.ask(address)
    server.ask("/api/v1/nexus/agents", headers={"Authorization": f"Bearer {wrong}"})
    server.ask(f"/login/link/{secrets[-1]}/")
    server.stop()
    found = {
        name
        for name, content in searched(install, server).items()
        for secret in [*secrets, wrong]
        if secret.encode() in content
    }
    assert (status, len(set(secrets))) == (200, 5)
    assert all(len(secret) > 30 for secret in secrets)
    assert found == set()
