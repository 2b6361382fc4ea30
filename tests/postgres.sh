#!/bin/sh
# Runs a command beside a PostgreSQL server of its own, named in POMONA_TEST_POSTGRES.
#
# usage: tests/postgres.sh COMMAND [ARGUMENT...]
#
# The server lives in a directory that is made for it, listens on a socket there and on no port, and
# is stopped by its process id when the command has ended. Where no server is installed, that is said
# and the exit status is 77.

set -eu

main()
{
    if ! bin=$(find_server); then
        echo "postgres: skipped: no PostgreSQL server is installed (initdb)"
        exit 77
    fi
    home=$(mktemp -d /tmp/pomona-pg-XXXXXX)
    server=
    trap stop EXIT
    trap 'exit 130' INT TERM HUP
    start
    status=0
    # The database's own settings are what is tested, not those of who runs this.
    unset PGPASSWORD PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGOPTIONS
    export POMONA_TEST_POSTGRES="postgresql://pomona@/postgres?host=$home"
    "$@" || status=$?
    exit $status
}

find_server()
{
    for directory in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin \
        /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /usr/bin; do
        if [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ]; then
            echo "$directory"
            return 0
        fi
    done
    return 1
}

# initdb and the server refuse to be root.
as_owner()
{
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

start()
{
    chmod 711 "$home"
    mkdir "$home/data"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R postgres "$home"
    fi
    as_owner "$bin/initdb" -D "$home/data" -U pomona -A trust -E UTF8 --locale=C --no-sync \
        >"$home/log" 2>&1 || fail_to start
    as_owner "$bin/postgres" -D "$home/data" -k "$home" -c listen_addresses= -c fsync=off \
        >>"$home/log" 2>&1 &
    server=$!
    tries=0
    until "$bin/psql" -h "$home" -U pomona -d postgres -c 'SELECT 1' >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] && kill -0 "$server" 2>/dev/null || fail_to start
        sleep 0.1
    done
}

fail_to() # verb
{
    echo "postgres: the server did not $1:" >&2
    cat "$home/log" >&2
    exit 1
}

# The first line of its file is the server's own id; "$server" may be that of who became its owner.
stop()
{
    if [ -s "$home/data/postmaster.pid" ]; then
        kill -INT "$(head -n 1 "$home/data/postmaster.pid")" 2>/dev/null || true
    fi
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$home"
}

main "$@"
