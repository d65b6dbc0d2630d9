# shellcheck shell=sh
# Settings of this host, because this file replaces a cdx that had them in itself.
take_over() {
  conf=${XDG_CONFIG_HOME:-$HOME/.config}/cdx/host.conf mode=600
  [ -z "${CDX_CONFIG:-}" ] && [ ! -r "$conf" ] && [ ! -r /etc/cdx/host.conf ] || return 0
  # Who else uses the file that root is about to replace could read the key in it, and needs it further on.
  case $0 in
    "$HOME"/*) ;;
    *) [ "$(id -u)" != 0 ] || ! others_here || conf=/etc/cdx/host.conf mode=644 ;;
  esac
  folder=${conf%/*}
  [ -d "$folder" ] || mkdir -p "$folder" || fail 67 "$folder cannot be made"
  [ "$mode" = 600 ] || chmod 755 "$folder"
  # shellcheck disable=SC2015 # whichever of them fails, the file is not there
  cat >"$conf.new.$$" <<'CDX_SETTINGS' && chmod "$mode" "$conf.new.$$" && mv -f "$conf.new.$$" "$conf" || fail 67 "$conf cannot be written"
cdx_base=__CDX_BASE__
cdx_key=__CDX_KEY__
cdx_fqdn=__CDX_FQDN__
cdx_installation=__CDX_INSTALLATION__
cdx_ipv4=__CDX_IPV4__
cdx_insecure_tls=__CDX_INSECURE_TLS__
cdx_cacert=''
CDX_SETTINGS
  public_key=__CDX_SIGNER__
  # shellcheck disable=SC2015 # likewise
  printf '%s\n' '-----BEGIN PUBLIC KEY-----' "${public_key% *}" "${public_key#* }" '-----END PUBLIC KEY-----' >"$folder/signer.pem.new.$$" \
    && chmod 644 "$folder/signer.pem.new.$$" && mv -f "$folder/signer.pem.new.$$" "$folder/signer.pem" || fail 67 "$folder/signer.pem cannot be written"
  line '' "the settings of this machine are in $conf from now on"
}

others_here() {
  for other in /home/*/.codex /Users/*/.codex; do
    case $other in "$HOME"/*) ;; *) [ ! -d "$other" ] || return 0 ;; esac
  done
  return 1
}

take_over
main "$@"
