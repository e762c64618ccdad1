-- generators.sql: fitting, generating, describing
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- 300 users, 40 items; histories of 2, 4 and 6 items.
CREATE TEMP TABLE ratings AS
SELECT DISTINCT u AS user_id, (u * 7 + i * i * 3) % 40 + 1 AS item_id
FROM generate_series(1, 300) AS u, generate_series(1, 2 * (u % 3 + 1)) AS i;
CREATE TEMP TABLE fitted AS
SELECT data, synrec.fit(data, synrec.unigrams(), 11) AS model
FROM (SELECT synrec.interactions(user_id, item_id) AS data FROM ratings) AS d;
CREATE TEMP TABLE synthetic AS SELECT g.* FROM fitted, synrec.generate(model, 1000, 42) AS g;

-- What was asked for.
SELECT min(user_id) AS first, max(user_id) AS last, count(DISTINCT user_id) AS users,
	count(*) = count(DISTINCT (user_id, item_id)) AS "no item twice",
	bool_and(item_id IN (SELECT item_id FROM ratings)) AS "items that there are"
FROM synthetic;
SELECT NOT EXISTS (SELECT count(*) FROM synthetic GROUP BY user_id
	EXCEPT SELECT count(*) FROM ratings GROUP BY user_id) AS "lengths that there are";
SELECT (SELECT count(*) FROM synrec.generate(model, 0)) AS "rows of no users",
	(synrec.summary(synrec.generate_interactions(model, 0))).users AS "interactions of no users",
	synrec.generate_interactions(model, 1000, 42) = (SELECT synrec.interactions(user_id, item_id) FROM synthetic) AS "as interactions",
	synrec.generate_interactions(model, 1000, 43) <> (SELECT synrec.interactions(user_id, item_id) FROM synthetic) AS "other seed, other users",
	synrec.generate_interactions(model, 10) = synrec.generate_interactions(model, 10, seed => 0, first_user => 1) AS "defaults"
FROM fitted;

-- User n is the same in every slice, whatever its bounds, and far out.
SELECT count(*) AS slices, bool_and(s.slice = whole.slice) AS "the same in slices"
FROM (VALUES (1, 1), (1, 63), (2, 63), (63, 2), (64, 64), (65, 1), (100, 900), (999, 2), (1000, 1)) AS v (first, n), fitted,
	LATERAL (SELECT synrec.generate_interactions(model, n, 42, first) AS slice) AS s,
	LATERAL (SELECT synrec.interactions(user_id, item_id) AS slice FROM synthetic
		WHERE user_id >= first AND user_id < first + n) AS whole;
SELECT bool_and(a.row = b.row) AS "the same in a select list"
FROM (SELECT r::text AS row, row_number() OVER () AS n FROM (SELECT synrec.generate(model, 1000, 42) AS r FROM fitted) AS s) AS a
	FULL JOIN (SELECT s::text AS row, row_number() OVER () AS n FROM synthetic AS s) AS b USING (n);
SELECT min(user_id) AS first, max(user_id) AS last
FROM fitted, synrec.generate(model, 3, first_user => 999999999999000);
SELECT count(DISTINCT user_id) AS "users of a negative seed" FROM fitted, synrec.generate(model, 5, -1);

-- A model is a value: it survives being stored, printed and read.
SELECT synrec.generate_interactions(model::text::synrec.model, 100, 5) = synrec.generate_interactions(model, 100, 5) AS "printed and read"
FROM fitted;
SELECT bool_and(synrec.generate_interactions(f.model, 100, 5) = synrec.generate_interactions(g.model, 100, 5)) AS "the same from rows in any order"
FROM fitted AS f, (SELECT synrec.fit(synrec.interactions(user_id, item_id ORDER BY item_id DESC, user_id), synrec.unigrams(), 11) AS model FROM ratings) AS g;

