# shellcheck shell=bash
# Paths and functions shared by the scripts of this folder. Source it, don't run it.
#
# Everything that the scripts create lives under OMS_HOME (default .oms, ignored by
# git): Odoo itself, the Python environment, the configuration, logs and a private
# PostgreSQL cluster. Removing that folder is a complete reset.

OMS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
OMS_HOME=${OMS_HOME:-$OMS_ROOT/.oms}
case $OMS_HOME in /*) ;; *) OMS_HOME=$PWD/$OMS_HOME ;; esac
# One short name per OMS_HOME: socket paths are limited to 107 bytes, so the socket
# folder can't be inside a checkout of unknown depth.
OMS_HASH=$(printf '%s' "$OMS_HOME" | sha256sum | cut -c1-10)

OMS_VENV=$OMS_HOME/venv
OMS_PYTHON=$OMS_VENV/bin/python
OMS_PREFIX=$OMS_HOME/odoo
OMS_DATA=$OMS_HOME/data
OMS_LOGS=$OMS_HOME/log
OMS_RUN=$OMS_HOME/run
OMS_STAMPS=$OMS_HOME/stamps
OMS_CONF=$OMS_HOME/odoo.conf
OMS_TOOLS=$OMS_HOME/tools

# An Odoo that scripts/setup was told to use is used from then on ("ODOO_HOME=
# scripts/setup" goes back to Debian's).
if [ -z "${ODOO_HOME+set}" ] && [ -r "$OMS_HOME/odoo_home" ]; then
    ODOO_HOME=$(cat "$OMS_HOME/odoo_home")
fi
# The folder that holds the Python package `odoo`: that of a source checkout, or the
# dist-packages folder of the unpacked Debian package.
OMS_ODOO_LIBS=${ODOO_HOME:-$OMS_PREFIX/usr/lib/python3/dist-packages}
OMS_ODOO_LIBS=${OMS_ODOO_LIBS%/}

OMS_SOCKET=/tmp/oms-$OMS_HASH
export OMS_ROOT OMS_HOME OMS_VENV OMS_CONF OMS_DATA OMS_LOGS OMS_RUN OMS_STAMPS OMS_TOOLS
export OMS_SOCKET OMS_ODOO_LIBS

# psql, createdb, Odoo and the tests all find the private cluster through these.
export PGHOST=$OMS_SOCKET PGPORT=5432 PGUSER=odoo
unset PGPASSWORD PGDATABASE PGSERVICE

# Odoo comes without compiled Python files. Kept here, they are made once and not by every
# process that starts; the sources, and a caller who asked for none, stay without.
export PYTHONPYCACHEPREFIX=$OMS_HOME/pycache
unset PYTHONDONTWRITEBYTECODE

# --------------------------------------------------------------- messages

say() { printf '%s\n' "$*" >&2; }

# die "what is wrong" "next step"...
die() {
    local line
    printf 'error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

hash_of() { cat "$@" | sha256sum | cut -c1-16; }

# ------------------------------------------------------------------- Odoo

# Debian keeps all addons inside the package. A source checkout has them beside it.
odoo_addons() {
    local libs=$OMS_ODOO_LIBS
    if [ -d "$libs/odoo/addons/web" ]; then
        printf '%s\n' "$libs/odoo/addons"
    else
        printf '%s\n' "$libs/addons,$libs/odoo/addons"
    fi
}

# Addons of this project: every folder of the root that has a manifest.
our_addons() {
    local manifest
    for manifest in "$OMS_ROOT"/*/__manifest__.py; do
        [ -e "$manifest" ] || continue
        basename "$(dirname "$manifest")"
    done
}

# Odoo warns about a folder without addons, so the root is named once it has some.
odoo_addons_path() {
    local path
    path=$(odoo_addons)
    if [ -n "$(our_addons)" ]; then path=$path,$OMS_ROOT; fi
    printf '%s\n' "$path"
}

our_addons_csv() { our_addons | paste -sd, -; }

write_conf() {
    local new
    mkdir -p "$OMS_DATA"
    new=$(mktemp "$OMS_HOME/odoo.conf.XXXXXX")
    cat >"$new" <<CONF
; Written by the scripts on each run: changes made here are lost.
[options]
addons_path = $(odoo_addons_path)
data_dir = $OMS_DATA
db_host = $PGHOST
db_port = $PGPORT
db_user = $PGUSER
db_maxconn = 32
http_interface = 127.0.0.1
proxy_mode = False
; The database manager would let any local user drop databases.
list_db = False
max_cron_threads = 0
workers = 0
; odoorpc speaks /jsonrpc, whose deprecation notice (for Odoo 20) is logged as a
; WARNING on every call. Nothing else is muted.
log_handler = :INFO,odoo.addons.rpc.controllers.jsonrpc:ERROR,odoo.addons.rpc.controllers.xmlrpc:ERROR
CONF
    if cmp -s "$new" "$OMS_CONF"; then rm -f "$new"; else mv -f "$new" "$OMS_CONF"; fi
}

