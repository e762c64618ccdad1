-- cooccurrence.sql: the generator of co-occurrence, without and with differential privacy
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TEMP TABLE sets AS SELECT synrec.simulate(2000, 200, mean_items => 10, topics => 5, taste => 3, seed => 1) AS data;
CREATE TEMP TABLE fitted AS
SELECT 'whole' AS name, data, synrec.fit(data, synrec.cooccurrence(), 11) AS model FROM sets
UNION ALL SELECT 'fewer items', data, synrec.fit(data, synrec.cooccurrence(structured_items => 50, factors => 3), 11) FROM sets
UNION ALL SELECT 'no structure', data, synrec.fit(data, synrec.cooccurrence(gamma => 0), 11) FROM sets
UNION ALL SELECT 'private', data, synrec.fit(data, synrec.cooccurrence(epsilon => 10, delta => 1e-6)) FROM sets
UNION ALL SELECT 'private catalogue', data, synrec.fit(data, synrec.cooccurrence(epsilon => 10, delta => 1e-6, catalogue => 'private')) FROM sets;
CREATE TEMP TABLE made AS SELECT name, g.* FROM fitted, synrec.generate(model, 500, 42) AS g;

-- What was asked for, in slices, by threads, printed and read.
SELECT name, min(user_id) AS first, max(user_id) AS last, count(DISTINCT user_id) AS users,
	count(*) = count(DISTINCT (user_id, item_id)) AS "no item twice",
	bool_and(item_id IN (SELECT item_id FROM sets, synrec.rows(data))) AS "items that there are"
FROM made GROUP BY name ORDER BY name;
SELECT name, bool_and(s.slice = whole.slice) AS "the same in slices"
FROM fitted AS f, (VALUES (1, 1), (1, 63), (63, 2), (64, 64), (65, 1), (100, 400), (499, 2)) AS v (first, n),
	LATERAL (SELECT synrec.generate_interactions(model, n, 42, first) AS slice) AS s,
	LATERAL (SELECT synrec.interactions(user_id, item_id) AS slice FROM made WHERE made.name = f.name AND user_id >= first AND user_id < first + n) AS whole
GROUP BY name ORDER BY name;
SELECT name, model::text::synrec.model = model AS "printed and read",
	synrec.generate_interactions(model::text::synrec.model, 500, 42) = (SELECT synrec.interactions(user_id, item_id) FROM made WHERE made.name = fitted.name) AS "and used",
	synrec.generate_interactions(model, 500, 42) <> synrec.generate_interactions(model, 500, 43) AS "other seed, other users"
FROM fitted ORDER BY name;
CREATE TEMP TABLE by_threads (name text, model synrec.model, data synrec.interactions);
SET synrec.threads = 1;
INSERT INTO by_threads SELECT 'fit', m, synrec.generate_interactions(m, 2000, 42) FROM sets, synrec.fit(data, synrec.cooccurrence(), 11) AS m;
INSERT INTO by_threads SELECT name, model, synrec.generate_interactions(model, 2000, 42) FROM fitted;
SET synrec.threads = 2;
INSERT INTO by_threads SELECT 'fit', m, synrec.generate_interactions(m, 2000, 42) FROM sets, synrec.fit(data, synrec.cooccurrence(), 11) AS m;
INSERT INTO by_threads SELECT name, model, synrec.generate_interactions(model, 2000, 42) FROM fitted;
RESET synrec.threads;
SELECT name, count(*) AS "runs", (SELECT count(*) FROM (SELECT DISTINCT model FROM by_threads AS o WHERE o.name = b.name) AS d) AS "different models",
	(SELECT count(*) FROM (SELECT DISTINCT data FROM by_threads AS o WHERE o.name = b.name) AS d) AS "different data" FROM by_threads AS b GROUP BY name ORDER BY name;

-- Structure: synthetic users have what goes together.
SELECT name, synrec.attribute_identifiability(data, made) > 1.3 * synrec.attribute_identifiability(data, plain) AS "tells more than popularity"
FROM fitted, LATERAL (SELECT synrec.generate_interactions(model, 2000) AS made, synrec.generate_interactions(synrec.fit(data, synrec.unigrams()), 2000) AS plain OFFSET 0) AS g ORDER BY name;

-- describe
SELECT name, d ->> 'method' AS method, d -> 'options' AS options, d -> 'seed' AS seed, (d ->> 'factors')::int > 0 AS factors, d -> 'structured_items' AS structured_items,
	d -> 'structure_limited_by' AS structure_limited_by, (d ->> 'leading_eigenvalue')::float8 > (d ->> 'noise_edge')::float8 AS "structure above the noise", d -> 'contains_histories' AS contains_histories
