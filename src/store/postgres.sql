-- SPDX-License-Identifier: Apache-2.0
--
-- The tables of a postgresql: store, made inside a schema of their own. Knows numbers, names and opaque
-- bytes, nothing of what they mean. Numbers without a sign are kept as bigint with the same 64 bits.

-- One row. major, minor: the format. changes: committed write transactions; the row is the writers' lock.
-- next_token, next_slot: what is given next, never again. key_check: tells the hosts' store.key apart.
CREATE TABLE state (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	major integer NOT NULL,
	minor integer NOT NULL,
	changes bigint NOT NULL,
	next_token bigint NOT NULL,
	next_slot bigint NOT NULL,
	key_check bytea
) WITH (fillfactor = 10); -- room for the next versions of the one row on its own page
INSERT INTO state (major, minor, changes, next_token, next_slot) VALUES (2, 0, 0, 1, 0);

-- The write transactions of the last hour, by the name that the writer chose: whoever lost the connection
-- before COMMIT was answered looks here.
CREATE TABLE change (
	number bigint PRIMARY KEY,
	id uuid NOT NULL UNIQUE,
	made timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX change_made ON change (made);

CREATE TABLE token (
	token bigint PRIMARY KEY,
	slot bigint NOT NULL UNIQUE
);

-- token 0: of the store itself.
CREATE TABLE meta (
	token bigint NOT NULL,
	name text NOT NULL,
	version bigint NOT NULL,
	value bytea NOT NULL,
	PRIMARY KEY (token, name)
);

-- seq rises with each record, whatever the token: the order of insertion.
CREATE TABLE object (
	token bigint NOT NULL REFERENCES token,
	seq bigint GENERATED ALWAYS AS IDENTITY,
	id bytea NOT NULL,
	version bigint NOT NULL,
	tags bigint[] NOT NULL,
	open bytea NOT NULL,
	sealed bytea NOT NULL,
	PRIMARY KEY (token, seq),
	CONSTRAINT object_id UNIQUE (token, id)
);

-- Where a search starts; what object.tags says, the other way round.
CREATE TABLE tag (
	token bigint NOT NULL,
	tag bigint NOT NULL,
	seq bigint NOT NULL,
	PRIMARY KEY (token, tag, seq)
);

-- What the object layer keeps about the records, in families of rows that divide the places from 0 to 2^63 - 1 among
-- them: see set rows in store.h.
CREATE TABLE sets (
	token bigint NOT NULL REFERENCES token,
	family bigint NOT NULL,
	start bigint NOT NULL,
	version bigint NOT NULL,
	value bytea NOT NULL,
	PRIMARY KEY (token, family, start)
) WITH (fillfactor = 70); -- rows are rewritten often
