#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The verbs that take tokens out of a store and into one: backup, restore, move; their exit status, and that the keys
# are good where they have come to.
set -eu
. "$(dirname "$0")/common.sh"

c() { "$conclave" "$@"; }
elsewhere() { CONCLAVE_STORE=sqlite:$scratch/elsewhere "$conclave" "$@"; }
third() { CONCLAVE_STORE=sqlite:$scratch/third "$conclave" "$@"; }
cd "$scratch"

printf 'correct horse\n' >passphrase
printf 'another horse\n' >wrong-passphrase
printf 'short\n' >short-passphrase
head -c 32 /dev/urandom >key
printf '99999999\n' >wrong-pin

ends "backup of an empty store" 3 c backup file --passphrase-file passphrase
make_token test-a
make_token test-b
c generate ec:P-256 --token test-b --pin-file user-pin --label moved >/dev/null
private_in() { "$1" objects --token test-b --pin-file user-pin; }

# --- backup ------------------------------------------------------------------------------------------------

ends "backup without a file" 2 c backup
ends "backup with a poor passphrase" 4 c backup file --passphrase-file short-passphrase
ends "backup with two secrets" 2 c backup file --passphrase-file passphrase --key-file key
ends "backup with a key file that is not there" 2 c backup file --key-file none
ends "backup with a passphrase from nowhere" 2 setsid "$conclave" backup file
ends "backup of no token" 3 c backup file --token none --passphrase-file passphrase
ends "backup into no folder" 1 c backup none/file --passphrase-file passphrase
says "and no file came of all that" '^none$' sh -c 'ls file* 2>/dev/null || echo none'
says "backup" '^file is written$' c backup file --passphrase-file passphrase
ends "backup over a file" 1 c backup file --passphrase-file passphrase
says "backup over a file, when told" '^file is written$' c backup --overwrite file --passphrase-file passphrase
says "backup of one token, with a key file" '^one is written$' c backup one --key-file key --token test-b
bar() { c backup two --key-file key 2>&1 | od -c | grep -c '\\r' || true; }
says "no bar where nobody looks" '^0$' bar

# --- restore -----------------------------------------------------------------------------------------------

says "restore --list" "^backup: token 'test-b', serial number [0-9a-f]{16}, slot 1, 2 objects$" c restore --list file --passphrase-file passphrase
ends "restore with another passphrase" 4 elsewhere restore file --passphrase-file wrong-passphrase
ends "restore of what is no backup" 1 elsewhere restore passphrase --passphrase-file passphrase
ends "restore of what is not there" 1 elsewhere restore none --passphrase-file passphrase
ends "restore of a token that is not in it" 3 elsewhere restore file --token none --passphrase-file passphrase
ends "restore over what is there" 1 c restore file --passphrase-file passphrase
ends "replace says which" 2 c restore --replace file --passphrase-file passphrase
ends "replace without an answer" 1 setsid "$conclave" restore --replace --token test-b file --passphrase-file passphrase
ends "replace with a wrong SO PIN" 4 c restore --yes --replace --token test-b one --key-file key --so-pin-file wrong-pin
says "replace" "^restored: token 'test-b', .*, slot 1, 2 objects$" \
	c restore --yes --replace --token test-b one --key-file key --so-pin-file so-pin
says "restore elsewhere" "^restored: token 'test-b', .*, slot 1, 2 objects$" elsewhere restore file --passphrase-file passphrase
says "with its private key" '^private +ec:P-256 +moved ' private_in elsewhere
says "which is authentic" '^2 objects authentic, 0 damaged, 0 missing$' elsewhere verify --token test-b --pin-file user-pin
says "restore of one of them" "^restored: token 'test-b'" third restore file --token test-b --passphrase-file passphrase
tokens_of_third() { third slots | grep -c ' token '; }
says "and no other" '^1$' tokens_of_third
step "which goes again" third remove --yes --so-pin-file so-pin

# --- move --------------------------------------------------------------------------------------------------

ends "move without a store" 2 c move --token test-b --so-pin-file so-pin
ends "move to memory" 2 c move memory: --token test-b --so-pin-file so-pin
ends "move to where it is" 2 c move "sqlite:$scratch/store" --token test-b --so-pin-file so-pin
ends "move to no kind of store" 1 c move "nonsense:x" --token test-b --so-pin-file so-pin
ends "move with a wrong SO PIN" 4 c move "sqlite:$scratch/third" --token test-b --so-pin-file wrong-pin
says "move" 'in slot 1 of the other store now$' c move "sqlite:$scratch/third" --token test-b --so-pin-file so-pin
ends "it is here no more" 3 c token --token test-b
says "but there" '^private +ec:P-256 +moved ' private_in third

finish