FROM fitted, synrec.describe(model) AS d WHERE name NOT LIKE 'private%' ORDER BY name;
SELECT d ->> 'method' AS method, d -> 'options' AS options, d -> 'seed' AS seed, d -> 'seconds' = '0' AS "no seconds",
	abs((d ->> 'users')::int - 2000) BETWEEN 0 AND 200 AS "about so many users", d -> 'items' = to_jsonb(s.items) AS "all items",
	p ->> 'unit' AS unit, p ->> 'adjacency' AS adjacency, (p ->> 'epsilon')::float8 BETWEEN 9.99 AND 10 AS epsilon, p -> 'delta' AS delta,
	(p ->> 'rho')::float8 BETWEEN 1.5 AND 1.6 AS rho, p ->> 'noise' AS noise, p -> 'max_items' AS max_items, (p ->> 'pair_items')::int BETWEEN 2 AND 20 AS pair_items,
	(p -> 'items' ->> 'sensitivity')::numeric(10, 6) AS "of items", p -> 'lengths' -> 'sensitivity' AS "of lengths",
	abs((p -> 'pairs' ->> 'sensitivity')::float8 ^ 2 - (p ->> 'pair_items')::int * ((p ->> 'pair_items')::int - 1) / 2) < 1e-6 AS "of pairs",
	p ->> 'public' AS public, p ->> 'tuned_on_data' AS tuned_on_data
FROM fitted, synrec.describe(model) AS d, LATERAL (SELECT d -> 'privacy') AS x (p), synrec.summary(data) AS s WHERE name = 'private';
-- The sum of what the three releases spend is what is stated.
SELECT name, abs(sum((p -> r ->> 'sensitivity')::float8 ^ 2 / (2 * (p -> r ->> 'sigma')::float8 ^ 2)) - (p ->> 'rho')::float8) < 1e-8 AS "rho adds up"
FROM fitted, LATERAL (SELECT synrec.describe(model) -> 'privacy') AS x (p), unnest('{lengths,items,pairs}'::text[]) AS r WHERE name LIKE 'private%' GROUP BY name, p ORDER BY name;
SELECT (d ->> 'items')::int < s.items AS "rare items are left out", (d -> 'privacy' ->> 'catalogue_threshold')::float8 > 20 AS "by a threshold",
	d -> 'privacy' ->> 'public' AS public, (SELECT count(DISTINCT item_id) FROM made WHERE name = 'private catalogue') <= (d ->> 'items')::int AS "and not made"
FROM fitted, synrec.describe(model) AS d, synrec.summary(data) AS s WHERE name = 'private catalogue';

-- The clipped are counted, with noise.
SELECT d -> 'privacy' -> 'max_items' AS max_items, abs((d -> 'privacy' ->> 'clipped_users')::int - (SELECT count(*) FROM (SELECT FROM synrec.rows(data) GROUP BY user_id HAVING count(*) > 5) AS u)) < 100 AS "clipped users",
	(SELECT max_items FROM synrec.summary(synrec.generate_interactions(model, 1000))) AS "longest history"
FROM (SELECT data, synrec.fit(data, synrec.cooccurrence(epsilon => 10, delta => 1e-6, max_items => 5)) AS model FROM sets) AS m, synrec.describe(model) AS d;

-- A private fit is never the same, also when it is named twice; it takes no seed.
SELECT bool_and(a.model <> b.model) AS "other noise, another model"
FROM (SELECT synrec.fit(data, synrec.cooccurrence(epsilon => 1, delta => 1e-6)) AS model FROM sets) AS a, (SELECT synrec.fit(data, synrec.cooccurrence(epsilon => 1, delta => 1e-6)) AS model FROM sets) AS b;
SELECT a = b AS "one evaluation, one release" FROM (SELECT model AS a, model AS b FROM (SELECT synrec.fit(data, synrec.cooccurrence(epsilon => 1, delta => 1e-6)) AS model FROM sets) AS f) AS m;

CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = synrec, public AS $$
DECLARE
	message text;
	detail text;
	hint text;
	said text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN query_canceled OR OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	said := SQLSTATE || ' ' || message;
	IF detail <> '' THEN said := said || E'\n\t' || detail; END IF;
	IF hint <> '' THEN said := said || E'\n\t' || hint; END IF;
	RETURN said;
