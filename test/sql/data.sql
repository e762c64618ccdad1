-- data.sql: from rows to interactions, back to rows, and parts of them
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- The aggregate: a set per user; rows with a NULL do not count.
CREATE TEMP TABLE ratings (user_id int, item_id int);
INSERT INTO ratings VALUES (7, 100), (7, 200), (3, 100), (7, 100), (NULL, 300), (5, NULL), (NULL, NULL);
SELECT s.users, s.items, s.interactions, s.min_items, s.median_items, s.max_items, s.key_types,
	s.mean_items = 1.5 AS mean, s.density = 0.75 AS density,
	s.bytes = octet_length(interactions_send(data)) + 4 AS bytes
FROM (SELECT synrec.interactions(user_id, item_id) AS data FROM ratings) AS d, synrec.summary(data) AS s;
SELECT string_agg(r::text, ' ') AS "ordered by key" FROM synrec.rows((SELECT synrec.interactions(user_id, item_id) FROM ratings)) AS r;

-- No rows, or none that counts: an empty value, not NULL.
SELECT s.users, s.items, s.interactions, s.min_items, s.median_items, s.max_items,
	s.mean_items = 0 AS mean, s.density = 0 AS density,
	data = (SELECT synrec.interactions(user_id, item_id) FROM ratings WHERE user_id IS NULL) AS "same as of NULLs",
	data = synrec.read('SELECT * FROM ratings WHERE false') AS "same as read",
	(SELECT count(*) FROM synrec.rows(data)) AS rows
FROM (SELECT synrec.interactions(user_id, item_id) AS data FROM ratings WHERE false) AS d, synrec.summary(data) AS s;

-- Integer keys of every width, and domains over them, are the same keys.
CREATE DOMAIN pg_temp.customer AS int CHECK (VALUE > 0);
CREATE DOMAIN pg_temp.good_customer AS pg_temp.customer;
SELECT count(*) AS "int2, int4, int8, domains make so many values"
FROM (SELECT synrec.interactions(user_id::int2, item_id::int8) AS data FROM ratings
	UNION SELECT synrec.interactions(user_id::int8, item_id::int2) FROM ratings
	UNION SELECT synrec.interactions(user_id::pg_temp.good_customer, item_id) FROM ratings) AS d;
SELECT r.user_id AS "the smallest integer", r.item_id AS "the largest"
FROM synrec.rows((SELECT synrec.interactions((-9223372036854775808)::bigint, 9223372036854775807))) AS r;

-- Every other type as text.
CREATE TYPE pg_temp.mood AS ENUM ('sad', 'happy');
CREATE DOMAIN pg_temp.short_text AS varchar(20);
CREATE FUNCTION pg_temp.key(data synrec.interactions) RETURNS text LANGUAGE sql
	RETURN (SELECT string_agg(user_key, ' ' ORDER BY user_key COLLATE "C") FROM synrec.membership_ranks(data, data));
SELECT pg_temp.key(synrec.interactions('b'::text, 1)) AS "text",
	pg_temp.key(synrec.interactions('b'::varchar, 1)) AS "varchar",
	pg_temp.key(synrec.interactions('b'::char(5), 1)) AS "char(5)",
	pg_temp.key(synrec.interactions('b'::name, 1)) AS "name",
	pg_temp.key(synrec.interactions('b'::pg_temp.short_text, 1)) AS "domain over varchar",
	pg_temp.key(synrec.interactions('b', 1)) AS "literal",
	pg_temp.key(synrec.interactions('happy'::pg_temp.mood, 1)) AS "enum",
	pg_temp.key(synrec.interactions(true, 1)) AS "boolean",
	pg_temp.key(synrec.interactions('6BA7B810-9dad-11d1-80b4-00c04fd430c8'::uuid, 1)) AS "uuid",
	pg_temp.key(synrec.interactions('10.0.0.1'::inet, 1)) AS "inet",
	pg_temp.key(synrec.interactions('\xDEAD'::bytea, 1)) AS "bytea",
	pg_temp.key(synrec.interactions(u, 1)) AS "numerics" FROM (VALUES (1.0), (1.00), (1), (100), (-0.50)) AS v (u);
SELECT pg_temp.key(synrec.interactions(u, 1)) AS "floats"
FROM (VALUES (float8 '0.1'), ('1'), ('0'), ('-0'), ('NaN'), ('Infinity')) AS v (u);
SELECT count(*) AS "texts in order of their bytes"
FROM synrec.membership_ranks('SELECT unnest(''{b,a,B,"a b",""}''::text[]) AS user_id, 1 AS item_id',
	'SELECT 1 AS user_id, 1 AS item_id');
