-- malformed.sql: no bytes that come in as a value harm the server
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TEMP TABLE samples (type text, bytes bytea);
INSERT INTO samples
SELECT 'interactions', interactions_send(synrec.interactions(u, i)) FROM (VALUES ('ann', 'tea'), ('ann', 'milk'), ('bob', 'tea')) AS v (u, i);
INSERT INTO samples
SELECT 'interactions', interactions_send(synrec.interactions(u, i)) FROM (VALUES (1, 5), (1, 7), (3, 7)) AS v (u, i);
INSERT INTO samples
SELECT 'model', model_send(synrec.fit(synrec.interactions(u, i), synrec.unigrams())) FROM (VALUES ('ann', 'tea'), ('ann', 'milk'), ('bob', 'tea')) AS v (u, i);

-- The SQLSTATE that bytes end in on their way in as text; 00000 when they are let in.
CREATE FUNCTION pg_temp.as_text(type text, input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	data synrec.interactions;
	model synrec.model;
BEGIN
	IF type = 'model' THEN model := input; ELSE data := input; END IF;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

-- Likewise by binary COPY, whose file holds a bytea where a value is expected.
CREATE TEMP TABLE incoming_interactions (value synrec.interactions);
CREATE TEMP TABLE incoming_model (value synrec.model);
CREATE FUNCTION pg_temp.as_binary(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/regress_synrec.copy';
BEGIN
	EXECUTE format('COPY (SELECT %L::bytea) TO %L (FORMAT binary)', bytes, file);
	EXECUTE format('COPY pg_temp.incoming_%s FROM %L (FORMAT binary)', type, file);
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;

-- What is whole is let in; everything else is counted by the SQLSTATE it ends in:
-- 22P03 malformed, 0A000 of a newer format.
SELECT type, count(*) AS whole FROM samples
WHERE pg_temp.as_text(type, bytes::text) = '00000' AND pg_temp.as_binary(type, bytes) = '00000' GROUP BY type ORDER BY type;
SELECT type, bool_and(pg_temp.as_text(type, substr(bytes, 1, length)::text) = '22P03') AS "cut off, text",
	bool_and(pg_temp.as_binary(type, substr(bytes, 1, length)) = '22P03') AS "cut off, binary"
FROM samples, generate_series(0, octet_length(bytes) - 1) AS length GROUP BY type ORDER BY type;
SELECT type, bool_and(pg_temp.as_text(type, (bytes || decode(repeat('00', n), 'hex'))::text) = '22P03') AS "longer"
FROM samples, generate_series(1, 17) AS n GROUP BY type ORDER BY type;
SELECT type, sqlstate = '0A000' AS "newer", count(*) = count(DISTINCT (place, bit)) AND count(*) = CASE sqlstate WHEN '0A000' THEN bits_newer ELSE bits_other END AS "every bit counts"
FROM (SELECT type, place, bit, pg_temp.as_text(type, set_bit(bytes, place * 8 + bit, 1 - get_bit(bytes, place * 8 + bit))::text) AS sqlstate,
		newer AS bits_newer, octet_length(bytes) * 8 - newer AS bits_other
	FROM (SELECT DISTINCT ON (type) * FROM samples ORDER BY type, octet_length(bytes)) AS s,
		generate_series(0, octet_length(bytes) - 1) AS place, generate_series(0, 7) AS bit,
		-- of version 1 one bit makes 0, and of interactions another 3, which is known
		LATERAL (SELECT CASE type WHEN 'model' THEN 15 ELSE 14 END) AS n (newer)) AS f
WHERE sqlstate IN ('0A000', '22P03') GROUP BY type, sqlstate, bits_newer, bits_other ORDER BY type, sqlstate;
SELECT type, count(*) = octet_length(bytes) AS "every byte counts, binary"
FROM samples, generate_series(0, octet_length(bytes) - 1) AS place
WHERE pg_temp.as_binary(type, set_byte(bytes, place, 255 - get_byte(bytes, place))) IN ('22P03', '0A000')
GROUP BY type, bytes ORDER BY type, octet_length(bytes);
SELECT bool_and(pg_temp.as_text(type, ('\x' || noise)::text) = '22P03' AND pg_temp.as_binary(type, decode(noise, 'hex')) = '22P03') AS "noise"
FROM (SELECT type, substr(string_agg(md5((n * 100 + part)::text), ''), 1, n * 2) AS noise
	FROM (VALUES ('interactions'), ('model')) AS t (type), generate_series(1, 60) AS n, generate_series(1, 5) AS part GROUP BY type, n) AS r;
SELECT pg_temp.as_text('model', (SELECT bytes::text FROM samples WHERE type = 'interactions' LIMIT 1)) AS "interactions as a model",
	pg_temp.as_text('interactions', (SELECT bytes::text FROM samples WHERE type = 'model')) AS "a model as interactions";

-- Texts that are not hexadecimal, or not of whole bytes.
SELECT input, pg_temp.as_text('interactions', input) AS interactions, pg_temp.as_text('model', input) AS model
FROM (VALUES (''), ('\'), ('\x'), ('\x0'), ('\xzz'), ('ratings'), ('{"a": 1}')) AS v (input);
SELECT synrec.interactions_in('ratings');
SELECT synrec.model_in('unigrams');
SELECT set_byte(bytes, 4, 2)::text::synrec.model FROM samples WHERE type = 'model';
SELECT set_byte(bytes, 4, 4)::text::synrec.interactions FROM samples WHERE type = 'interactions' LIMIT 1;

-- A checksum is no defence against an adversary, so ours are forged here: whatever
-- comes in with the right checksum must still be refused, or be harmless to use.
CREATE FUNCTION pg_temp.times(a bigint, b numeric) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	product numeric := mod(a * b, 18446744073709551616);
BEGIN
	IF product < -9223372036854775808 THEN product := product + 18446744073709551616; END IF;
	IF product > 9223372036854775807 THEN product := product - 18446744073709551616; END IF;
	RETURN product;
END $$;
CREATE FUNCTION pg_temp.word(bytes bytea, place int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	word bigint := 0;
BEGIN
	FOR i IN REVERSE 7 .. 0 LOOP
		word := word << 8 | get_byte(bytes, place + i);
	END LOOP;
	RETURN word;
END $$;
CREATE FUNCTION pg_temp.bytes(word bigint) RETURNS bytea LANGUAGE sql IMMUTABLE
	RETURN (SELECT string_agg(substr(int8send(word), 9 - i, 1), '' ORDER BY i) FROM generate_series(1, 8) AS i);
-- value_hash() of src/core/data/value.c
CREATE FUNCTION pg_temp.hash(bytes bytea, seed bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	odd numeric[] := ARRAY[11400714819323198485, 13787848793156543929, 10723151780598845931, 15485907386658061715];
	signed bigint[] := ARRAY[-7046029254386353131, -4658895280553007687, -7723592293110705685, -2960836687051489901];
	lane bigint[] := ARRAY[seed # signed[4], seed # signed[3], seed # signed[2], seed # signed[1]];
	hash bigint := octet_length(bytes);
	k int;
BEGIN
	FOR i IN 0 .. octet_length(bytes) / 8 - 1 LOOP
		k := i % 4 + 1;
		lane[k] := pg_temp.times(lane[k] # pg_temp.word(bytes, i * 8), odd[k]);
		lane[k] := lane[k] # ((lane[k] >> 29) & ((1::bigint << 35) - 1));
	END LOOP;
	FOR k IN 1 .. 4 LOOP
		hash := pg_temp.times(hash # lane[k], odd[k]);
		hash := hash # ((hash >> 32) & 4294967295);
	END LOOP;
	RETURN hash;
END $$;
CREATE FUNCTION pg_temp.sealed(type text, bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	zero bytea := '\x0000000000000000';
	reserved bigint := pg_temp.word(bytes, 8) & 4294967295;
BEGIN
	IF type = 'model' THEN
		bytes := overlay(bytes PLACING pg_temp.bytes(pg_temp.hash(substr(bytes, 133), pg_temp.hash('\x00000000'::bytea
			|| substr(bytes, 1, 12) || zero || zero || substr(bytes, 29, 88) || zero || substr(bytes, 125, 8), 0))) FROM 21);
	END IF;
	RETURN overlay(bytes PLACING pg_temp.bytes(pg_temp.hash(substr(bytes, 21), pg_temp.hash(substr(bytes, 1, 8), reserved))) FROM 13);
END $$;
SELECT type, bool_and(pg_temp.sealed(type, bytes) = bytes) AS "forged as the original is sealed" FROM samples GROUP BY type ORDER BY type;

-- What becomes of a value on its way in or in use.
CREATE TEMP TABLE as_text (user_id text, item_id text);
CREATE FUNCTION pg_temp.is_text(seen text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM convert_from(convert_to(seen, 'UTF8'), 'UTF8');
	RETURN true;
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END $$;
CREATE FUNCTION pg_temp.used(type text, bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	data synrec.interactions;
	model synrec.model;
	seen text;
BEGIN
	IF type = 'model' THEN
		model := bytes::text;
		IF NOT pg_temp.is_text(synrec.describe(model)::text) THEN RETURN 'let through'; END IF;
		SELECT string_agg(g::text, '') INTO seen FROM synrec.generate(NULL::as_text, model, 3) AS g;
		PERFORM synrec.generate_interactions(model, 70), model = model, synrec.model_hash(model);
	ELSE
		data := bytes::text;
		SELECT string_agg(r::text, '') INTO seen FROM synrec.rows(NULL::as_text, data) AS r;
		seen := seen || (SELECT string_agg(r::text, '') FROM synrec.membership_ranks(data, data) AS r);
		PERFORM synrec.summary(data), data || data, synrec.sample_users(data, 1), synrec.split_users(data),
			synrec.truncate_histories(data, 1), synrec.filter_histories(data, 2, 2), synrec.interactions_hash(data),
			synrec.generate_interactions(synrec.fit(data, synrec.unigrams()), 5);
	END IF;
	RETURN CASE WHEN pg_temp.is_text(seen) THEN 'harmless' ELSE 'let through' END;
EXCEPTION WHEN OTHERS THEN
	-- malformed, newer, not UTF-8; options that are no JSON; sizes beyond synrec.max_memory
	RETURN CASE WHEN SQLSTATE IN ('22P03', '0A000', '22021', '22P02', '53400') THEN 'refused' ELSE SQLSTATE || ' ' || SQLERRM END;
END $$;
CREATE TEMP TABLE forged AS
SELECT type, place, pg_temp.used(type, pg_temp.sealed(type, set_byte(bytes, place, (get_byte(bytes, place) + change) % 256))) AS outcome
FROM samples, LATERAL generate_series(4, octet_length(bytes) - 1) AS place, (VALUES (1), (128), (255)) AS v (change)
WHERE place NOT BETWEEN 12 AND 19 AND NOT (type = 'model' AND place BETWEEN 20 AND 27);
SELECT outcome AS "neither refused nor harmless", type, string_agg(DISTINCT place::text, ' ') AS places FROM forged
WHERE outcome NOT IN ('refused', 'harmless') GROUP BY outcome, type;
SELECT type, bool_or(outcome = 'refused') AS "some refused", bool_or(outcome = 'harmless') AS "some harmless"
FROM forged GROUP BY type ORDER BY type;

-- Bytes that are no text cannot be made text by way of a value.
CREATE FUNCTION pg_temp.with_bytes(type text, original text, changed bytea) RETURNS text LANGUAGE sql
	RETURN (SELECT pg_temp.used(type, pg_temp.sealed(type, overlay(bytes PLACING changed FROM position(original::bytea IN bytes))))
		FROM (SELECT 'interactions' AS type, interactions_send(synrec.interactions('Xann', 'Xtea')) AS bytes
			UNION ALL SELECT 'model', model_send(synrec.fit(synrec.interactions('Xann', 'Xtea'), synrec.unigrams()))) AS s
		WHERE s.type = with_bytes.type);
SELECT bytes, pg_temp.with_bytes('interactions', 'Xann', bytes) AS "user keys", pg_temp.with_bytes('interactions', 'Xtea', bytes) AS "item keys",
	pg_temp.with_bytes('model', 'Xtea', bytes) AS "item keys of a model",
	pg_temp.with_bytes('model', (SELECT extversion FROM pg_extension WHERE extname = 'synrec'), bytes) AS "version of a model",
	pg_temp.with_bytes('model', 'unigrams', bytes) AS "method of a model"
FROM (VALUES ('\xff7a7a7a'::bytea), ('\x58c37a7a'), ('\x58007a7a'), ('\x58eda080'), ('\xc0807a7a'), ('\x58c3a97a')) AS v (bytes);

-- Options are the first section: its length is at place 164, its bytes have room for eight.
SELECT convert_from(options, 'SQL_ASCII') AS "options", pg_temp.used('model', pg_temp.sealed('model', overlay(set_byte(bytes, 164, 8) PLACING options FROM position('{}'::bytea IN bytes)))) AS outcome
FROM samples, (VALUES ('{"a":1} '::bytea), ('{"a":1}}'), ('{"a":1,]')) AS v (options) WHERE type = 'model';
SELECT pg_temp.used('model', pg_temp.sealed('model', overlay(set_byte(bytes, 164, 8) PLACING '\x7b22ff223a317d20'::bytea FROM position('{}'::bytea IN bytes)))) AS "bytes that are no text, in options"
FROM samples WHERE type = 'model';

COPY (SELECT 1) TO PROGRAM 'rm -f regress_synrec.copy';
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
