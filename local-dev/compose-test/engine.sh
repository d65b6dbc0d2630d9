# shellcheck shell=bash
# A Docker engine: the one that runs, or one of this test's own in a network namespace of its own, so that this machine's network and
# packet filter stay as they are.

# What runs in the world of the engine: where its published ports are.
world=()

# use_engine FOLDER: sets DOCKER_HOST and world; FOLDER is for the engine's data.
use_engine() {
  if docker info >/dev/null 2>&1; then
    step "using the Docker engine that runs here"
    # It would be taken for this test's, changed, and removed at the end.
    [ -z "$(docker ps --all --quiet --filter label=com.docker.compose.project=codex-auth-central)" ] ||
      die "the stack itself is on this machine: test it elsewhere, or run \`docker compose down\` first"
  else
    start_engine "$1"
  fi
  add_plugins
}

start_engine() {
  step "starting a Docker engine"
  [ "$(id -u)" -eq 0 ] || die "there is no Docker engine, and only root can start one: start Docker, or run this as root"
  without_starting_it need dockerd docker.io ip iproute2 iptables iptables slirp4netns slirp4netns nsenter util-linux
  engine_run=$(mktemp -d /tmp/cac-docker.XXXXXX)
  namespace=cac-compose-$$
  ip netns add "$namespace"
  ip -n "$namespace" link set lo up
  # The way out for builds: a network in user space, which leaves this machine's own alone.
  slirp4netns --netns-type=path --configure --disable-host-loopback --mtu=1400 "/run/netns/$namespace" tap0 >"$engine_run/slirp.log" 2>&1 &
  way_out=$!
  wait_until 10 "the namespace's way out" ip -n "$namespace" addr show tap0 up
  # Not `ip netns exec`: it mounts /sys anew, and the engine then finds no cgroups.
  nsenter --net="/run/netns/$namespace" dockerd --data-root "$1" --exec-root "$engine_run/exec" --pidfile "$engine_run/pid" \
    -H "unix://$engine_run/sock" --storage-driver overlay2 >"$engine_run/dockerd.log" 2>&1 &
  engine=$!
  export DOCKER_HOST=unix://$engine_run/sock
  wait_until 60 "the engine (its log is $engine_run/dockerd.log)" docker info
  world=(nsenter "--net=/run/netns/$namespace")
}

stop_engine() {
  [ -n "${engine:-}" ] || return 0
  kill "$engine" 2>/dev/null && wait "$engine" || true
  kill "$way_out" 2>/dev/null && wait "$way_out" || true
  umount "$engine_run"/exec/netns/* 2>/dev/null || true
  ip netns del "$namespace"
  rm -rf "$engine_run"
}

# A package that brings a service would start it: in this machine's own network.
without_starting_it() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ] || command -v dockerd >/dev/null 2>&1; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 0755 "$policy"
  "$@"
  rm -f "$policy"
}

# Compose and BuildKit's client, from Debian's stable release where the client has none.
add_plugins() {
  docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1 && return
  export DOCKER_CONFIG=$cache/docker-config
  local plugins=$DOCKER_CONFIG/cli-plugins
  [ -x "$plugins/docker-compose" ] && [ -x "$plugins/docker-buildx" ] && return
  step "fetching Docker's plugins (once)"
  local apt
  apt=$(mktemp -d)
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/unpacked" "$plugins"
  printf 'deb [signed-by=%s] %s stable main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$(debian_mirror)" >"$apt/sources"
  chmod -R a+rX "$apt"
  (
    cd "$apt"
    options=(-qq -o "Dir::Etc::SourceList=$apt/sources" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update
    apt-get "${options[@]}" download docker-compose docker-buildx
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
  )
  find "$apt/unpacked" -path '*/cli-plugins/docker-*' -type f -exec cp {} "$plugins/" \;
  rm -rf "$apt"
  docker compose version >/dev/null || die "Docker's compose plugin cannot be used: install docker-compose-plugin or docker-compose 2"
}

# Where this machine gets Debian's packages from.
debian_mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 2>/dev/null | awk -v codename="$codename" '$1 == codename { print $2; exit }'
}

# wait_until SECONDS WHAT COMMAND …
wait_until() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$limit" ] || die "waited in vain for $what"
    sleep 0.3
  done
}
