-- sequences.sql: histories in order of time
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
SET TimeZone = 'UTC';
\pset format unaligned
\x

-- Repeats are kept, ties go by item, rows with a NULL do not count.
CREATE TABLE events (user_id int, item_id text, at timestamptz, n int);
INSERT INTO events VALUES (1, 'tea', '2024-01-02', 1), (1, 'milk', '2024-01-03', 2), (1, 'tea', '2024-01-01', 3), (1, 'milk', '2024-01-03', 2),
	(2, 'jam', '2024-01-01', 1), (2, 'tea', NULL, 1), (NULL, 'tea', '2024-01-01', 1), (2, NULL, '2024-01-01', 1), (1, 'ale', '2024-01-03', 9);
CREATE TEMP TABLE kept AS SELECT synrec.sequences(user_id, item_id, at) AS data,
	synrec.interactions(user_id, item_id) FILTER (WHERE at IS NOT NULL) AS sets FROM events;
SELECT s.users, s.items, s.interactions, s.min_items, s.max_items, s.key_types, s.time_type, (synrec.summary(sets)).time_type IS NULL AS "sets have none",
	s.bytes = octet_length(interactions_send(data)) + 4 AS bytes FROM kept, synrec.summary(data) AS s;
SELECT string_agg(r::text, ' ') AS "in order" FROM kept, synrec.rows(NULL::events, data, at_column => 'at') AS r;
SELECT string_agg(r::text, ' ') AS "without times" FROM kept, synrec.rows(NULL::events, data) AS r;
SELECT string_agg(item_id::text, ' ') AS "integers in order" FROM synrec.rows((SELECT synrec.sequences(1, i, -i) FROM generate_series(1, 5) AS i));
SELECT s.users, s.interactions, s.time_type IS NULL AS "no time", data = empty AS "the empty value"
FROM (SELECT synrec.sequences(1, 1, 1) FILTER (WHERE false) AS data, synrec.interactions(1, 1) FILTER (WHERE false) AS empty) AS d, synrec.summary(data) AS s;

-- The order of rows leaves no trace; the text form is lossless.
SELECT a = b AS "same value", a::text::synrec.interactions = a AS lossless
FROM (SELECT synrec.sequences(user_id, item_id, at ORDER BY n) AS a, synrec.sequences(user_id, item_id, at ORDER BY at DESC, item_id DESC) AS b FROM events) AS s;

-- Kinds of times; each comes back as it went in.
CREATE TYPE pg_temp.with_integer AS (user_id int, item_id int, at bigint);
CREATE TYPE pg_temp.with_float AS (user_id int, item_id int, at float8);
CREATE TYPE pg_temp.with_real AS (user_id int, item_id int, at real);
CREATE TYPE pg_temp.with_moment AS (user_id int, item_id int, at timestamp);
CREATE TYPE pg_temp.with_day AS (user_id int, item_id int, at date);
CREATE TYPE pg_temp.with_zone AS (user_id int, item_id int, at timestamptz(0));
CREATE TYPE pg_temp.with_text AS (user_id int, item_id int, at text);
CREATE DOMAIN pg_temp.year AS smallint;
SELECT string_agg(r.at::text, ' ') AS "integers" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (9223372036854775807), (-9223372036854775808), (0)) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_integer, d, at_column => 'at') AS r;
SELECT string_agg(r.at::text, ' ') AS "a domain" FROM (SELECT synrec.sequences(1, 1, t::pg_temp.year) AS d FROM (VALUES (2001), (1999)) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_integer, d, at_column => 'at') AS r;
SELECT string_agg(r.at::text, ' ') AS "floats" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (float8 'NaN'), (1.5), ('-Infinity'), ('-0'), (-1e-300), (-2.5), ('Infinity'), (1e300)) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_float, d, at_column => 'at') AS r;
SELECT string_agg(r.at::text, ' ') AS "reals" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (real '0.1'), (-7)) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_real, d, at_column => 'at') AS r;
SELECT string_agg(r.at::text, ', ') AS "timestamps" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (timestamp '2024-02-29 12:30:00.25'), ('infinity'), ('-infinity'), ('0044-03-15 BC')) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_moment, d, at_column => 'at') AS r;
SELECT string_agg(r.at::text, ', ') AS "dates" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (date '2024-02-29'), ('1969-07-20'), ('infinity')) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_day, d, at_column => 'at') AS r;
SET TimeZone = 'America/New_York';
SELECT string_agg(r.at::text, ', ') AS "with time zone" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (timestamptz '2024-02-29 12:30:00+00')) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_zone, d, at_column => 'at') AS r;
SELECT string_agg(r.at, ', ') AS "as text" FROM (SELECT synrec.sequences(1, 1, t) AS d FROM (VALUES (timestamptz '2024-02-29 12:30:00+00')) AS v (t)) AS s, synrec.rows(NULL::pg_temp.with_text, d, at_column => 'at') AS r;
RESET TimeZone;

