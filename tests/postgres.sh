#!/bin/sh
# Runs a command beside a PostgreSQL server of its own, named in POMONA_TEST_POSTGRES.
#
# usage: tests/postgres.sh COMMAND [ARGUMENT...]
#        tests/postgres.sh --lose|--again, by that command
#
# --lose ends the server as a machine does that crashes (it is told by its process id, and writes nothing
# more), --again starts it over the same data.
#
# The server lives in a directory that is made for it, listens on a socket there and on no port, and
# is stopped by its process id when the command has ended. Where no server is installed, that is said
# and the exit status is 77.

set -eu

main()
{
    case ${1:-} in
    --lose | --again)
        home=$POMONA_TEST_POSTGRES_HOME
        bin=$(find_server)
        "${1#--}"
        exit
        ;;
    esac
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
    export POMONA_TEST_POSTGRES_HOME="$home"
    export PATH="$PATH:$bin"  # psql, for those who look into tables.
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
    serve
}

serve()
{
    as_owner "$bin/postgres" -D "$home/data" -k "$home" -c listen_addresses= -c fsync=off \
        >>"$home/log" 2>&1 </dev/null &
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

lose()
{
    end QUIT
}

again() # Also where it runs.
{
    [ -s "$home/data/postmaster.pid" ] && kill -0 "$(head -n 1 "$home/data/postmaster.pid")" 2>/dev/null ||
        serve
}

# The first line of its file is the server's own id; "$server" may be that of who became its owner.
end() # signal
{
    [ -s "$home/data/postmaster.pid" ] || return 0
    id=$(head -n 1 "$home/data/postmaster.pid")
    kill "-$1" "$id" 2>/dev/null || true
    tries=0
    while [ $tries -lt 100 ] && kill -0 "$id" 2>/dev/null; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

stop()
{
    end INT
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$home"
}

main "$@"
