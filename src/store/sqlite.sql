-- SPDX-License-Identifier: Apache-2.0
--
-- The database of an sqlite: store. Knows numbers, names and opaque bytes, nothing of what they mean.
-- The format is PRAGMA user_version (1000 * major + minor), the kind of file PRAGMA application_id.

-- next_token, next_slot: what is given next, never again. changes: committed write transactions.
CREATE TABLE counter (
	name TEXT PRIMARY KEY NOT NULL,
	value INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO counter (name, value) VALUES ('next_token', 1), ('next_slot', 0), ('changes', 0);

CREATE TABLE token (
	token INTEGER PRIMARY KEY NOT NULL,
	slot INTEGER NOT NULL UNIQUE
) STRICT;

-- token 0: of the store itself.
CREATE TABLE meta (
	token INTEGER NOT NULL,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,
	value BLOB NOT NULL,
	PRIMARY KEY (token, name)
) WITHOUT ROWID, STRICT;

-- seq is the token's number times 2^40 plus a running number: a token's records lie together, in
-- order of insertion. tags are the record's own, eight bytes each, little endian, rising.
CREATE TABLE object (
	seq INTEGER PRIMARY KEY NOT NULL,
	token INTEGER NOT NULL,
	version INTEGER NOT NULL,
	id BLOB NOT NULL,
	tags BLOB NOT NULL,
	open BLOB NOT NULL,
	sealed BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_id ON object (id, token);

-- Where a search starts; what object.tags says, the other way round.
CREATE TABLE tag (
	tag INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	PRIMARY KEY (tag, seq)
) WITHOUT ROWID, STRICT;

-- What the object layer keeps about the records, in families of rows that divide the places from 0 to 2^63 - 1 among
-- them: see set rows in store.h. Rows are found by the index and rewritten in place.
CREATE TABLE sets (
	row INTEGER PRIMARY KEY NOT NULL,
	token INTEGER NOT NULL,
	family INTEGER NOT NULL,
	start INTEGER NOT NULL,
	version INTEGER NOT NULL,
	value BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX sets_start ON sets (token, family, start);
