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
