"""Caddy: who gets to the administrators' name, and what callers cannot say."""

from stack import ADMIN, CERTIFICATES, HOSTS, STACK, PROJECT, admin, call, compose, fingerprint, inside, run

SPOOFED = "203.0.113.9"
HEADER = "X-MTLS-Fingerprint"


def refused_by_the_handshake(answer, alert):
    assert answer.status == 0 and f"alert {alert}" in answer.error, answer


def check_without_a_certificate_that_the_ca_signed_there_is_no_handshake():
    for cert, alert in ((None, "certificate required"), ("stranger", "unknown ca"), ("expired", "certificate expired")):
        for path in ("/admin/session", "/admin/", "/healthz", "/"):
            refused_by_the_handshake(call(f"{ADMIN}{path}", cert=cert), alert)
    for cert, alert in ((None, "handshake failure"), ("stranger", "unknown ca")):
        refused_by_the_handshake(call(f"{ADMIN}/admin/session", "--tls-max", "1.2", cert=cert), alert)


def check_a_certificate_that_nobody_registered_does_not_administer():
    answer = call(f"{ADMIN}/admin/session", cert="unregistered")
    assert answer.status == 401, answer
    assert admin("GET", "/admin/session")["name"] == "ada"


def check_a_caller_cannot_say_whose_certificate_it_has():
    for name in (HEADER, HEADER.lower(), "X-Mtls-Fingerprint"):
        spoof = ("-H", f"{name}: {fingerprint('ada').replace(':', '').lower()}", "-H", f"{name}: {fingerprint('ada')}")
        assert call(f"{ADMIN}/admin/session", *spoof, cert="unregistered").status == 401
        assert call(f"{HOSTS}/admin/session", *spoof).status == 403


def check_another_name_in_the_handshake_is_no_way_round():
    for options in ((), ("-H", f"{HEADER}: {fingerprint('ada')}")):
        fronted = call(f"{HOSTS}/admin/session", "-H", "host: admin.test", *options)
        assert fronted.status == 421, fronted
        nameless = call("https://127.0.0.1/admin/session", "-k", "-H", "host: admin.test", *options)
        assert nameless.status in (0, 421), nameless


def check_administration_is_not_at_the_hosts_name():
    for path in ("/admin", "/admin/", "/admin/session", "/ADMIN/session", "//admin/session", "/%61dmin/session", "/x/../admin/session"):
        answer = call(f"{HOSTS}{path}", "--path-as-is")
        assert answer.status == 403 and answer.json["code"] == "admin_elsewhere", f"{path}: {answer}"
    assert call(f"{HOSTS}/versions").status == 200
    elsewhere = call(f"{ADMIN}/sync", cert="ada", method="POST", body={})
    assert elsewhere.status == 404 and elsewhere.json["code"] == "not_found", elsewhere


def the_hosts_key():
    """The key of the main job's host, and the address that the server has bound it to."""
    conf = (STACK / "host/.config/cdx/host.conf").read_text()
    key = next(line for line in conf.splitlines() if line.startswith("cdx_key=")).split("=", 1)[1].strip("'")
    bound = next(host for host in admin("GET", "/admin/hosts")["hosts"] if host["fqdn"] == "host.example")["bound_ipv4"]
    return key, bound


def check_a_caller_cannot_say_where_it_calls_from():
    spoof = ("-H", f"X-Forwarded-For: {SPOOFED}", "-H", f"X-Real-IP: {SPOOFED}", "-H", f"Forwarded: for={SPOOFED}")
    key, bound = the_hosts_key()
    assert bound not in ("10.231.88.2", SPOOFED), f"the host calls from elsewhere, not from {bound}"
    # A host that is bound to one address is refused from another.
    assert call(f"{HOSTS}/wrapper", *spoof, "-H", f"X-API-Key: {key}").status == 200
    answer = call(f"{ADMIN}/admin/cdx-silent", *spoof, cert="ada", method="POST", body={"silent": False})
    assert answer.status == 200, answer
    audit = call(f"{ADMIN}/admin/audit", cert="ada").text
    assert bound in audit and SPOOFED not in audit


