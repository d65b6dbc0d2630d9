# shellcheck shell=bash
# The stack of this test: a copy of the repository with an .env, secrets and certificates of its own, and an OpenAI beside it.

prepare_stack() {
  export stack=
  stack=$(mktemp -d /tmp/cac-stack.XXXXXX)
  mkdir "$stack/repository"
  git ls-files -co --exclude-standard -z | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar -C "$stack/repository" -xf -
  run_as=$(id -u):$(id -g)
  [ "$(id -u)" -ne 0 ] || run_as=10001:10001
  make_secrets "$stack/data/secrets"
  local-dev/compose-test/certificates "$stack/data" "$stack/certificates"
  [ "$(id -u)" -ne 0 ] || chown -R "$run_as" "$stack/data/secrets" "$stack/data/tls" "$stack/data/mtls"
  write_settings >"$stack/repository/local-dev/.env"
  write_override >"$stack/repository/local-dev/compose.override.yaml"
  printf '127.0.0.1 localhost codex.test admin.test openai.test\n::1 localhost\n' >"$stack/hosts"
  start_openai
}

make_secrets() {
  mkdir -p "$1"
  local password name
  password=$(openssl rand -hex 24)
  openssl rand -base64 32 >"$1/encryption-key"
  cat /proc/sys/kernel/random/uuid >"$1/installation-id"
  printf 'mysql://codex:%s@database:3306/codex_auth\n' "$password" >"$1/database-url"
  printf '%s\n' "$password" >"$1/database-password"
  for name in database-root-password runner-secret backup-passphrase; do openssl rand -hex 24 >"$1/$name"; done
  chmod 0400 "$1"/*
}

write_settings() {
  cat <<END
DATA_ROOT=$stack/data
RUN_AS=$run_as
COMPOSE_PROFILES=$database,runner,caddy,backup
PUBLIC_BASE_URL=https://codex.test
ADMIN_BASE_URL=https://admin.test
HOST_DOMAIN=codex.test
ADMIN_DOMAIN=admin.test
CADDY_TLS=files
ADMIN_MTLS=required
AUTH_RUNNER_URL=http://runner:8080/verify
RUNNER_OPENAI_BASE_URL=http://openai.test:9931/v1
RUNNER_CHATGPT_BASE_URL=http://openai.test:9931/backend-api
CODEX_RELEASES_API_URL=http://openai.test:9931
OPENAI_TOKEN_URL=http://openai.test:9931/oauth/token
CHATGPT_BASE_URL=http://openai.test:9931/backend-api
END
}

# Where this test's OpenAI is: on the machine that has the engine.
write_override() {
  cat <<END
services:
  server: { extra_hosts: ["openai.test:host-gateway"] }
  runner: { extra_hosts: ["openai.test:host-gateway"] }
END
}

start_openai() {
  "${world[@]}" "${CARGO_TARGET_DIR:-target}/debug/fake-openai" --host 0.0.0.0 --port 9931 --cache "$cache" --releases "$cache/releases" \
    --make-release "$codex" >"$stack/openai.log" 2>&1 &
  openai=$!
  wait_until 120 "the fake OpenAI (its log is $stack/openai.log)" "${world[@]}" curl -fs http://127.0.0.1:9931/_fake/state
}

compose() { docker compose --project-directory "$stack/repository/local-dev" "$@"; }

# in_world COMMAND …: where the stack's ports are, and its names known.
in_world() {
  local alone=(unshare --mount)
  [ "$(id -u)" -eq 0 ] || alone=(unshare --map-root-user --mount)
  # shellcheck disable=SC2016
  "${world[@]}" "${alone[@]}" bash -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$stack/hosts" "$@"
}

show_stack() {
  [ -n "${stack:-}" ] || return 0
  compose ps --all >&2 || true
  compose logs --tail 30 >&2 || true
}

stop_stack() {
  [ -n "${stack:-}" ] || return 0
  compose down --volumes --timeout 5 >/dev/null 2>&1 || true
  kill "${openai:-}" 2>/dev/null || true
  rm -rf "$stack"
}