need_setup() {
    [ -x "$OMS_PYTHON" ] && [ -e "$OMS_CONF" ] ||
        die "this checkout is not set up yet." "Run scripts/setup first."
}

# Odoo's own command line with the project's configuration.
run_odoo() { ODOO_RC=$OMS_CONF "$OMS_PYTHON" "$OMS_ROOT/scripts/odoo_main.py" "$@"; }

free_port() {
    "$OMS_PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ------------------------------------------------------------- PostgreSQL

# Newest PostgreSQL (13 or later) on this machine: Debian keeps the server's programs
# out of PATH.
pg_bin() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5nr); do
        if [ -x "$dir/initdb" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done
    if have initdb; then dirname "$(command -v initdb)"; fi
}

# PostgreSQL refuses to run as root, so root's cluster belongs to `postgres`.
pg_owner() { if is_root; then echo postgres; else id -un; fi; }

as_pg() { if is_root; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }

# Under OMS_HOME, unless `postgres` can't reach that (a checkout in /root, say).
pg_data() {
    local parent=$OMS_HOME
    while [ ! -d "$parent" ]; do parent=$(dirname "$parent"); done
    if is_root && ! as_pg test -x "$parent" 2>/dev/null; then
        printf '%s\n' "/var/lib/oms/$OMS_HASH/pg"
    else
        printf '%s\n' "$OMS_HOME/pg"
    fi
}

pg_running() { "$(pg_bin)/pg_isready" -q 2>/dev/null; }

# The folder's mode is the only guard of the socket (no passwords inside), so a folder
# that somebody else prepared under the same name must not be used.
pg_socket_dir() {
    local owner
    owner=$(pg_owner)
    if [ ! -e "$OMS_SOCKET" ]; then
        mkdir -m 0700 "$OMS_SOCKET"
        if is_root; then chown postgres: "$OMS_SOCKET"; fi
    fi
    if [ -L "$OMS_SOCKET" ] || [ "$(stat -c %U "$OMS_SOCKET")" != "$owner" ]; then
        die "$OMS_SOCKET belongs to $(stat -c %U "$OMS_SOCKET"), not to $owner." \
            "Remove that folder, or set OMS_HOME to a folder of your own, and try again."
    fi
    chmod 0700 "$OMS_SOCKET"
}

pg_init() {
    local data
    data=$(pg_data)
    [ -e "$data/PG_VERSION" ] && return
    mkdir -p "$data"
    if is_root; then chown postgres: "$data"; fi
    chmod 0700 "$data"
    as_pg "$(pg_bin)/initdb" -D "$data" -U "$PGUSER" --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync >"$OMS_LOGS/initdb.log" 2>&1 ||
        die "initdb failed in $data:" "$(tail -n 5 "$OMS_LOGS/initdb.log")"
    as_pg tee -a "$data/postgresql.conf" >/dev/null <<CONF

# Development cluster: private socket, no network, and no care for power cuts.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
random_page_cost = 1.1
jit = off
CONF
}

pg_start() {
    local data log
    pg_running && return
    [ -n "$(pg_bin)" ] ||
        die "PostgreSQL's server programs are missing." "Run scripts/setup, it installs them."
    mkdir -p "$OMS_LOGS"
    data=$(pg_data)
    log=$data/server.log
    pg_init
    pg_socket_dir
    # 9>&-: the server must not inherit (and hold) the lock of the script that starts it.
    as_pg "$(pg_bin)/pg_ctl" -D "$data" -l "$log" -w -t 60 -s \
        -o "-c unix_socket_directories=$OMS_SOCKET -p $PGPORT" start 9>&- </dev/null >/dev/null 2>&1 ||
        pg_running ||
        die "PostgreSQL did not start. Last lines of $log:" "$(tail -n 5 "$log" 2>/dev/null)" \
            "A cluster damaged by a power cut can be thrown away: rm -r $data, then scripts/setup."
}

pg_stop() {
    pg_running || return 0
    as_pg "$(pg_bin)/pg_ctl" -D "$(pg_data)" -m fast -w -s stop
}