def from_a_container(request_headers, path):
    """The status that a container beside Caddy gets from the server."""
    request = "".join(f"{line}\\r\\n" for line in (f"GET {path} HTTP/1.1", "host: server", "connection: close", *request_headers))
    script = f"exec 3<>/dev/tcp/server/8488 && printf '{request}\\r\\n' >&3 && read -r _ status _ <&3 && echo $status"
    return int(run("docker", "run", "--rm", "--network", "codex-auth-front", "debian:bookworm-slim", "bash", "-c", script).stdout)


def check_a_container_that_is_not_the_proxy_is_not_believed():
    assert from_a_container([f"{HEADER}: {fingerprint('ada')}"], "/admin/session") == 401
    key, bound = the_hosts_key()
    assert from_a_container([f"X-API-Key: {key}", f"X-Forwarded-For: {bound}"], "/wrapper") == 403
    # The same words from Caddy's address count: what is refused above is who says them.
    believed = f"wget -q -O - --header '{HEADER}: {fingerprint('ada')}' http://server:8488/admin/session"
    assert '"ada"' in inside("caddy", believed).stdout


def check_what_is_on_every_answer():
    plain = call("http://codex.test/versions")
    assert plain.status == 308 and plain.headers["location"].startswith("https://codex.test/"), plain
    for url, cert in ((f"{HOSTS}/versions", None), (f"{ADMIN}/admin/", "ada"), (f"{HOSTS}/admin", None)):
        answer = call(url, "--http2", cert=cert)
        assert answer.version == "HTTP/2" and answer.headers["strict-transport-security"] == "max-age=31536000", answer
        assert "h3=" in answer.headers["alt-svc"] and "server" not in answer.headers, answer
    packed = call(f"{HOSTS}/openapi.json", "--raw", "-H", "accept-encoding: zstd, gzip", "-o", "/dev/null", "-D", "-")
    assert packed.headers["content-encoding"] == "zstd", packed
    old = call(f"{HOSTS}/versions", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
    assert old.status == 0, old


def settings(**changes):
    """Caddy again, with other settings."""
    path = PROJECT / ".env"
    lines = [line for line in path.read_text().splitlines() if line.split("=")[0] not in changes]
    path.write_text("\n".join(lines + [f"{name}={value}" for name, value in changes.items()]) + "\n")
    compose("up", "--detach", "--wait", "caddy")


def check_the_other_modes():
    settings(CADDY_TLS="internal", ADMIN_MTLS="off")
    root = STACK / "data/caddy/caddy/pki/authorities/local/root.crt"
    assert call(f"{HOSTS}/versions", cacert=root).status == 200
    spoofed = call(f"{ADMIN}/admin/session", "-H", f"{HEADER}: {fingerprint('ada')}", cacert=root)
    assert spoofed.status == 401, f"without client certificates nobody has one: {spoofed}"
    settings(CADDY_TLS="internal", ADMIN_MTLS="required")
    refused_by_the_handshake(call(f"{ADMIN}/admin/session", cacert=root), "certificate required")
    assert call(f"{ADMIN}/admin/session", cacert=root, cert="ada").status == 200
    acme = compose("exec", "-T", "-e", "CADDY_TLS=acme", "-e", "CADDY_ACME_EMAIL=ops@example.com", "caddy", "caddy", "adapt", "--config", "/etc/caddy/Caddyfile")
    assert '"email":"ops@example.com"' in acme.stdout and "require_and_verify" in acme.stdout
    wrong = compose("exec", "-T", "-e", "ADMIN_MTLS=maybe", "caddy", "caddy", "adapt", "--config", "/etc/caddy/Caddyfile", ok=False)
    assert wrong.returncode and "clients-maybe.caddy" in wrong.stderr, wrong
    settings(CADDY_TLS="files", ADMIN_MTLS="required")
    assert call(f"{ADMIN}/admin/session", cert="ada", cacert=CERTIFICATES / "servers.crt").status == 200
