"""Every check of the stack, in order; the first that fails ends it."""

import sys
import traceback

import contained
import copies
import job
import proxy
from stack import Host, STACK


def still_works():
    """After everything: the host of the main job runs Codex again."""
    host = Host.__new__(Host)
    host.home = STACK / "host"
    assert host.shell("cdx exec --skip-git-repo-check again").stdout.strip() == "FAKE-ANSWER: again"


def checks():
    for module in (job, proxy, copies, contained):
        for name, check in vars(module).items():
            if name.startswith("check_"):
                yield f"{module.__name__}: {name.removeprefix('check_').replace('_', ' ')}", check
    yield "main: the host still runs Codex", still_works


passed = 0
for what, check in checks():
    try:
        check()
    except Exception:  # noqa: BLE001
        print(f"FAILED {what}", flush=True)
        traceback.print_exc()
        print(f"{passed} passed, 1 failed")
        sys.exit(1)
    passed += 1
    print(f"ok {what}", flush=True)
print(f"{passed} passed, 0 failed")