SELECT string_agg(user_key, ',') AS "and these are they"
FROM synrec.membership_ranks('SELECT unnest(''{b,a,B,"a b",""}''::text[]) AS user_id, 1 AS item_id',
	'SELECT 1 AS user_id, 1 AS item_id');

-- Keys do not depend on settings of the session.
SET TimeZone = 'UTC';
CREATE TEMP TABLE moment AS
SELECT v.at::date AS day, v.at AS instant, v.at::timestamp AS wall, v.at::time AS clock,
	float8 '0.1' + float8 '0.2' AS number, bytea '\x00ff' AS bytes
FROM (VALUES (timestamptz '2024-02-29 23:30:00.25+00')) AS v (at);
CREATE FUNCTION pg_temp.moment_keys() RETURNS synrec.interactions LANGUAGE sql
	RETURN (SELECT synrec.interactions(day, 1) || synrec.interactions(instant, 2) || synrec.interactions(wall, 3)
			|| synrec.interactions(clock, 4) || synrec.interactions(number, 5) || synrec.interactions(bytes, 6)
			FROM moment);
CREATE TEMP TABLE seen AS SELECT pg_temp.moment_keys() AS data;
SET TimeZone = 'America/New_York';
SET DateStyle = 'SQL, DMY';
SET bytea_output = 'escape';
SET extra_float_digits = -5;
INSERT INTO seen SELECT pg_temp.moment_keys();
RESET TimeZone;
RESET DateStyle;
RESET bytea_output;
RESET extra_float_digits;
SELECT count(*) AS "sessions", (SELECT count(*) FROM (SELECT DISTINCT data FROM seen) AS d) AS "different values" FROM seen;
SELECT DISTINCT replace(pg_temp.key(data), (float8 '0.1' + float8 '0.2')::text, '(the shortest exact decimal)') AS "in these forms" FROM seen;

-- Types without such a form are refused.
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
SELECT pg_temp.refusal($$SELECT synrec.interactions('1 day'::interval, 1)$$) AS "interval",
	pg_temp.refusal($$SELECT synrec.interactions(1, ARRAY[1])$$) AS "array",
	pg_temp.refusal($$SELECT synrec.interactions(c, 1) FROM pg_class AS c$$) AS "row of a table",
	pg_temp.refusal($$SELECT synrec.interactions(ROW(1, 2), 1)$$) AS "row",
	pg_temp.refusal($$SELECT synrec.interactions('pg_class'::regclass, 1)$$) AS "regclass",
	pg_temp.refusal($$SELECT synrec.interactions('5'::money, 1)$$) AS "money",
	pg_temp.refusal($$SELECT synrec.interactions(int4range(1, 2), 1)$$) AS "range",
	pg_temp.refusal($$SELECT synrec.interactions(point(0.1, 0.2), 1)$$) AS "point (follows extra_float_digits)";

-- Rows of a table's own type.
CREATE TABLE purchases (note text, product text, dropped int, customer varchar(10), quantity int DEFAULT 5);
ALTER TABLE purchases DROP COLUMN dropped;
INSERT INTO purchases (customer, product) VALUES ('ann', 'tea'), ('bob', 'tea'), ('ann', 'milk'), ('ann', 'tea');
SELECT string_agg(p::text, ' ') AS "other names, text keys, other columns NULL"
FROM synrec.rows(NULL::purchases, synrec.read('purchases', 'customer', 'product'), 'customer', 'product') AS p;
SELECT string_agg(p::text, ' ') AS "in a select list"
FROM (SELECT synrec.rows(NULL::ratings, synrec.interactions(user_id, item_id)) AS p FROM ratings) AS q;
SELECT string_agg(p::text, ' ') AS "integers into texts and back"
FROM (SELECT synrec.interactions(12, 34) AS data) AS d, synrec.rows(NULL::purchases, data, user_column => 'product', item_column => 'quantity') AS p;
SELECT pg_temp.refusal($$SELECT synrec.rows(NULL::purchases, synrec.interactions(1, 1))$$) AS "no such column",
	pg_temp.refusal($$SELECT synrec.rows(NULL::ratings, synrec.interactions(1, 1), 'user_id', 'user_id')$$) AS "one column twice",
	pg_temp.refusal($$SELECT synrec.rows(synrec.interactions('a', 1))$$) AS "text users in bigint",
	pg_temp.refusal($$SELECT synrec.rows(synrec.interactions(1, 'a'))$$) AS "text items in bigint",
	pg_temp.refusal($$SELECT synrec.rows(NULL::ratings, synrec.interactions('a', 1))$$) AS "text users in int",
	pg_temp.refusal($$SELECT synrec.rows(NULL::ratings, synrec.interactions(2147483648, 1))$$) AS "too large for int",
	pg_temp.refusal($$SELECT synrec.rows(NULL::int, synrec.interactions(1, 1))$$) AS "not a row type",
	pg_temp.refusal($$SELECT * FROM synrec.rows(NULL::int, synrec.read('ratings'))$$) AS "not a row type, in FROM",
	pg_temp.refusal($$SELECT synrec.rows(NULL::purchases, synrec.read('purchases', 'customer', 'product'), 'note', 'quantity')$$) AS "text items in int";