-- describe
SELECT d ->> 'method' AS method, d -> 'options' AS options, d -> 'seed' AS seed,
	d -> 'users' = to_jsonb(s.users) AS users, d -> 'items' = to_jsonb(s.items) AS items,
	d -> 'interactions' = to_jsonb(s.interactions) AS interactions,
	d -> 'contains_histories' AS contains_histories,
	d ->> 'version' = (SELECT extversion FROM pg_extension WHERE extname = 'synrec') AS version,
	(d ->> 'seconds')::numeric BETWEEN 0 AND 10 AS seconds, (d ->> 'bytes')::int = octet_length(synrec.model_send(model)) + 4 AS bytes,
	d ->> 'discloses' ~ 'users of each item' AS discloses,
	d ? 'format' AS format
FROM fitted, synrec.describe(model) AS d, synrec.summary(data) AS s;

-- The other generators keep the same rules. Four kinds of users, one of them rare.
CREATE TEMP TABLE kinds AS
SELECT DISTINCT u AS user_id, kind * 15 + (CASE WHEN kind < 3 THEN u * 7 ELSE 0 END + i * (i + 1) / 2) % 15 AS item_id
FROM generate_series(1, 303) AS u, LATERAL (SELECT CASE WHEN u > 300 THEN 3 ELSE u % 3 END AS kind) AS k, generate_series(1, 3 + u % 4) AS i;
CREATE TEMP TABLE others AS
SELECT name, data, generator, synrec.fit(data, generator, 11) AS model FROM (SELECT synrec.interactions(user_id, item_id) AS data FROM kinds) AS d,
	(VALUES ('bigrams', synrec.bigrams()), ('bigrams, mixed', synrec.bigrams(3, 0.3)), ('bigrams, no pair', synrec.bigrams(1000)), ('clustering', synrec.clustering(40)),
		('clustering, 1', synrec.clustering(1)), ('clustering, small', synrec.clustering(40, min_cluster_size => 1)),
		('topics', synrec.topics(6, 3, passes => 5, min_component_size => 20)), ('topic_pairs', synrec.topic_pairs(6, 3, passes => 5, min_component_size => 20, epochs => 2)),
		('vae', synrec.vae(hidden => 16, code => 4, epochs => 6, components => 3)), ('vae, prior', synrec.vae('prior', hidden => 16, code => 4, epochs => 6))) AS g (name, generator);
CREATE TEMP TABLE made AS SELECT name, g.* FROM others, synrec.generate(model, 500, 42) AS g;
SELECT name, min(user_id) AS first, max(user_id) AS last, count(DISTINCT user_id) AS users,
	count(*) = count(DISTINCT (user_id, item_id)) AS "no item twice", bool_and(item_id IN (SELECT item_id FROM kinds)) AS "items that there are",
	NOT EXISTS (SELECT count(*) FROM made WHERE name = m.name GROUP BY user_id EXCEPT SELECT count(*) FROM kinds GROUP BY user_id) AS "lengths that there are"
FROM made AS m GROUP BY name ORDER BY name;
SELECT name, bool_and(s.slice = whole.slice) AS "the same in slices"
FROM others AS o, (VALUES (1, 1), (1, 63), (63, 2), (64, 64), (65, 1), (100, 400), (499, 2)) AS v (first, n),
	LATERAL (SELECT synrec.generate_interactions(model, n, 42, first) AS slice) AS s,
	LATERAL (SELECT synrec.interactions(user_id, item_id) AS slice FROM made WHERE made.name = o.name AND user_id >= first AND user_id < first + n) AS whole
GROUP BY name ORDER BY name;
SELECT name, synrec.generate_interactions(model, 500, 42) <> synrec.generate_interactions(model, 500, 43) AS "other seed, other users",
	synrec.fit(data, generator, 11) = model AS "fitted again", synrec.fit(data, generator, 12) <> model AS "another seed of the fit",
	model::text::synrec.model = model AS "printed and read", synrec.generate_interactions(model::text::synrec.model, 500, 42) = (SELECT synrec.interactions(user_id, item_id) FROM made WHERE made.name = others.name) AS "and used"
