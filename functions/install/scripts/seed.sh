#!/bin/sh
# Uploads this machine's Codex login to the server, once. Prints what became of it and never a token.
set -u
url=__CDX_SEED_URL__

fail() { printf 'cdx: %s\n' "$1" >&2; exit 1; }

main() {
  command -v curl >/dev/null 2>&1 || fail "please install curl first"
  file=${CDX_AUTH_FILE:-${CODEX_HOME:-${HOME:-}/.codex}/auth.json}
  [ -r "$file" ] || fail "$file is not there: run codex login first, or set CDX_AUTH_FILE"
  reply=$(curl -q -sS --connect-timeout 15 -H 'content-type: application/json' --data-binary "@$file" "$url") || fail "the server could not be reached"
  case $reply in
    *'"status":"updated"'*) printf 'cdx: the server has this login now\n' ;;
    *'"status":"unchanged"'*) printf 'cdx: the server had this login already\n' ;;
    *'"status":"outdated"'*) fail "the server has a newer login: nothing was changed" ;;
    *'"message":"'*)
      message=${reply#*'"message":"'}
      errors=${reply#*'"errors":'}
      [ "$errors" != "$reply" ] || errors=''
      fail "the server refused: ${message%%'"'*} ${errors%%\}*}" ;;
    *) fail "the server's answer cannot be read" ;;
  esac
}

main "$@"
