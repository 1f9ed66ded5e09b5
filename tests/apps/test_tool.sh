#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The command `conclave` as a script uses it: every verb, its exit status, and that it says what it did.
set -eu
. "$(dirname "$0")/common.sh"

c() { "$conclave" "$@"; }
cd "$scratch"

# --- without a token -------------------------------------------------------------------------------

ends "no verb is a mistake" 2 c
says "help tells the verbs" '^  generate ' c --help
says "help of a verb tells its options" '--so-pin-file FILE' c init --help
ends "an unknown verb" 2 c nonsense
ends "an unknown option" 2 c slots --nonsense
ends "an option of another verb" 2 c slots --label x
ends "words too many" 2 c slots x
says "version tells both" 'library: +Conclave' c version
says "one empty slot" '^0 +empty$' c slots
ends "no token yet" 3 c token
says "mechanisms of the empty slot" '^CKM_ECDSA_SHA256 .*sign verify' c mechanisms
ends "no module there" 3 c slots --module ./none.so
printf 'int x;' >empty.c
if command -v cc >/dev/null 2>&1; then
	cc -shared -fPIC -o empty.so empty.c
	ends "a library that is no module" 3 c slots --module ./empty.so
fi

# --- init --------------------------------------------------------------------------------------------

printf '87654321\n' >so-pin
printf '123456\n' >user-pin
printf '999999\n' >wrong-pin
printf '123\n' >short-pin
: >no-pin
ends "init without a label" 2 c init --so-pin-file so-pin --pin-file user-pin
ends "init with a label too long" 2 c init --label 123456789012345678901234567890123 --so-pin-file so-pin --pin-file user-pin
ends "a test token under any name" 2 c init --test --label serious --so-pin-file so-pin --pin-file user-pin
ends "a PIN file that is not there" 2 c init --label test-a --so-pin-file none --pin-file user-pin
ends "a PIN file without a PIN" 2 c init --label test-a --so-pin-file no-pin --pin-file user-pin
ends "a PIN from nowhere" 2 setsid "$conclave" init --label test-a
ends "an SO PIN too short" 4 c init --test --label test-a --so-pin-file short-pin --pin-file user-pin
says "and no token came of all that" 'empty' c slots
says "init" "^token 'test-a' in slot 0$" c init --test --label test-a --so-pin-file so-pin --pin-file user-pin
says "slots shows it" '^0 +token +test-a +[0-9a-f]{16} +set$' c slots
two_pins() { printf '11111111\n222222\n' | c init --test --label test-b --so-pin-fd 0 --pin-fd 0; }
says "a second token, both PINs from one descriptor" "^token 'test-b' in slot 1$" two_pins
ends "init of a slot that is full" 2 c init --slot 0 --test --label test-c --so-pin-file so-pin --pin-file user-pin
says "a token without a user PIN" 'slot 2' c init --test --no-user --label test-c --so-pin-file so-pin
says "which slots shows" '^2 .* not set$' c slots
ends "and nobody logs in to" 4 c objects --token test-c --pin-file user-pin

# --- which token -------------------------------------------------------------------------------------

ends "several tokens and none named" 2 c token
ends "a token and a slot" 2 c token --slot 0 --token test-a
ends "a token that is not there" 3 c token --token none
ends "a slot that is not there" 3 c token --slot 99
ends "a slot that is no number" 2 c token --slot x
says "token by label" '^label: +test-b$' c token --token test-b
serial=$(c token --slot 1 | sed -n 's/^serial number: *//p')
says "token by serial number" '^label: +test-b$' c token --token "$serial"
says "flags in words" '^flags: .*login-required .*token-initialized' c token --slot 0
says "sessions: its own one" '^sessions: +1 open, no limit$' c sessions --slot 0
says "sessions: that others are not shown" 'neither counted nor shown' c sessions --slot 0
says "sessions: limits" '^sessions: +1 open of 5$' env CONCLAVE_MAX_SESSIONS=5 "$conclave" sessions --slot 0

# --- keys ----------------------------------------------------------------------------------------------

user() {
	verb=$1
	shift
	c "$verb" --slot 0 --pin-file user-pin "$@"
}
for type in ec:P-224 ec:P-256 ec:P-384 ec:P-521 ec:secp256k1 ec:brainpoolP384r1 ed25519 ed448 x25519 x448 rsa:2048; do
	says "generate $type" "^$type key pair, id [0-9a-f]{16}, label $type\$" user generate "$type" --label "$type"
	says "objects shows both halves of $type" '^2$' sh -c '"$1" objects --slot 0 --pin-file user-pin --label "$2" | grep -c " $2 "' sh "$conclave" "$type"