FROM others ORDER BY name;
CREATE TEMP TABLE by_threads (name text, model synrec.model, data synrec.interactions);
SET synrec.threads = 1; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM others, synrec.fit(data, generator, 11) AS m;
SET synrec.threads = 2; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM others, synrec.fit(data, generator, 11) AS m;
SET synrec.threads = 7; INSERT INTO by_threads SELECT name, m, synrec.generate_interactions(m, 2000, 42) FROM others, synrec.fit(data, generator, 11) AS m;
RESET synrec.threads;
SELECT count(*) AS "fits", count(DISTINCT name) AS "generators", (SELECT count(*) FROM (SELECT DISTINCT model FROM by_threads) AS d) AS "different models",
	(SELECT count(*) FROM (SELECT DISTINCT name, data FROM by_threads) AS d) AS "different data" FROM by_threads;
\copy (SELECT name, model FROM others) TO 'build/regress/others.copy'
\copy (SELECT name, model FROM others) TO 'build/regress/others.binary' (FORMAT binary)
CREATE TEMP TABLE restored (name text, model synrec.model);
\copy restored FROM 'build/regress/others.copy'
\copy restored FROM 'build/regress/others.binary' (FORMAT binary)
SELECT count(*) AS "restored", bool_and(r.model = o.model AND synrec.describe(r.model) = synrec.describe(o.model)) AS "as they were" FROM restored AS r JOIN others AS o USING (name);

-- What describe adds.
SELECT name, d -> 'options' AS options, d ->> 'discloses' ~ 'each item' AS discloses, (d ->> 'pairs')::int = (SELECT count(*) FROM (SELECT FROM kinds AS a JOIN kinds AS b USING (user_id) WHERE a.item_id < b.item_id
		GROUP BY a.item_id, b.item_id HAVING count(*) >= (generator ->> 'min_pair_count')::int) AS p) AS "pairs that so many have", d -> 'clusters' = d -> 'options' -> 'k' AS "k clusters",
	(d ->> 'inertia')::float8 > 0 AS inertia, (SELECT sum(s::int) FROM jsonb_array_elements(d -> 'cluster_sizes') AS s) AS "sum of sizes", jsonb_array_length(d -> 'cluster_sizes') = (d ->> 'clusters')::int AS "a size each"
FROM others, synrec.describe(model) AS d ORDER BY name;
SELECT (SELECT min(s::int) >= 5 FROM jsonb_array_elements(d -> 'cluster_sizes') AS s) AS "at least 5", (SELECT array_agg(s::int) = array_agg(s::int ORDER BY s::int DESC) FROM jsonb_array_elements(d -> 'cluster_sizes') AS s) AS "large ones first"
FROM others, synrec.describe(model) AS d WHERE name = 'clustering';
SELECT (SELECT count(*) > 0 FROM jsonb_array_elements(d -> 'cluster_sizes') AS s WHERE s::int < 5) AS "clusters below 5" FROM others, synrec.describe(model) AS d WHERE name = 'clustering, small';
SELECT least AS "min_cluster_size", d -> 'clusters' AS clusters, (SELECT bool_and(s::int >= least) FROM jsonb_array_elements(d -> 'cluster_sizes') AS s) AS "all so large"
FROM (SELECT data FROM others LIMIT 1) AS o, (VALUES (100), (152), (303), (5000)) AS v (least), LATERAL synrec.describe(synrec.fit(data, synrec.clustering(4, least))) AS d;

-- Clusters keep to their items, bigrams to pairs that there are; mixing and a lack of pairs lead out of them.
SELECT name, count(*) FILTER (WHERE kinds > 1) = 0 AS "nobody is of two kinds", count(*) FILTER (WHERE kinds > 1) > 250 AS "most are"
FROM (SELECT name, user_id, count(DISTINCT item_id / 15) AS kinds FROM made WHERE name !~ 'vae' GROUP BY name, user_id) AS u GROUP BY name ORDER BY name;

