-- ratings.sql: ratings beside the items of sets and of sequences
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
SET TimeZone = 'UTC';
\pset format unaligned
\x

-- Of an item's ratings by one user the highest counts in sets; in sequences all are kept.  Rows with a NULL do not count.
CREATE TABLE events (user_id int, item_id text, rating numeric(3, 1), at timestamp, n int);
INSERT INTO events VALUES (1, 'tea', 4.5, '2024-01-02', 1), (1, 'milk', 3, '2024-01-03', 2), (1, 'tea', 2, '2024-01-01', 3), (1, 'milk', 1, '2024-01-03', 4),
	(2, 'jam', 5, '2024-01-01', 5), (2, 'tea', NULL, '2024-01-01', 6), (NULL, 'tea', 1, '2024-01-01', 7), (2, NULL, 1, '2024-01-01', 8), (1, 'ale', 0, NULL, 9);
CREATE TEMP TABLE kept AS SELECT synrec.ratings(user_id, item_id, rating) AS sets, synrec.sequences(user_id, item_id, at, rating) AS sequences FROM events;
SELECT s.users, s.items, s.interactions, s.time_type IS NULL AS "no time", s.bytes = octet_length(interactions_send(sets)) + 4 AS bytes FROM kept, synrec.summary(sets) AS s;
SELECT s.users, s.items, s.interactions, s.time_type, s.bytes = octet_length(interactions_send(sequences)) + 4 AS bytes FROM kept, synrec.summary(sequences) AS s;
SELECT r.ratings, r.min_rating, r.mean_rating, r.max_rating, (synrec.rating_summary(synrec.without_ratings(sets))).* FROM kept, synrec.rating_summary(sequences) AS r;
SELECT string_agg(r::text, ' ') AS sets FROM kept, synrec.rows(NULL::events, sets, 'user_id', 'item_id', NULL, 'rating') AS r;
SELECT string_agg(r::text, ' ') AS sequences FROM kept, synrec.rows(NULL::events, sequences, 'user_id', 'item_id', 'at', 'rating') AS r;
SELECT string_agg(r::text, ' ') AS "without them" FROM kept, synrec.rows(NULL::events, sets) AS r;
SELECT count(r.*) AS "of nothing" FROM (SELECT synrec.ratings(1, 1, 1) FILTER (WHERE false) AS data) AS d, synrec.rows(NULL::events, data, 'user_id', 'item_id', 'at', 'rating') AS r;

-- The order of rows leaves no trace; the text form is lossless; what is read is what is aggregated.
CREATE TEMP TABLE again AS SELECT synrec.ratings(user_id, item_id, rating ORDER BY n) AS sets, synrec.ratings(user_id, item_id, rating ORDER BY n DESC) AS sets_backwards,
	synrec.sequences(user_id, item_id, at, rating ORDER BY n DESC) AS sequences, synrec.sequences(user_id, item_id, at) AS unrated, synrec.interactions(user_id, item_id) AS plain FROM events;
SELECT a.sets = k.sets AND a.sets_backwards = k.sets AS "sets", a.sequences = k.sequences AS "sequences",
	k.sets::text::synrec.interactions = k.sets AND k.sequences::text::synrec.interactions = k.sequences AS lossless,
	synrec.read('events', 'user_id', 'item_id', NULL, 'rating') = k.sets AND synrec.read('events', 'user_id', 'item_id', 'at', 'rating') = k.sequences AS read,
	synrec.read('events', 'user_id', 'item_id', 'at') = unrated AS "without ratings", synrec.read('events', 'user_id', 'item_id', NULL) = plain AS "without both"
FROM again AS a, kept AS k;

