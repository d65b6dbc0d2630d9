"""The main job: sign in, give the server a login, let a host run the real Codex, see what it used."""

import json
import subprocess

from stack import ADMIN, CERTIFICATES, CODEX, OPENAI, Host, admin, call, fingerprint, owner_token, run, wait_for


def check_the_first_owner_signs_in_and_registers_a_certificate():
    stranger = call(f"{ADMIN}/admin/session", cert="ada")
    assert stranger.status == 401, f"signed by the CA, and not registered yet: {stranger}"
    answer = call(f"{ADMIN}/admin/session", "-H", f"origin: {ADMIN}", cert="ada", method="POST", body={"token": owner_token()})
    cookie = answer.headers.get("set-cookie", "").split(";")[0]
    assert answer.status == 200 and cookie, answer
    assert call(f"{ADMIN}/admin/session", "-b", cookie, cert="ada").status == 200
    body = {"name": "ada", "role": "owner", "fingerprint": fingerprint("ada")}
    admin("POST", "/admin/access/certificates", body, token=owner_token())
    admin("GET", "/admin/session")


def check_the_dashboard_is_there():
    page = call(f"{ADMIN}/admin/", cert="ada")
    assert page.status == 200 and "/admin/assets/" in page.text, f"it was built into the image: {page}"
    assert call(f"{ADMIN}/", cert="ada").headers["location"] == "/admin/"


def check_a_login_is_seeded_and_the_runner_proves_it():
    login = run("curl", "-sS", "-H", "content-type: application/json", "-d", "{}", f"{OPENAI}/_fake/login").stdout
    laptop = Host("laptop")
    (laptop.home / ".codex/auth.json").write_text(login)
    laptop.shell(admin("POST", "/admin/auth/seed-command")["command"])
    said = admin("POST", "/admin/runner/run")
    assert said["verdict"] == "verified" and said["codex_version"] == CODEX, said


def check_a_host_installs_cdx_and_runs_codex_and_its_usage_arrives():
    admin("POST", "/admin/codex-version", {"selection": CODEX})
    host = Host("host")
    command = admin("POST", "/admin/hosts/register", {"fqdn": "host.example"})["installer"]["command"]
    assert "https://codex.test/" in command, command
    host.shell(command)
    ran = host.shell("cdx exec --skip-git-repo-check hello")
    assert ran.stdout.strip() == "FAKE-ANSWER: hello", f"{ran.stdout}{ran.stderr}"
    login = json.loads((host.home / ".codex/auth.json").read_text())
    assert login["tokens"]["refresh_token"].startswith("cdxr_"), "no real refresh token reaches a host"
    # What a run used goes with the next request.
    host.shell("cdx --sync")
    rows = wait_for("the usage", lambda: admin("GET", "/admin/usage")["usages"], 30)
    assert rows[0]["fqdn"] == "host.example" and rows[0]["total"] > 0, rows[0]


def check_events_stream_through_the_proxy():
    words = ["curl", "-q", "-sSN", "-m", "30", "--compressed", "--cacert", CERTIFICATES / "servers.crt"]
    words += ["--cert", CERTIFICATES / "ada.crt", "--key", CERTIFICATES / "ada.key", f"{ADMIN}/admin/events"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as reading:
        try:
            lines = (line.strip() for line in reading.stdout if line.startswith("data:"))
            assert next(lines) == "data: []", "the first event comes at once"
            admin("POST", "/admin/cdx-silent", {"silent": True})
            assert "fleet" in next(lines), "a change is told while the answer goes on"
        finally:
            reading.kill()