-- What describe adds for a neural net: its curves; the mixture only where there is one.
SELECT name, (d ->> 'epochs')::int BETWEEN 1 AND 6 AND jsonb_array_length(d -> 'training_loss') = (d ->> 'epochs')::int AND jsonb_array_length(d -> 'validation_loss') = (d ->> 'epochs')::int AS "a loss each epoch",
	(d ->> 'best_epoch')::int BETWEEN 1 AND (d ->> 'epochs')::int AS "the best of them", d -> 'restarts' AS restarts, (d #>> '{training_loss,0}')::float8 > 0 AS loss,
	(d ->> 'components')::int BETWEEN 1 AND 3 AS components, (d ->> 'smallest_component')::float8 >= 5 AS "of at least 5"
FROM others, synrec.describe(model) AS d WHERE name ~ 'vae' ORDER BY name;

-- A length that fewer than five users share gives nobody away; nor does a user's key.
SELECT max(length) AS "the longest history is cut to"
FROM (SELECT synrec.fit(synrec.interactions(u, i), synrec.unigrams()) AS model
	FROM generate_series(1, 20) AS u, generate_series(1, CASE WHEN u <= 4 THEN 10 + u ELSE 3 + u % 2 END) AS i) AS m,
	LATERAL (SELECT count(*) AS length FROM synrec.generate(model, 2000) GROUP BY user_id) AS l;
SELECT synrec.fit(synrec.interactions('Mrs Robinson', 'tea'), synrec.unigrams())::text ~ encode('Robinson', 'hex') AS "user key in the model",
	synrec.fit(synrec.interactions('Mrs Robinson', 'tea'), synrec.unigrams())::text ~ encode('tea', 'hex') AS "item key in the model";

-- Rows of a table's type: keys of its columns' types.
CREATE TEMP TABLE as_int (item_id smallint, user_id int);
CREATE TEMP TABLE as_bigint (user_id bigint, item_id text, rating int);
CREATE TEMP TABLE as_text (user_id text, item_id numeric);
CREATE TEMP TABLE as_varchar ("User" varchar(15), "Item" char(3));
CREATE TEMP TABLE as_uuid (user_id uuid, item_id int);
CREATE DOMAIN pg_temp.customer AS int CHECK (VALUE < 0);
CREATE TEMP TABLE as_domain (user_id pg_temp.customer, item_id int);
SELECT (SELECT string_agg(DISTINCT user_id::text, ' ') FROM fitted, synrec.generate(NULL::as_int, model, 2)) AS "int",
	(SELECT string_agg(DISTINCT user_id::text, ' ') FROM fitted, synrec.generate(NULL::as_bigint, model, 2, first_user => 4294967296)) AS "bigint",
	(SELECT string_agg(DISTINCT user_id, ' ') FROM fitted, synrec.generate(NULL::as_text, model, 2)) AS "text",
	(SELECT string_agg(DISTINCT "User", ' ') FROM fitted,
		synrec.generate(NULL::as_varchar, model, 2, user_column => 'User', item_column => 'Item')) AS "varchar",
	(SELECT string_agg(DISTINCT user_id::text, ' ') FROM fitted, synrec.generate(NULL::as_uuid, model, 2)) AS "uuid",
	(SELECT string_agg(DISTINCT user_id::text, ' ') FROM fitted, synrec.generate(NULL::as_domain, model, 2)) AS "domain",
	(SELECT count(rating) FROM fitted, synrec.generate(NULL::as_bigint, model, 2)) AS "other columns";
SELECT (SELECT synrec.interactions(-user_id, item_id) FROM fitted, synrec.generate(NULL::as_int, model, 500, 42)) = whole AS "int",
	(SELECT synrec.interactions(-user_id, item_id::int) FROM fitted, synrec.generate(NULL::as_bigint, model, 500, 42)) = whole AS "bigint",
	(SELECT synrec.interactions(substr(user_id, 11)::int, item_id::int) FROM fitted, synrec.generate(NULL::as_text, model, 500, 42)) = whole AS "text",
	(SELECT synrec.interactions(substr("User", 11)::int, trim("Item")::int) FROM fitted,
		synrec.generate(NULL::as_varchar, model, 500, 42, 1, 'User', 'Item')) = whole AS "varchar",
	(SELECT count(DISTINCT user_id) FROM fitted, synrec.generate(NULL::as_uuid, model, 500, 42)) AS "uuids"
FROM (SELECT synrec.interactions(user_id, item_id) AS whole FROM synthetic WHERE user_id <= 500) AS w;

-- No synthetic key is the key of a user who was fitted.
CREATE TEMP TABLE owners (id int, user_id text, item_id text);
CREATE FUNCTION pg_temp.clashes(keys text[]) RETURNS bigint LANGUAGE sql
	RETURN (SELECT count(*) FROM synrec.generate(NULL::owners, (SELECT synrec.fit(synrec.interactions(k, 'x'), synrec.unigrams())
		FROM unnest(keys) AS k), 200) AS g WHERE g.user_id = ANY (keys));
CREATE FUNCTION pg_temp.clashes(keys bigint[]) RETURNS bigint LANGUAGE sql
	RETURN (SELECT count(*) FROM synrec.generate(NULL::as_bigint, (SELECT synrec.fit(synrec.interactions(k, 'x'), synrec.unigrams())
		FROM unnest(keys) AS k), 200) AS g WHERE g.user_id = ANY (keys));
SELECT pg_temp.clashes(ARRAY(SELECT n FROM generate_series(-300, 300) AS n)) AS "negative integers",
	pg_temp.clashes(ARRAY[-1]::bigint[]) AS "minus one",
	pg_temp.clashes(ARRAY(SELECT -(10 ^ p)::bigint + d FROM generate_series(0, 17) AS p, generate_series(-150, 150) AS d)) AS "around powers of ten",
	pg_temp.clashes(ARRAY(SELECT 'synthetic-' || n FROM generate_series(1, 200) AS n)) AS "texts like ours",
	pg_temp.clashes(ARRAY(SELECT repeat('synthetic-', p) || n FROM generate_series(0, 3) AS p, generate_series(1, 200) AS n)) AS "copies of copies";
CREATE TEMP TABLE copies AS
SELECT g.* FROM fitted, synrec.generate(NULL::as_uuid, model, 100) AS g;
SELECT count(*) AS "uuids that a copy of a copy shares with the copy"
FROM synrec.generate(NULL::as_uuid, synrec.fit('copies', synrec.unigrams()), 100, 99) AS g WHERE g.user_id IN (SELECT user_id FROM copies);

-- Keys that do not fit are refused.
CREATE TEMP TABLE as_date (user_id date, item_id int);
CREATE TEMP TABLE as_short (user_id varchar(8), item_id int);
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || message || CASE WHEN hint <> '' THEN ' / ' || hint ELSE '' END;
END $$;
SELECT pg_temp.refusal('SELECT synrec.generate(NULL::as_date, model, 1) FROM fitted') AS "dates",
	pg_temp.refusal('SELECT synrec.generate(NULL::as_short, model, 1) FROM fitted') AS "too short",
	pg_temp.refusal('SELECT synrec.generate(NULL::as_int, model, 1, first_user => 2147483649) FROM fitted') AS "beyond int",
	pg_temp.refusal($$SELECT synrec.generate(NULL::as_bigint, synrec.fit(synrec.interactions(-9223372036854775808, 'x'), synrec.unigrams()), 1)$$) AS "none left",
	pg_temp.refusal($$SELECT synrec.generate(NULL::as_int, synrec.fit(synrec.interactions(1, 'x'), synrec.unigrams()), 1)$$) AS "text items in smallint",
	pg_temp.refusal($$SELECT synrec.generate(synrec.fit(synrec.interactions(1, 'x'), synrec.unigrams()), 1)$$) AS "text items in bigint",
	pg_temp.refusal($$SELECT synrec.generate(NULL::as_varchar, model, 1) FROM fitted$$) AS "no such column";
