-- rated.sql: ratings and times of synthetic users
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
SET TimeZone = 'UTC';
\pset format unaligned
\x

-- Stars by item, and visits in the evening, a few minutes apart, on some days.
CREATE TABLE visits (user_id int, item_id int, stars numeric(2, 1), at timestamptz, note text);
INSERT INTO visits SELECT user_id, item_id, 1 + (item_id % 3 + user_id % 2) * 0.5,
	timestamptz '2024-05-01 18:00+00' + (user_id % 40 + item_id % 3 * 2) * interval '1 day' + (user_id % 180 + item_id % 10) * interval '1 minute', 'x'
FROM synrec.rows(synrec.simulate(600, 60, seed => 4));
CREATE TEMP TABLE fitted AS SELECT g ->> 'method' AS method, synrec.fit(synrec.read('visits', 'user_id', 'item_id', 'at', 'stars'), g) AS model
FROM (VALUES (synrec.unigrams()), (synrec.bigrams()), (synrec.clustering(4)), (synrec.fractal_expansion())) AS v (g);
SELECT method, d ? 'ratings' AND d ? 'times' AS "has both", d #>> '{ratings,cells}' AS cells, d #>> '{ratings,items}' AS items, (d #>> '{ratings,items_of_groups}')::int > 0 AS "by group",
	d #>> '{times,days}' AS days, d ->> 'discloses' ~ 'How many users gave each rating.*When histories begin' AS "says so" FROM fitted, synrec.describe(model) AS d ORDER BY method;

-- Columns are filled when they are named; the items do not depend on that.
CREATE TEMP TABLE made AS SELECT method, g.* FROM fitted, synrec.generate(NULL::visits, model, 500, '{}'::jsonb, 7, rating_column => 'stars', at_column => 'at') AS g;
SELECT method, count(*) > 5000 AS "rows", bool_and(stars BETWEEN 1 AND 2.5 AND stars * 2 = floor(stars * 2)) AS "stars", bool_and(at >= '2024-05-01' AND at < '2024-06-15') AS "span",
	avg((extract(hour FROM at) BETWEEN 18 AND 21)::int) > 0.95 AS evenings, bool_and(date_trunc('minute', at) = at) AS "whole minutes", bool_and(note IS NULL) AS "no notes"
FROM made GROUP BY method ORDER BY method;
SELECT method, (SELECT array_agg((user_id, item_id) ORDER BY user_id DESC) FROM made AS m WHERE m.method = f.method)
		= (SELECT array_agg((g.user_id, g.item_id) ORDER BY g.user_id DESC) FROM synrec.generate(NULL::visits, model, 500, 7) AS g) AS "the same items",
	(SELECT string_agg(concat(g.stars, g.at), ' ') FROM synrec.generate(NULL::visits, model, 9, '{}'::jsonb, 7) AS g) ~ '^ *$' AS "nothing unless named"
FROM fitted AS f ORDER BY method;

-- User n's are the same in slices, and on any number of threads.
SELECT method, (SELECT array_agg(m::text) FROM (SELECT user_id, item_id, stars, at FROM made AS m WHERE m.method = f.method AND user_id BETWEEN -300 AND -200) AS m)
		= (SELECT array_agg(g::text) FROM (SELECT user_id, item_id, stars, at FROM synrec.generate(NULL::visits, model, 101, '{}'::jsonb, 7, 200, rating_column => 'stars', at_column => 'at')) AS g) AS "slice"
FROM fitted AS f ORDER BY method;
SET synrec.threads = 1;
SELECT method, (SELECT array_agg(m::text) FROM (SELECT user_id, item_id, stars, at FROM made AS m WHERE m.method = f.method) AS m)
		= (SELECT array_agg(g::text) FROM (SELECT user_id, item_id, stars, at FROM synrec.generate(NULL::visits, model, 500, '{}'::jsonb, 7, rating_column => 'stars', at_column => 'at')) AS g) AS "one thread"
FROM fitted AS f ORDER BY method;
RESET synrec.threads;