-- Each type of ratings comes back as it went in.
CREATE TYPE pg_temp.with_real AS (user_id int, item_id int, r real);
CREATE TYPE pg_temp.with_float AS (user_id int, item_id int, r float8);
CREATE TYPE pg_temp.with_small AS (user_id int, item_id int, r smallint);
CREATE TYPE pg_temp.with_bigint AS (user_id int, item_id int, r bigint);
CREATE TYPE pg_temp.with_numeric AS (user_id int, item_id int, r numeric);
CREATE TYPE pg_temp.with_text AS (user_id int, item_id int, r text);
CREATE DOMAIN pg_temp.stars AS int CHECK (VALUE BETWEEN 1 AND 5);
CREATE TYPE pg_temp.with_stars AS (user_id int, item_id int, r pg_temp.stars);
SELECT string_agg(r.r::text, ' ') AS "reals" FROM (SELECT synrec.ratings(1, i, i * real '0.1') AS d FROM generate_series(-1, 3) AS i) AS s, synrec.rows(NULL::pg_temp.with_real, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "floats" FROM (SELECT synrec.ratings(1, i, v) AS d FROM (VALUES (1, float8 '1e300'), (2, -1e-300), (3, '-0'), (4, 0.1)) AS v (i, v)) AS s, synrec.rows(NULL::pg_temp.with_float, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "smallints" FROM (SELECT synrec.ratings(1, i, (i * 30000)::smallint) AS d FROM generate_series(-1, 1) AS i) AS s, synrec.rows(NULL::pg_temp.with_small, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "bigints" FROM (SELECT synrec.ratings(1, i, i * 1000000000000) AS d FROM generate_series(-1, 1) AS i) AS s, synrec.rows(NULL::pg_temp.with_bigint, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "numerics" FROM (SELECT synrec.ratings(1, i, i * 0.25) AS d FROM generate_series(-1, 1) AS i) AS s, synrec.rows(NULL::pg_temp.with_numeric, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "as text" FROM (SELECT synrec.ratings(1, i, i * 0.5) AS d FROM generate_series(-1, 1) AS i) AS s, synrec.rows(NULL::pg_temp.with_text, d, 'user_id', 'item_id', NULL, 'r') AS r;
SELECT string_agg(r.r::text, ' ') AS "a domain" FROM (SELECT synrec.ratings(1, i, i::pg_temp.stars) AS d FROM generate_series(1, 5) AS i) AS s, synrec.rows(NULL::pg_temp.with_stars, d, 'user_id', 'item_id', NULL, 'r') AS r;

-- Sets of sequences keep the highest rating; without ratings both are what they were.
SELECT synrec.as_sets(sequences) = synrec.as_sets(synrec.ratings(user_id, item_id, rating) FILTER (WHERE at IS NOT NULL)) AS "as_sets",
	synrec.without_ratings(sequences) = synrec.sequences(user_id, item_id, at) FILTER (WHERE rating IS NOT NULL) AS "sequences",
	synrec.without_ratings(sets) = synrec.interactions(user_id, item_id) FILTER (WHERE rating IS NOT NULL) AS "sets",
	synrec.without_ratings(synrec.without_ratings(sets)) = synrec.without_ratings(sets) AS again, synrec.without_ratings(NULL) IS NULL AS "of NULL",
	synrec.membership_identifiability(sets, synrec.without_ratings(sets)) = 1 AS "measures do not mind"
FROM events, kept GROUP BY sets, sequences;

-- Merging and parts
SELECT sets || sets = sets AS "sets with themselves", (synrec.summary(sequences || sequences)).interactions AS "sequences twice",
	(SELECT synrec.merge(d) FROM (SELECT synrec.ratings(user_id, item_id, rating) AS d FROM events GROUP BY n) AS s) = sets AS "merge of parts",
	(SELECT synrec.merge(d) FROM (SELECT synrec.sequences(user_id, item_id, at, rating) AS d FROM events GROUP BY n) AS s) = sequences AS "of sequences",
	synrec.sample_users(sets, 9) = sets AS everybody, train || holdout = sets AS "two parts of a whole",
	(synrec.rating_summary(synrec.truncate_histories(sequences, 1, keep => 'latest'))).ratings AS latest,
	(synrec.rating_summary(synrec.filter_histories(sets, 2))).ratings AS filtered
FROM kept, synrec.split_users(sets, 0.5);

-- Parallel plans give the same values.
CREATE TABLE many AS SELECT user_id, item_id, (user_id * item_id % 9)::real / 2 AS rating, user_id * 7 + item_id AS at FROM synrec.rows(synrec.simulate(3000, 200, seed => 1));
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE TEMP TABLE in_parallel AS SELECT synrec.ratings(user_id, item_id, rating) AS sets, synrec.sequences(user_id, item_id, at, rating) AS sequences FROM many;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE in_one AS SELECT synrec.ratings(user_id, item_id, rating) AS sets, synrec.sequences(user_id, item_id, at, rating) AS sequences FROM many;
SELECT p.sets = o.sets AS sets, p.sequences = o.sequences AS sequences FROM in_parallel AS p, in_one AS o;

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
SELECT pg_temp.refusal('SELECT sets || synrec.without_ratings(sets) FROM kept') AS "with and without",
	pg_temp.refusal('SELECT sets || sequences FROM kept') AS "sets and sequences",
	pg_temp.refusal('SELECT synrec.merge(d) FROM (SELECT sets FROM kept UNION ALL SELECT synrec.without_ratings(sets) FROM kept) AS s (d)') AS "merged",
	pg_temp.refusal('SELECT synrec.ratings(1, 1, float8 ''NaN'')') AS "NaN",
	pg_temp.refusal('SELECT synrec.ratings(1, 1, numeric ''Infinity'')') AS "infinity",
	pg_temp.refusal('SELECT synrec.sequences(1, 1, 1, real ''-Infinity'')') AS "minus infinity",
	pg_temp.refusal('SELECT synrec.ratings(1, 1, true)') AS "boolean",
	pg_temp.refusal('SELECT synrec.ratings(1, 1, ''5'')') AS "a literal",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, synrec.without_ratings(sets), ''user_id'', ''item_id'', NULL, ''rating'') FROM kept') AS "no ratings",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, sets, ''user_id'', ''item_id'', NULL, ''stars'') FROM kept') AS "no such column",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, sequences, ''user_id'', ''item_id'', ''at'', ''at'') FROM kept') AS "one column twice",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, sets, ''user_id'', ''item_id'', NULL, ''n'') FROM kept') AS "a fraction in an integer",
	pg_temp.refusal('SELECT synrec.rows(NULL::events, sets, NULL, ''item_id'', NULL, ''rating'') FROM kept') AS "NULL",
	pg_temp.refusal('SELECT synrec.read(''events'', ''user_id'', ''item_id'', ''at'', ''stars'')') AS "no such column to read",
	pg_temp.refusal('SELECT synrec.read(NULL, ''user_id'', ''item_id'', ''at'')') AS "nothing to read",
	pg_temp.refusal('SELECT synrec.ratings_add(NULL, 1, 1, 1)') AS "ratings_add";

DROP TABLE events, many;