END $$;
CREATE FUNCTION pg_temp.fit(generator text) RETURNS text LANGUAGE sql RETURN pg_temp.refusal('SELECT synrec.fit(data, synrec.' || generator || ') FROM sets');
SELECT pg_temp.refusal($$SELECT fit(data, cooccurrence(epsilon => 1, delta => 1e-6), 7) FROM sets$$) AS "a seed",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 0.0005)') AS "delta of 1 / users",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 0.00049)') AS "below it",
	pg_temp.fit('cooccurrence(epsilon => 0, delta => 1e-6)') AS "epsilon 0",
	pg_temp.fit('cooccurrence(epsilon => -1, delta => 1e-6)') AS "epsilon -1",
	pg_temp.fit($$cooccurrence(epsilon => 'NaN', delta => 1e-6)$$) AS "epsilon NaN",
	pg_temp.fit($$cooccurrence(epsilon => 'Infinity', delta => 1e-6)$$) AS "epsilon infinite",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 0)') AS "delta 0",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => -1)') AS "delta -1",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 2)') AS "delta 2",
	pg_temp.fit('cooccurrence(epsilon => NULL, delta => 1e-6)') AS "epsilon NULL",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => NULL)') AS "delta NULL",
	left(pg_temp.fit('cooccurrence(epsilon => 1)'), 5) AS "no delta",
	left(pg_temp.fit('cooccurrence(1, 1e-6)'), 5) AS "without names",
	pg_temp.refusal($$SELECT fit(data, '{"method": "private_cooccurrence", "epsilon": 1}') FROM sets$$) AS "no delta in JSON",
	pg_temp.refusal($$SELECT fit(data, '{"method": "cooccurrence", "epsilon": 1}') FROM sets$$) LIKE '22023 generator "cooccurrence" has no option "epsilon"%' AS "epsilon of the other form";
SELECT pg_temp.fit('cooccurrence(epsilon => 1, delta => 1e-6, max_items => 0)') AS "max_items 0",
	pg_temp.fit($$cooccurrence(epsilon => 1, delta => 1e-6, catalogue => 'secret')$$) AS "catalogue",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 1e-6, items_share => 0)') AS "items_share 0",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 1e-6, lengths_share => 1)') AS "lengths_share 1",
	pg_temp.fit('cooccurrence(epsilon => 1, delta => 1e-6, pair_items => -1)') AS "pair_items -1",
	pg_temp.fit('cooccurrence(gamma => -1)') AS "gamma -1",
	pg_temp.fit('cooccurrence(factors => 0)') AS "factors 0",
	pg_temp.fit('cooccurrence(factors => 301)') AS "factors 301",
	pg_temp.fit('cooccurrence(structured_items => 0)') AS "structured_items 0",
	pg_temp.fit('cooccurrence(rounds => -1)') AS "rounds -1",
	pg_temp.fit('cooccurrence(factors => 300)') AS "more factors than items",
	pg_temp.fit('cooccurrence(gamma => NULL)') AS "gamma NULL";

-- One item, one user, histories of everything, nothing in common.
SELECT name, form, (SELECT count(DISTINCT user_id) FROM synrec.generate(synrec.fit(data, g), 50)) AS users
FROM (VALUES ('one user, one item', 1, 1), ('one user', 1, 5), ('one item', 5, 1), ('everything', 5, 5)) AS v (name, u, i),
	LATERAL (SELECT synrec.interactions(n, m) AS data FROM generate_series(1, u) AS n, generate_series(1, i) AS m) AS d,
	(VALUES ('exact', synrec.cooccurrence()), ('private', synrec.cooccurrence(epsilon => 1, delta => 1e-6))) AS f (form, g) ORDER BY name, form;
SELECT (SELECT count(DISTINCT user_id) FROM synrec.generate(synrec.fit(data, synrec.cooccurrence()), 50)) AS "users of one item each" FROM (SELECT synrec.interactions(n, n) AS data FROM generate_series(1, 500) AS n) AS d;

-- A large catalogue: structure is kept to the items that fit.
CREATE TEMP TABLE large AS SELECT synrec.interactions(u, CASE WHEN k <= 10 THEN u % 7 * 100 + k * k % 83 ELSE (u * 20 + k) * 7 % 100003 END) AS data FROM generate_series(1, 8000) AS u, generate_series(1, 30) AS k;
SELECT (synrec.summary(data)).items > 80000 AS "items" FROM large;
SET synrec.max_memory = '32MB';
SELECT form, d -> 'structure_limited_by' AS structure_limited_by, (d ->> 'structured_items')::int BETWEEN 500 AND 3000 AS structured_items, (d ->> 'factors')::int > 2 AS factors,
	(SELECT count(DISTINCT user_id) FROM synrec.generate(model, 100)) AS users
FROM large, (VALUES ('exact', synrec.cooccurrence(rounds => 2)), ('private', synrec.cooccurrence(epsilon => 20, delta => 1e-6, max_items => 30, rounds => 2, structured_items => 3000))) AS f (form, g),
	LATERAL (SELECT synrec.fit(data, g) AS model OFFSET 0) AS m, synrec.describe(model) AS d ORDER BY form;
SET synrec.max_memory = '1MB';
SELECT left(pg_temp.refusal('SELECT synrec.fit(data, synrec.cooccurrence()) FROM large'), 32) AS "too little for one item";
RESET synrec.max_memory;
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
