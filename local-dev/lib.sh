# shellcheck shell=bash
# What the scripts here share: where things are, and installing and fetching what is missing.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

die() { printf 'local-dev: %s\n' "$*" >&2; exit 1; }

# need COMMAND PACKAGE …: installs the packages whose commands are not there, or says what to install.
need() {
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  if ! command -v apt-get >/dev/null 2>&1 || ! "${as_root[@]}" true 2>/dev/null; then
    die "please install these first: ${missing[*]} (Debian and Ubuntu package names)"
  fi
  printf 'local-dev: installing %s\n' "${missing[*]}" >&2
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "these packages could not be installed: ${missing[*]}"
  fi
  rm -f "$log"
}

step() { printf '\n==> %s\n' "$*" >&2; }

# fetch_codex VERSION …: npm packages of Codex, once. Downloads stay in the user's cache folder, never in the repository.
fetch_codex() {
  export CODEX_AUTH_CENTRAL_CACHE=${CODEX_AUTH_CENTRAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/codex-auth-central}
  mkdir -p "$CODEX_AUTH_CENTRAL_CACHE/npm"
  local version
  for version; do
    [ -f "$CODEX_AUTH_CENTRAL_CACHE/npm/openai-codex-$version.tgz" ] && continue
    step "fetching Codex $version (once)"
    (cd "$CODEX_AUTH_CENTRAL_CACHE/npm" && mkdir -p new && npm pack --silent --pack-destination new "@openai/codex@$version" && mv new/* .)
  done
}

# need_node: the dashboard's tools want Node 20.19 or newer. Distributions may have an older one; npm has newer ones.
need_node() {
  need node nodejs npm npm
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' && return
  local folder=${CODEX_AUTH_CENTRAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/codex-auth-central}/node-22
  if [ ! -x "$folder/node_modules/node/bin/node" ]; then
    step "fetching Node 22 (once): this machine has $(node --version)"
    npm install --silent --no-save --prefix "$folder" node@22
  fi
  PATH=$folder/node_modules/node/bin:$PATH
}

# build_dashboard: admin-static/dist, which the admin function holds; only when something it is made of has changed.
build_dashboard() {
  need_node
  local stamp=admin-static/node_modules/.built-from sum
  sum=$(find admin-static docs/openapi.json \( -name node_modules -o -name dist -o -name schema.d.ts \) -prune -o -type f -print0 | sort -z | xargs -0 cksum | cksum)
  [ -f admin-static/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
  step "building the dashboard"
  npm --prefix admin-static ci --no-audit --no-fund --loglevel=error >&2
  npm --prefix admin-static run --silent build >&2
  printf '%s' "$sum" >"$stamp"
}

# find_chromium: sets CHROMIUM for the dashboard's tests, and installs one where that can be done.
find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    [ -n "${CHROMIUM:-}" ] && break
    CHROMIUM=$(command -v "$name" || true)
  done
  if [ -z "${CHROMIUM:-}" ]; then
    need chromium chromium
    CHROMIUM=$(command -v chromium)
  fi
  export CHROMIUM
}

command -v cargo >/dev/null 2>&1 || PATH="$HOME/.cargo/bin:$PATH"
command -v cargo >/dev/null 2>&1 || die "Rust is not installed: see https://rustup.rs, then run this again"
