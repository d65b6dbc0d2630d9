"""The containers: what they may do, what they are told, and that their health can fail."""

import json

from stack import STACK, compose, inside, run, wait_for

LASTING = ("server", "runner", "backup", "database", "caddy")


def containers():
    """What the engine says of each container, by service; the database under one name."""
    ids = compose("ps", "--all", "--quiet").stdout.split()
    found = json.loads(run("docker", "inspect", *ids).stdout)
    named = {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}
    return {("database" if name in ("mysql", "mariadb") else name): one for name, one in named.items()}


def service(name):
    return containers()[name]["Config"]["Labels"]["com.docker.compose.service"]


def check_every_container_has_its_limits():
    for name, one in containers().items():
        limits = one["HostConfig"]
        assert limits["ReadonlyRootfs"] and limits["CapDrop"] == ["ALL"] and not limits["Privileged"], name
        assert "no-new-privileges:true" in limits["SecurityOpt"], name
        assert limits["Memory"] > 0 and limits["PidsLimit"] > 0, name
        assert limits["LogConfig"]["Config"]["max-size"] == "10m", name


def check_nobody_is_root_and_nothing_can_be_written():
    for name in LASTING:
        uid = inside(service(name), "id -u").stdout.strip()
        assert uid != "0", f"{name} runs as {uid}"
        for path in ("/x", "/usr/local/bin/x", "/etc/x"):
            written = inside(service(name), f"touch {path}", ok=False)
            assert written.returncode and "Read-only file system" in written.stderr, f"{name} {path}: {written}"
        status = inside(service(name), "cat /proc/1/status").stdout
        assert "NoNewPrivs:\t1" in status and "CapEff:\t0000000000000000" in status, f"{name}: {status}"


def check_the_database_is_reached_by_those_who_need_it():
    networks = {name: set(one["NetworkSettings"]["Networks"]) for name, one in containers().items()}
    assert networks["database"] == {"codex-auth-data"} and networks["runner"] == {"codex-auth-proofs"}, networks
    assert networks["backup"] == {"codex-auth-data"}, networks
    assert networks["caddy"] == {"codex-auth-front"} and len(networks["server"]) == 3, networks
    assert json.loads(run("docker", "network", "inspect", "codex-auth-data").stdout)[0]["Internal"]
    address = containers()["database"]["NetworkSettings"]["Networks"]["codex-auth-data"]["IPAddress"]
    reach = f"timeout 3 bash -c '</dev/tcp/{address}/3306'"
    assert compose("exec", "-T", "server", "sh", "-c", reach, ok=False).returncode == 0
    assert compose("exec", "-T", "runner", "sh", "-c", reach, ok=False).returncode


def check_only_what_is_meant_is_published():
    published = {
        (name, binding["HostIp"], binding["HostPort"])
        for name, one in containers().items()
        for bindings in one["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    }
    own = {entry for entry in published if entry[0] != "caddy"}
    assert own == {("server", "127.0.0.1", "8488")}, published


def check_no_secret_is_in_an_environment_or_a_log():
    told = run("docker", "inspect", *compose("ps", "--all", "--quiet").stdout.split()).stdout + compose("logs", "--no-color").stdout
    for path in (STACK / "data/secrets").iterdir():
        if path.name != "installation-id":
            assert path.read_text().strip() not in told, path.name
    assert (STACK / "data/state/owner-token").read_text().strip() not in told


def health(name):
    return containers()[name]["State"]["Health"]["Status"]


def check_health_fails_with_the_database_and_comes_back():
    assert {name: health(name) for name in LASTING} == dict.fromkeys(LASTING, "healthy")
    database = service("database")
    compose("stop", database)
    wait_for("the server to be unhealthy", lambda: health("server") == "unhealthy", 90)
    assert run("docker", "inspect", "--format", "{{.State.Running}}", containers()["server"]["Id"]).stdout.strip() == "true"
    compose("start", database)
    wait_for("the server to be healthy again", lambda: health("server") == "healthy", 180)


def check_all_of_it_comes_back_when_the_machine_starts_again():
    """Everything at once: nobody waits for a container that others need."""
    lasting = [containers()[name]["Id"] for name in LASTING]
    run("docker", "kill", *lasting)
    run("docker", "start", *lasting)
    wait_for("all of it", lambda: all(health(name) == "healthy" for name in LASTING), 240)


def check_everything_stays_over_new_containers():
    before = (STACK / "data/state/owner-token").read_text()
    compose("down")
    compose("up", "--detach", "--wait")
    assert (STACK / "data/state/owner-token").read_text() == before