done
says "generate aes:256" '^aes:256 key, id 0a0b$' user generate aes:256 --id 0A:0b
for type in camellia:256 aria:128 hkdf:256; do
	says "generate $type" "^$type key, id 0c" user generate "$type" --id 0c
done
for type in ml-dsa:44 ml-kem:768 slh-dsa:sha2-128f; do
	# only where libcrypto has them
	[ -n "$(c mechanisms --slot 0 | grep -i "^CKM_$(echo "${type%:*}" | tr - _)_KEY_PAIR_GEN")" ] || continue
	says "generate $type" "^$type key pair, id 0d" user generate "$type" --id 0d
done
for type in hss:5/8 hss192:5/4,5/2; do
	says "generate $type" "HSS key pair, id 0f" user generate "$type" --id 0f
done
for type in hss: hss:5 hss:6/8 hss:5/3 "hss:5/8," "hss:5/8,,5/8" hss:5/8x hss:5/1,5/1,5/1,5/1,5/1,5/1,5/1,5/1,5/1; do
	ends "generate $type" 2 user generate "$type" --id 0f
done
# Each curve of the module, by all its names, is shown by the one name.
names() { sed -n 's/.*\.group = "[^"]*", \.names = {\(.*\)}},$/\1/p' "$CONCLAVE_SOURCE_ROOT/src/crypto/pkey_curve.c" | tr -d '",'; }
says "the module has so many curves" '^79$' sh -c "echo $(names | wc -l)"
while read -r first others; do
	shown=$first
	for name in $others; do case $name in [PBK]-*) shown=$name ;; esac; done
	for name in $first $others; do
		CONCLAVE_POLICY=legacy user generate "ec:$name" --id 0e 2>&1 | grep -q "^ec:$shown key pair" || failed_curves="${failed_curves-} $name"
	done
done <<-END
$(names)
END
says "generate on every curve by every name" '^none$' echo "${failed_curves:-none}"
says "delete of the pairs on curves" 'destroyed' user delete --yes --all --id 0e
says "generate with a number of uses" '^aes:128 key' user generate aes:128 --id 0f --uses 3
says "objects shows the number of uses" 'uses-left:3$' user objects --id 0f
for uses in 0 -1 x 18446744073709551615 99999999999999999999; do
	ends "no number of uses: $uses" 2 user generate aes:128 --uses "$uses"
done
says "delete of the key with a number of uses" 'destroyed' user delete --yes --id 0f
says "delete of the three, which have one ID" 'destroyed: secret' user delete --yes --id 0c
says "generate secret:512" '^secret:512 key' user generate secret:512 --label mac
for type in nonsense aes:9 aes: rsa:x ec:none rsa:-1 aes:99999999999999999999; do
	ends "no such type: $type" 2 user generate "$type"
done
ends "a size that is not made" 1 user generate aes:512
ends "an ID that is none" 2 user generate aes:128 --id 0x01
ends "generate with a wrong PIN" 4 c generate aes:128 --slot 0 --pin-file wrong-pin
says "objects: kinds and flags" '^private +ec:P-256 +ec:P-256 .* private sensitive local sign' user objects
says "objects: of one class" '^secret +aes:256 ' user objects --class secret
says "objects: of one ID" '^secret +aes:256 +0a0b ' user objects --id 0a0b
ends "objects: of no class" 2 user objects --class keys
private_lines() { c objects --slot 0 | grep -c '^private\|^secret' || true; }
says "objects without login: none that is private" '^0$' private_lines
says "objects without login: says so" 'Only public objects' c objects --slot 0

# --- delete ----------------------------------------------------------------------------------------------

ends "delete without saying what" 2 user delete --yes
ends "delete of what is not there" 3 user delete --yes --label none
ends "delete of several things" 2 user delete --yes --class secret
ends "delete without an answer" 1 setsid "$conclave" delete --slot 0 --pin-file user-pin --id 0a0b
says "all is still there" '0a0b' user objects
says "delete of a pair" "^destroyed: private 'ed25519'" user delete --yes --label ed25519
says "delete of all of a class" "^destroyed: secret 'mac'" user delete --yes --all --class secret
says "they are gone" '^1$' sh -c '"$1" objects --slot 0 --pin-file user-pin --class secret | wc -l' sh "$conclave"