-- As one value: rated sequences, whose sets are what was generated before there were times.
SELECT method, s.time_type, r.ratings = s.interactions AS rated, r.min_rating, r.max_rating,
	synrec.as_sets(synrec.without_ratings(data)) = synrec.generate_interactions(synrec.fit(synrec.read('visits'), (d ->> 'options')::jsonb || jsonb_build_object('method', method)), 200, 3) AS "the same sets"
FROM fitted, synrec.describe(model) AS d, synrec.generate_interactions(model, 200, 3) AS data, synrec.summary(data) AS s, synrec.rating_summary(data) AS r ORDER BY method;

-- Only ratings, only times; models of few users have neither, nor have private ones.
SELECT synrec.describe(synrec.fit(synrec.read('visits', 'user_id', 'item_id', NULL, 'stars'), synrec.unigrams())) ?& '{ratings}' AS ratings,
	synrec.describe(synrec.fit(synrec.read('visits', 'user_id', 'item_id', NULL, 'stars'), synrec.unigrams())) ? 'times' AS "and times",
	synrec.describe(synrec.fit(synrec.read('visits', 'user_id', 'item_id', 'at'), synrec.unigrams())) ? 'times' AS times,
	synrec.describe(synrec.fit(synrec.read('visits', 'user_id', 'item_id', 'at'), synrec.unigrams())) ? 'ratings' AS "and ratings",
	synrec.describe(synrec.fit(synrec.read('SELECT * FROM visits WHERE user_id < 4', 'user_id', 'item_id', 'at', 'stars'), synrec.unigrams())) ?| '{ratings,times}' AS "of few users",
	synrec.describe(synrec.fit(synrec.read('visits', 'user_id', 'item_id', 'at', 'stars'), synrec.cooccurrence(epsilon => 1, delta => 0.00001))) ?| '{ratings,times}' AS private;
-- A rating that fewer than 5 users gave is never generated, nor one that fewer than 3 gave an item, unless others did.
UPDATE visits SET stars = 5 WHERE user_id <= 4;
SELECT max(r.max_rating) AS "not 5" FROM synrec.rating_summary(synrec.generate_interactions(synrec.fit(synrec.read('visits', 'user_id', 'item_id', 'at', 'stars'), synrec.unigrams()), 3000)) AS r;

-- Types of columns: what a column cannot hold is an error.
CREATE TYPE pg_temp.wide AS (user_id text, item_id text, stars real, at date);
CREATE TYPE pg_temp.whole AS (user_id int, item_id int, stars int, at text);
SELECT count(g.stars) = count(*) AS "as real", count(g.at) = count(*) AS "as a date", min(g.user_id) AS "first user" FROM fitted, synrec.generate(NULL::pg_temp.wide, model, 5, '{}'::jsonb, rating_column => 'stars', at_column => 'at') AS g WHERE method = 'bigrams';
SELECT bool_and(g.at ~ '^2024-0[56]-\d\dT\d\d:\d\d:00$') AS "as text" FROM fitted, synrec.generate(NULL::pg_temp.whole, model, 5, '{}'::jsonb, at_column => 'at') AS g WHERE method = 'bigrams';

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
SELECT pg_temp.refusal($$SELECT synrec.generate(NULL::visits, synrec.fit('visits', synrec.unigrams()), 5, '{}'::jsonb, rating_column => 'stars')$$) AS "no ratings",
	pg_temp.refusal($$SELECT synrec.generate(NULL::visits, synrec.fit('visits', synrec.unigrams()), 5, '{}'::jsonb, at_column => 'at')$$) AS "no times",
	pg_temp.refusal($$SELECT synrec.generate(NULL::visits, model, 5, '{}'::jsonb, at_column => 'when') FROM fitted$$) AS "no such column",
	pg_temp.refusal($$SELECT synrec.generate(NULL::visits, model, 5, '{}'::jsonb, rating_column => 'item_id') FROM fitted$$) AS "one column twice",
	pg_temp.refusal($$SELECT synrec.generate(NULL::pg_temp.whole, model, 500, '{}'::jsonb, rating_column => 'stars') FROM fitted$$) AS "halves in an integer";

DROP TABLE visits;