-- Merging adds: a sequence with itself has everything twice.
SELECT (synrec.summary(data || data)).interactions AS "twice", synrec.as_sets(data || data) = sets AS "the same sets",
	(SELECT synrec.merge(d) FROM (SELECT synrec.sequences(user_id, item_id, at) AS d FROM events GROUP BY user_id, item_id) AS s) = data AS "merge of parts is the whole",
	data || empty = data AND empty || data = data AS "nothing added"
FROM kept, (SELECT synrec.interactions(1, 1) FILTER (WHERE false) AS empty) AS e;

-- Sets of items: by as_sets(), and by whatever works on sets.
SELECT synrec.as_sets(data) = sets AS "as_sets", synrec.as_sets(sets) = sets AS "of sets", synrec.as_sets(NULL) IS NULL AS "of NULL",
	(SELECT array_agg(g) FROM synrec.generate(NULL::events, synrec.fit(data, synrec.clustering(1)), 5) AS g) = (SELECT array_agg(g) FROM synrec.generate(NULL::events, synrec.fit(sets, synrec.clustering(1)), 5) AS g) AS fit,
	synrec.membership_identifiability(data, sets) = 1 AS membership,
	synrec.deanonymization_identifiability(data, data) = synrec.deanonymization_identifiability(sets, sets) AS deanonymization,
	synrec.attribute_identifiability(data, sets) = synrec.attribute_identifiability(sets, sets) AS attribute,
	(SELECT array_agg(r) FROM synrec.membership_ranks(data, data) AS r) = (SELECT array_agg(r) FROM synrec.membership_ranks(sets, sets) AS r) AS ranks
FROM kept;

-- Parts
SELECT string_agg(r::text, ' ') AS "the latest" FROM kept, synrec.rows(NULL::events, synrec.truncate_histories(data, 2, keep => 'latest'), at_column => 'at') AS r;
SELECT s.interactions AS "random ones", s.time_type, synrec.truncate_histories(data, 5) = data AS "long enough" FROM kept, synrec.summary(synrec.truncate_histories(data, 2)) AS s;
SELECT synrec.sample_users(data, 2) = data AS "everybody", train || holdout = data AS "two parts of a whole" FROM kept, synrec.split_users(data, 0.5);
SELECT (synrec.summary(synrec.filter_histories(data, 5))).users AS "5 interactions", (synrec.summary(synrec.filter_histories(data, 1, 2))).users AS "an item of 2 users" FROM kept;

-- Errors
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n\t', SQLSTATE || ' ' || message, NULLIF(detail, ''), NULLIF(hint, ''));
END $$;
SELECT pg_temp.refusal('SELECT data || sets FROM kept') AS "sequences || sets",
	pg_temp.refusal('SELECT synrec.merge(d) FROM (SELECT data FROM kept UNION ALL SELECT sets FROM kept) AS s (d)') AS "merged",
	pg_temp.refusal('SELECT synrec.sequences(1, 1, 1) || synrec.sequences(1, 1, float8 ''1'')') AS "times that differ",
	pg_temp.refusal('SELECT synrec.sequences(1, 1, numeric ''1'')') AS "numeric",
	pg_temp.refusal('SELECT synrec.sequences(1, 1, ''2024-01-01'')') AS "a literal",
	pg_temp.refusal('SELECT synrec.truncate_histories(sets, 2, keep => ''latest'') FROM kept') AS "the latest of sets",
	pg_temp.refusal('SELECT synrec.truncate_histories(data, 2, keep => ''first'') FROM kept') AS "another word",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, sets, at_column => ''at'') FROM kept') AS "times of sets",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, data, at_column => ''when'') FROM kept') AS "no such column",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, data, at_column => ''item_id'') FROM kept') AS "one column twice",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, data, at_column => ''n'') FROM kept') AS "a time in an integer",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, data, item_column => NULL) FROM kept') AS "NULL",
	pg_temp.refusal('SELECT synrec.sequences_add(NULL, 1, 1, 1)') AS "sequences_add";

DROP TABLE events;