# --- PINs ------------------------------------------------------------------------------------------------

printf '654321\n' >new-pin
says "the user changes the PIN" 'user PIN is changed' user pin set --new-pin-file new-pin
ends "the old one is refused" 4 user objects
says "and counted" '^user PIN: +wrong tries' c sessions --slot 0
step "the new one is right" c objects --slot 0 --pin-file new-pin
says "and clears the count" '^user PIN: +no wrong tries' c sessions --slot 0
lock() { for _ in 1 2 3 4 5 6 7 8 9 10; do c objects --slot 0 --pin-file wrong-pin >/dev/null 2>&1 || true; done; }
step "ten wrong tries" lock
says "lock the user" '^0 .* locked$' c slots
ends "whose right PIN is refused" 4 c objects --slot 0 --pin-file new-pin
ends "a wrong SO PIN unlocks nothing" 4 c pin unlock --slot 0 --so-pin-file wrong-pin --new-pin-file user-pin
says "the SO unlocks" 'set and unlocked' c pin unlock --slot 0 --so-pin-file so-pin --new-pin-file user-pin
says "with every key still there" '^private +rsa:2048' user objects
says "the SO's own PIN" 'SO PIN is changed' c pin set --so --slot 0 --so-pin-file so-pin --new-pin-file new-pin
ends "its old one is refused" 4 c pin init --slot 0 --so-pin-file so-pin --new-pin-file user-pin
says "a first user PIN" 'user PIN is set' c pin init --token test-c --so-pin-file so-pin --new-pin-file user-pin
step "which is good" c objects --token test-c --pin-file user-pin
ends "pin of no kind" 2 c pin nonsense --slot 0
ends "an SO PIN cannot be initialised" 2 c pin init --so --slot 0

# --- users with names ------------------------------------------------------------------------------------------

printf 'alice-pin\n' >alice-pin
ends "user of no kind" 2 c user nonsense --slot 0
ends "user add without a name" 2 c user add --slot 0 --so-pin-file new-pin --new-pin-file alice-pin
ends "user add with a wrong SO PIN" 4 c user add alice --slot 0 --so-pin-file wrong-pin --new-pin-file alice-pin
says "user add" "^user 'alice' is added$" c user add alice --slot 0 --so-pin-file new-pin --new-pin-file alice-pin
ends "user add, again" 1 c user add alice --slot 0 --so-pin-file new-pin --new-pin-file alice-pin
says "user list" '^alice: user-pin-initialized$' c user list --slot 0
says "who sees what the user sees" '^private +rsa:2048' c objects --slot 0 --user alice --pin-file alice-pin
ends "with no other PIN" 4 c objects --slot 0 --user alice --pin-file user-pin
says "which counts" '^alice: .*user-pin-count-low' c user list --slot 0
ends "nobody of another name" 4 c objects --slot 0 --user bob --pin-file alice-pin
says "changes that PIN alone" 'user PIN is changed' c pin set --slot 0 --user alice --pin-file alice-pin --new-pin-file new-pin
says "and logs in with it" '^private +rsa:2048' c objects --slot 0 --user alice --pin-file new-pin
says "the user's is as it was" '^private +rsa:2048' user objects
says "user pin" "PIN of user 'alice' is set and unlocked" c user pin alice --slot 0 --so-pin-file new-pin --new-pin-file alice-pin
ends "user pin of nobody" 3 c user pin bob --slot 0 --so-pin-file new-pin --new-pin-file alice-pin
ends "user remove without an answer" 1 setsid "$conclave" user remove alice --slot 0 --so-pin-file new-pin
says "user remove" "^user 'alice' is removed" c user remove alice --yes --slot 0 --so-pin-file new-pin
ends "who is out" 4 c objects --slot 0 --user alice --pin-file alice-pin

# --- init again --------------------------------------------------------------------------------------------

ends "reinit says which" 2 c init --reinit --test --label test-d --so-pin-file new-pin --pin-file user-pin
ends "reinit with a wrong SO PIN" 4 c init --reinit --slot 0 --test --label test-d --so-pin-file wrong-pin --pin-file user-pin
says "nothing is lost by that" '^private +rsa:2048' user objects
says "reinit" "^token 'test-d' in slot 0$" c init --reinit --slot 0 --test --label test-d --so-pin-file new-pin --pin-file user-pin
says "destroys everything" '^1$' sh -c '"$1" objects --slot 0 --pin-file user-pin | wc -l' sh "$conclave"