-- merge and ||
CREATE TEMP TABLE parts AS
SELECT user_id AS part, synrec.interactions(user_id, item_id) AS data FROM ratings GROUP BY user_id;
SELECT (SELECT synrec.merge(data) FROM parts) = whole AS "merge of parts is the whole",
	(SELECT synrec.merge(data) FROM parts WHERE part = 3) || (SELECT synrec.merge(data) FROM parts WHERE part = 7) = whole AS "|| of parts is the whole",
	whole || whole = whole AS "a set with itself",
	whole || empty = whole AND empty || whole = whole AS "nothing added",
	empty || empty = empty AS "nothing to nothing",
	(SELECT synrec.merge(data) FROM parts WHERE false) = empty AS "merge of no values is empty",
	(SELECT synrec.merge(NULLIF(data, data)) FROM parts) = empty AS "merge skips NULL",
	(whole || NULL) IS NULL AS "|| NULL is NULL"
FROM (SELECT synrec.interactions(user_id, item_id) AS whole,
	synrec.interactions(user_id, item_id) FILTER (WHERE false) AS empty FROM ratings) AS w;
SELECT pg_temp.refusal($$SELECT synrec.interactions(1, 1) OPERATOR(synrec.||) synrec.interactions('a', 1)$$) AS "integer || text users",
	pg_temp.refusal($$SELECT synrec.interactions(1, 1) OPERATOR(synrec.||) synrec.interactions(1, 'a')$$) AS "integer || text items";

-- Parts. 200 users; every user has item 0, and items shared by few.
CREATE TEMP TABLE whole AS SELECT synrec.interactions(u, i) AS data
FROM generate_series(1, 200) AS u, LATERAL (VALUES (0), (u % 7 + 1), (u % 50 + 10), (u + 1000)) AS v (i);
SELECT s.users, s.min_items, s.max_items,
	part || data = data AS "a part", part = synrec.sample_users(data, 50, 1) AS "same seed, same users",
	part <> synrec.sample_users(data, 50, 2) AS "other seed, other users",
	synrec.sample_users(data, 200) = data AND synrec.sample_users(data, 9000000000) = data AS "all when there are fewer",
	(synrec.summary(synrec.sample_users(data, 0))).users AS "none"
FROM whole, LATERAL synrec.sample_users(data, 50, 1) AS part, synrec.summary(part) AS s;
SELECT (synrec.summary(train)).users AS train, (synrec.summary(holdout)).users AS holdout,
	train || holdout = data AS "two parts of a whole",
	NOT EXISTS (SELECT user_id FROM synrec.rows(train) INTERSECT SELECT user_id FROM synrec.rows(holdout)) AS "disjoint",
	(synrec.split_users(data, 0, 1)).holdout = data AND (synrec.split_users(data, 1, 1)).train = data AS "all or nothing",
	(synrec.split_users(data, seed => 1)).train = (synrec.split_users(data, 0.8, 1)).train AS "0.8 by default"
FROM whole, synrec.split_users(data, 0.25, 1);
SELECT s.users, s.min_items, s.max_items, part || data = data AS "a part",
	part <> synrec.truncate_histories(data, 2, 2) AS "other seed, other items",
	synrec.truncate_histories(data, 4) = data AS "long enough for all"
FROM whole, LATERAL synrec.truncate_histories(data, 2, 1) AS part, synrec.summary(part) AS s;
SELECT synrec.filter_histories(data) = data AS "no limits",
	f = synrec.interactions(u, i) AS "rare items dropped",
	synrec.filter_histories(f, 3, 5) = (SELECT synrec.interactions(user_id, 0) FILTER (WHERE false) FROM ratings) AS "a limit nobody meets"
FROM whole, LATERAL synrec.filter_histories(data, 1, 5) AS f,
	generate_series(1, 200) AS u, LATERAL (VALUES (0), (u % 7 + 1)) AS v (i) GROUP BY data, f;
SELECT string_agg(r::text, ' ') AS "repeated until both limits hold"
FROM (SELECT synrec.interactions(u, i) AS data FROM (VALUES (1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3), (4, 3)) AS v (u, i)) AS d,
	synrec.rows(synrec.filter_histories(data, 2, 2)) AS r;

DROP TABLE purchases;
