#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A PostgreSQL server of a test's own: its data, socket and log in one folder that the test names, no
# port, nothing of the machine's own servers. Knows Debian's places and PATH; knows nothing of a store.
set -eu

usage() {
	cat >&2 <<'USAGE'
usage: postgres_server.sh start|stop|kill|restart|remove FOLDER
       postgres_server.sh standby FOLDER PRIMARY   a synchronous standby of the server in PRIMARY
       postgres_server.sh promote FOLDER
       postgres_server.sh secure FOLDER PORT       TCP on this port too, with TLS for db.test and a password

start makes the server in FOLDER (which must not exist) and prints nothing; its socket is in FOLDER/socket,
the user is conclave, the database postgres. It lives as long as the process that called this. Exit status 77: no PostgreSQL is installed here.
USAGE
	exit 2
}

[ $# -ge 2 ] || usage
verb=$1
folder=$2
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

bin=
for place in "$(dirname "$(command -v initdb 2>/dev/null || echo /none/initdb)")" /usr/lib/postgresql/*/bin; do
	if [ -x "$place/initdb" ] && [ -x "$place/pg_ctl" ] && [ -x "$place/pg_basebackup" ]; then
		bin=$place
	fi
done
[ -n "$bin" ] || exit 77

# The server refuses to run as root.
owner=
if [ "$(id -u)" -eq 0 ]; then
	for user in postgres nobody; do
		if id "$user" >/dev/null 2>&1; then
			owner=$user
			break
		fi
	done
	[ -n "$owner" ] || exit 77
fi

as_owner() {
	if [ -n "$owner" ]; then
		(cd / && runuser -u "$owner" -- "$@")
	else
		"$@"
	fi
}

# Durable as in earnest: what is tested is that nothing confirmed is lost.
settings() {
	cat <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$folder/socket'
unix_socket_permissions = 0777
max_connections = 200
shared_buffers = 16MB
logging_collector = off
wal_level = replica
max_wal_senders = 4
wal_sender_timeout = 5s
SETTINGS
}

make_folder() {
	mkdir "$folder"
	mkdir "$folder/socket"
	chmod 755 "$folder" "$folder/socket"
	[ -z "$owner" ] || chown "$owner" "$folder" "$folder/socket"
}

run_server() {
	as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 -s start >/dev/null 2>&1 </dev/null || {
		cat "$folder/log" >&2
		exit 1
	}
}

# A test that is killed leaves no server behind: one who waits for its end removes it.
remove_with() {
	setsid sh -c 'tail --pid="$1" -f /dev/null; exec sh "$2" remove "$3"' watch "$1" "$self" "$folder" \
		>/dev/null 2>&1 </dev/null &
}

make_primary() {
	make_folder
	as_owner "$bin/initdb" -D "$folder/data" -U conclave -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 || {
		cat "$folder/initdb.log" >&2
		exit 1
	}
	settings >>"$folder/data/postgresql.conf"
}

# The primary confirms nothing any more before this one has it.
make_standby() {
	make_folder
	as_owner "$bin/pg_basebackup" -D "$folder/data" -h "$1/socket" -U conclave -R -X stream --no-sync -c fast
	settings >>"$folder/data/postgresql.conf"
	echo "cluster_name = 'standby'" >>"$folder/data/postgresql.conf"
	echo "primary_conninfo = 'host=$1/socket user=conclave application_name=standby'" >>"$folder/data/postgresql.auto.conf"
	run_server
	as_owner "$bin/psql" -h "$1/socket" -U conclave -d postgres -q -c "ALTER SYSTEM SET synchronous_standby_names = 'standby'" \
		-c 'SELECT pg_reload_conf()' >/dev/null
}

# A CA of this server's own and a certificate for db.test, TLS and passwords for everybody who comes by TCP.
make_certificates() {
	(
		cd "$folder/tls"
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=a CA for tests' -keyout ca.key -out ca.pem
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=db.test -keyout server.key -out server.csr
		printf 'subjectAltName=DNS:db.test\n' >extensions
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=another CA' -keyout other.key -out other.pem
	) >/dev/null 2>&1
	chmod 600 "$folder/tls"/*.key
	[ -z "$owner" ] || chown "$owner" "$folder/tls"/*.key
}

make_secure() {
	command -v openssl >/dev/null || exit 77
	mkdir "$folder/tls"
	chmod 755 "$folder/tls"
	make_certificates
	cat >>"$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '*'
port = $1
ssl = on
ssl_cert_file = '$folder/tls/server.pem'
ssl_key_file = '$folder/tls/server.key'
password_encryption = 'scram-sha-256'
SETTINGS
	cat >"$folder/data/pg_hba.conf" <<RULES
local all all trust
hostssl all all 0.0.0.0/0 scram-sha-256
RULES
	as_owner "$bin/pg_ctl" -D "$folder/data" -m fast -w -s stop >/dev/null 2>&1
	run_server
	as_owner "$bin/psql" -h "$folder/socket" -p "$1" -U conclave -d postgres -q -c "ALTER ROLE conclave PASSWORD 'a-password'"
}

case $verb in
start)
	make_primary
	remove_with "$PPID"
	run_server
	;;
restart)
	as_owner "$bin/pg_ctl" -D "$folder/data" -m fast -w -s stop >/dev/null 2>&1 || true
	run_server
	;;
stop) as_owner "$bin/pg_ctl" -D "$folder/data" -m fast -w -s stop >/dev/null 2>&1 ;;
kill) as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 ;;
remove)
	as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w -s stop >/dev/null 2>&1 || true
	rm -rf "$folder"
	;;
standby)
	[ $# -eq 3 ] || usage
	make_standby "$3"
	remove_with "$PPID"
	;;
promote) as_owner "$bin/pg_ctl" -D "$folder/data" -w -s promote >/dev/null 2>&1 ;;
secure)
	[ $# -eq 3 ] || usage
	make_secure "$3"
	;;
*) usage ;;
esac
