// A machine with nothing on it: a home of its own, where the install command puts a real cdx and a real Codex.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A bare machine whose Codex talks to the fake OpenAI at `openai`. Nothing of it leaves its home. */
export function machine(openai) {
  const home = mkdtempSync(join(tmpdir(), "cac-machine-"));
  const bin = join(home, ".local/bin");
  mkdirSync(join(home, ".codex"));
  writeFileSync(
    join(home, ".codex/config.toml"),
    `openai_base_url = "${openai}/v1"\nchatgpt_base_url = "${openai}/backend-api"\ncheck_for_update_on_startup = false\ncli_auth_credentials_store = "file"\n[analytics]\nenabled = false\n`,
  );
  const env = { HOME: home, PATH: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, USER: "tester", CDX_INSTALL_DIR: bin, OPENAI_BASE_URL: `${openai}/v1` };
  /** Runs a line in its shell; gives what it printed, and fails when the line does. */
  const shell = (line) =>
    new Promise((done, failed) => {
      const child = spawn("sh", ["-c", line], { cwd: home, env, stdio: ["ignore", "pipe", "pipe"] });
      let [out, err] = ["", ""];
      child.stdout.on("data", (data) => (out += data));
      child.stderr.on("data", (data) => (err += data));
      child.once("error", failed);
      child.once("close", (code) => (code === 0 ? done(out) : failed(new Error(`${line}: ${code}\n${out}${err}`))));
    });
  return { shell, remove: () => rmSync(home, { recursive: true, force: true }) };
}
