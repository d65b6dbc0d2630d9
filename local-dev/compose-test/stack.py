"""What the checks share: the stack, calls through its proxy, and hosts that use it."""

import json
import os
import subprocess
import time
from pathlib import Path

STACK = Path(os.environ["stack"])
CERTIFICATES = STACK / "certificates"
PROJECT = STACK / "repository/local-dev"
HOSTS, ADMIN, OPENAI = "https://codex.test", "https://admin.test", "http://openai.test:9931"
CODEX = "0.169.0"


def run(*words, env=None, ok=True, cwd=None, text=None):
    """A program's end; with `ok` it has to be a good one."""
    done = subprocess.run([str(word) for word in words], env=env, cwd=cwd, input=text, capture_output=True, text=True, timeout=300)
    if ok and done.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def compose(*words, **how):
    return run("docker", "compose", "--project-directory", PROJECT, *words, **how)


def inside(service, script, **how):
    """A line of shell in a container."""
    return compose("exec", "-T", service, "sh", "-c", script, **how)


class Answer:
    """Status 0: there was none, and `error` says why."""

    def __init__(self, done):
        *rest, self.status = done.stdout.rsplit("\n", 1)
        self.status, self.error = int(self.status), done.stderr
        head, _, self.text = rest[0].replace("\r\n", "\n").partition("\n\n") if rest else ("", "", "")
        lines = [line.split(": ", 1) for line in head.split("\n")[1:] if ": " in line]
        self.version = head.split(" ", 1)[0]
        self.headers = {name.lower(): value for name, value in lines}

    @property
    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.text[:300]} {self.error}"


def call(url, *options, cert=None, cacert=CERTIFICATES / "servers.crt", method="GET", body=None, token=None):
    """One request by curl, with a client certificate when one is named."""
    words = ["curl", "-q", "-sS", "-i", "-m", "20", "-X", method, "--cacert", cacert, "-w", "\n%{http_code}", *options]
    if cert:
        words += ["--cert", CERTIFICATES / f"{cert}.crt", "--key", CERTIFICATES / f"{cert}.key"]
    if body is not None:
        words += ["-H", "content-type: application/json", "-d", json.dumps(body)]
    secret = f'header = "authorization: Bearer {token}"\n' if token else ""
    return Answer(run(*words, "-K", "-", url, ok=False, text=secret))


def owner_token():
    return (STACK / "data/state/owner-token").read_text().strip()


def admin(method, path, body=None, cert="ada", token=None):
    """What the owner is answered at the administrators' name."""
    answer = call(f"{ADMIN}{path}", cert=cert, method=method, body=body, token=token)
    assert answer.status == 200 and answer.json["status"] == "ok", f"{method} {path}: {answer}"
    return answer.json["data"]


def fingerprint(cert):
    text = run("openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", CERTIFICATES / f"{cert}.crt").stdout
    return text.split("=", 1)[1].strip()


def wait_for(what, holds, seconds=60):
    limit = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < limit, f"waited in vain for {what}"
        time.sleep(0.5)
    return found


class Host:
    """A machine of somebody's: a home, and the variables of its own."""

    def __init__(self, name):
        self.name, self.home = name, STACK / name
        (self.home / ".codex").mkdir(parents=True)
        (self.home / ".codex/config.toml").write_text(
            f'openai_base_url = "{OPENAI}/v1"\nchatgpt_base_url = "{OPENAI}/backend-api"\ncheck_for_update_on_startup = false\n'
            'cli_auth_credentials_store = "file"\n[analytics]\nenabled = false\n'
        )

    def shell(self, line, ok=True):
        authority = str(CERTIFICATES / "servers.crt")
        env = {
            "HOME": str(self.home),
            "USER": "tester",
            "PATH": f"{self.home}/.local/bin:/usr/local/bin:/usr/bin:/bin",
            "CDX_INSTALL_DIR": f"{self.home}/.local/bin",
            "OPENAI_BASE_URL": f"{OPENAI}/v1",
            # The first line of an installer is plain curl.
            "CURL_CA_BUNDLE": authority,
            "CDX_CACERT": authority,
        }
        return run("bash", "-c", line, env=env, ok=ok, cwd=self.home)