# --- whole tokens ------------------------------------------------------------------------------------------

user generate aes:256 --label kept >/dev/null
says "verify without login" '^1 private objects were not looked at' c verify --slot 0
says "verify" '^1 objects authentic, 0 damaged, 0 missing$' user verify
ends "rename with a wrong SO PIN" 4 c rename --slot 0 --label test-e --so-pin-file wrong-pin
says "rename" 'is called "test-e" now' c rename --slot 0 --label test-e --so-pin-file new-pin
says "every object is still there" '^secret +aes:256 +kept ' c objects --token test-e --pin-file user-pin
ends "remove without an answer" 1 setsid "$conclave" remove --slot 0 --so-pin-file new-pin
ends "remove with a wrong SO PIN" 4 c remove --yes --slot 0 --so-pin-file wrong-pin
says "remove" 'slot 0 is removed' c remove --yes --slot 0 --so-pin-file new-pin
ends "the token is gone" 3 c token --token test-e
says "its number is not given again" 'slot 3' c init --test --no-user --label test-f --so-pin-file so-pin

# --- config ------------------------------------------------------------------------------------------------

printf 'pin_tries = 7\nstore = memory:\nmax_sessions = 12\nlog = off\n' >conf
says "config: a default" '^pin_tries +10 +default$' c config show
says "config: the environment" '^store .* CONCLAVE_STORE$' c config show
says "config: the file" '^pin_tries +7 +conf$' env CONCLAVE_CONF=conf "$conclave" config show
says "config: the environment before the file" '^max_sessions +3 +CONCLAVE_MAX_SESSIONS$' \
	env CONCLAVE_CONF=conf CONCLAVE_MAX_SESSIONS=3 "$conclave" config show
says "config: a wrong value is passed over" '^pin_tries +10 +default$' env CONCLAVE_PIN_TRIES=300 "$conclave" config show
says "config: a wrong value is told" "'300' is no value" env CONCLAVE_PIN_TRIES=300 "$conclave" config show
printf 'nonsense = 1\n' >conf
says "config: an unknown key is told" "unknown key 'nonsense'" env CONCLAVE_CONF=conf "$conclave" config show
says "config: the default store" "^store +sqlite:/nowhere/conclave +default$" env -u CONCLAVE_STORE XDG_DATA_HOME=/nowhere "$conclave" config show
hidden() { CONCLAVE_STORE="$1" c config show | grep '^store' | tee shown; ! grep -q secret shown; }
says "config: a password is not shown" '//me:\*\*\*@host/db ' hidden 'postgresql://me:secret@host/db'
says "config: nor the PINs of a token in memory" 'memory:\?pin=\*\*\*&so_pin=\*\*\* ' hidden 'memory:?pin=12345678&so_pin=12345678'
says "config: nor one behind the question mark" 'sslpassword=\*\*\*&x=1 ' hidden 'postgresql:///db?password=secret&sslpassword=secret&x=1'
says "config: the rest is" '//host:5432/db\?user=me ' hidden 'postgresql://host:5432/db?user=me'
ends "config of no kind" 2 c config nonsense

full() { c config show >/dev/full; }
[ ! -e /dev/full ] || ends "output that cannot be written" 1 full

# --- what the tool repeats of the module -------------------------------------------------------------------

root=${CONCLAVE_SOURCE_ROOT:-$(dirname "$0")/../..}
settings() { grep -o '{"[a-z_]*", "CONCLAVE_[A-Z_]*", KIND_[A-Z]*' "$1" | sort; }
limits() { sed -n 's/.*{"\([a-z_]*\)", .*KIND_NUMBER, .*, \([0-9UL< ]*, [0-9UL< ]*\)},$/\1 \2/p' "$1" | sort; }
for what in settings limits; do
	"$what" "$root/src/core/config.c" >core.list
	"$what" "$root/src/tool/cmd_config.c" >tool.list
	says "the module's $what were found" . cat core.list
	step "the tool knows the module's $what" diff core.list tool.list
done
step "names.inc is what its generator writes" python3 -B "$root/tools/gen_tool_names.py" --check

finish
