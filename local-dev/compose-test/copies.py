"""Backups: the service makes one by itself, and it can be opened."""

from stack import STACK, compose, wait_for


def check_a_copy_is_made_tried_and_sealed():
    copies = wait_for("a copy", lambda: list((STACK / "data/backups").glob("*.backup")), 120)
    copy = copies[0]
    assert copy.stat().st_mode & 0o777 == 0o600 and copy.read_bytes().startswith(b"age-encryption.org/"), copy
    words = ("local-dev", "backup", "verify", "--passphrase-file", "/run/secrets/backup-passphrase", f"/backups/{copy.name}")
    said = compose("exec", "-T", "backup", *words).stdout
    assert ": good;" in said, said
    damaged = copy.with_name("damaged.backup")
    damaged.write_bytes(copy.read_bytes()[:-100])
    damaged.chmod(0o644)
    refused = compose("exec", "-T", "backup", *words[:-1], "/backups/damaged.backup", ok=False)
    assert refused.returncode, refused
    damaged.unlink()
