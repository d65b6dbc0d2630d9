#!/bin/sh
# Installs cdx and the Codex the server names on one host. Everything is in functions: a cut download does nothing.
set -u
umask 077
base=__CDX_BASE__
key=__CDX_KEY__
fqdn=__CDX_FQDN__
installation=__CDX_INSTALLATION__
ipv4=__CDX_IPV4__
insecure_tls=__CDX_INSECURE_TLS__
wrapper_sha=__CDX_WRAPPER_SHA__
public_key=__CDX_SIGNER__

step() { printf 'cdx: %s\n' "$1" >&2; }
fail() { printf 'cdx: %s\n' "$1" >&2; exit 1; }

check_tools() {
  missing=''
  for tool in curl tar mktemp; do command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"; done
  if command -v sha256sum >/dev/null 2>&1; then sha=sha256sum; else sha='shasum -a 256'; fi
  command -v "${sha%% *}" >/dev/null 2>&1 || missing="$missing sha256sum"
  [ -z "$missing" ] || fail "please install first:$missing"
  [ -n "${HOME:-}" ] || fail "HOME is not set"
}

choose_folder() {
  bin=${CDX_INSTALL_DIR:-/usr/local/bin}
  if [ -z "${CDX_INSTALL_DIR:-}" ] && [ ! -w "$bin" ]; then bin=$HOME/.local/bin; fi
  conf=${XDG_CONFIG_HOME:-$HOME/.config}/cdx/host.conf
  [ "${CDX_SYSTEM:-0}" != 1 ] || conf=/etc/cdx/host.conf
  { [ -d "$bin" ] || (umask 022 && mkdir -p "$bin"); } && mkdir -p "${conf%/*}" || fail "$bin or ${conf%/*} cannot be made"
}

# The key goes in by standard input: it is not in the process list.
download() {
  {
    printf 'header = "X-API-Key: %s"\n' "$key"
    [ "$ipv4" = 0 ] || echo ipv4
    [ "$insecure_tls" = 0 ] || echo insecure
    [ -z "${CDX_CACERT:-}" ] || printf 'cacert = "%s"\n' "$CDX_CACERT"
  } | curl -q -fsS -K - --connect-timeout 15 -o "$work/cdx" "$base/wrapper/download" || fail "cdx could not be downloaded from $base"
  got=$($sha "$work/cdx")
  [ "${got%% *}" = "$wrapper_sha" ] || fail "the downloaded cdx is damaged: run the command again"
}

quoted() {
  rest=$1 out=''
  while :; do
    case $rest in *\'*) out="$out${rest%%\'*}'\\''" && rest=${rest#*\'} ;; *) break ;; esac
  done
  printf "%s='%s'\n" "$2" "$out$rest"
}

place() {
  {
    quoted "$base" cdx_base
    quoted "$key" cdx_key
    quoted "$fqdn" cdx_fqdn
    quoted "$installation" cdx_installation
    quoted "$ipv4" cdx_ipv4
    quoted "$insecure_tls" cdx_insecure_tls
    quoted "${CDX_CACERT:-}" cdx_cacert
  } >"$conf.new" && mv -f "$conf.new" "$conf" || fail "$conf cannot be written"
  # What cdx verifies its updates with. The value is the two lines of a P-256 key.
  signer=${conf%/*}/signer.pem
  printf '%s\n' '-----BEGIN PUBLIC KEY-----' "${public_key% *}" "${public_key#* }" '-----END PUBLIC KEY-----' >"$signer.new" \
    && chmod 644 "$signer.new" && mv -f "$signer.new" "$signer" || fail "$signer cannot be written"
  chmod 755 "$work/cdx" && cp -p "$work/cdx" "$bin/.cdx.new" && mv -f "$bin/.cdx.new" "$bin/cdx" || fail "$bin/cdx cannot be written"
}

main() {
  check_tools
  choose_folder
  work=$(mktemp -d) || fail "no temporary folder can be made"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  step "installing for $fqdn from $base"
  download
  place
  step "cdx is in $bin, its settings in $conf"
  CDX_CONFIG=$conf "$bin/cdx" --setup || fail "the first synchronisation failed: run this command again, or cdx --doctor"
  case :$PATH: in *":$bin:"*) ;; *) step "$bin is not in your PATH: add it, or type $bin/cdx" ;; esac
  step "for a plain codex or an IDE as well, put this line into ~/.profile: eval \"\$('$bin/cdx' --shellenv)\""
  step "done. Next: cdx"
}

main "$@"
