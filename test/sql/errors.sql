-- errors.sql: bad input ends in an error that helps, and in nothing else
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TABLE ratings (user_id int, item_id int);
INSERT INTO ratings VALUES (1, 10), (1, 20), (2, 10);
CREATE TABLE by_name (user_id text, item_id text);
INSERT INTO by_name VALUES ('ann', 'tea'), ('bob', 'milk');
CREATE TABLE one_column (user_id int);
CREATE TABLE no_columns ();
CREATE TEMP TABLE fitted AS
SELECT data, synrec.fit(data, synrec.unigrams()) AS model FROM (SELECT synrec.read('ratings') AS data) AS d;

-- What an error says: SQLSTATE, message, and on lines of their own detail and hint.
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

-- Sources
SELECT pg_temp.refusal($$SELECT read('missing')$$) AS "missing table",
	pg_temp.refusal($$SELECT read('nowhere.ratings')$$) AS "missing schema",
	pg_temp.refusal($$SELECT read('elsewhere.public.ratings')$$) AS "another database",
	pg_temp.refusal($$SELECT read('a.b.c.d')$$) AS "too many dots",
	pg_temp.refusal($$SELECT read('ratings', 'customer')$$) AS "missing user column",
	pg_temp.refusal($$SELECT read('ratings', item_column => 'Item_Id')$$) AS "missing item column",
	pg_temp.refusal($$SELECT read('one_column')$$) AS "one column",
	pg_temp.refusal($$SELECT read('no_columns')$$) AS "no columns",
	pg_temp.refusal($$SELECT read('SELECT user_id FROM ratings')$$) AS "a query of one column",
	pg_temp.refusal($$SELECT read('VALUES (1, 2)')$$) AS "columns without names of ours",
	pg_temp.refusal($$SELECT read('SELECT 1 AS user_id, 2 AS user_id, 3 AS item_id')$$) AS "a column twice";
SELECT pg_temp.refusal($$SELECT read('')$$) AS "nothing",
	pg_temp.refusal($$SELECT read('-- nothing')$$) AS "a comment",
	pg_temp.refusal($$SELECT read('SELECT * FROM ratings; DROP TABLE ratings')$$) AS "two statements",
	pg_temp.refusal($$SELECT read('SELECT 1 AS user_id, 2 AS item_id) AS s; DROP TABLE ratings; --')$$) AS "a parenthesis closed early",
	pg_temp.refusal($$SELECT read('SELECT * FROM ratings /*')$$) AS "a comment left open",
	pg_temp.refusal($$SELECT read('INSERT INTO ratings VALUES (3, 3) RETURNING *')$$) AS "INSERT",
	pg_temp.refusal($$SELECT read('WITH d AS (DELETE FROM ratings RETURNING *) SELECT * FROM d')$$) AS "DELETE in WITH",
	pg_temp.refusal($$SELECT read('SELECT * INTO copied FROM ratings')$$) AS "SELECT INTO",
	pg_temp.refusal($$SELECT read('DROP TABLE ratings')$$) AS "DROP",
	pg_temp.refusal($$SELECT read('COMMIT')$$) AS "COMMIT",
	pg_temp.refusal($$SELECT read('SELECT * FROM ratings FOR UPDATE')$$) AS "FOR UPDATE",
	pg_temp.refusal($$SELECT read('SELECT $1 AS user_id, 2 AS item_id')$$) AS "a parameter",
	pg_temp.refusal($$SELECT read('not a query')$$) AS "a syntax error";
SELECT count(*) AS "rows still there", to_regclass('copied') AS "made by the way" FROM ratings;

-- Keys
SELECT pg_temp.refusal($$SELECT merge(data) FROM (SELECT read('ratings') UNION ALL SELECT read('by_name')) AS s (data)$$) AS "mixed kinds merged",
	pg_temp.refusal($$SELECT membership_identifiability('ratings', 'by_name')$$) AS "mixed kinds compared",
	pg_temp.refusal($$SELECT read('SELECT user_id, item_id::interval FROM (VALUES (1, ''1 day'')) AS v (user_id, item_id)')$$) AS "a type without a fixed form";

-- Too little data
SELECT pg_temp.refusal($$SELECT fit('SELECT * FROM ratings WHERE false', unigrams())$$) AS "fit of nothing",
	pg_temp.refusal($$SELECT membership_identifiability('SELECT * FROM ratings WHERE false', 'ratings')$$) AS "no originals",
	pg_temp.refusal($$SELECT membership_identifiability('ratings', 'SELECT * FROM ratings WHERE false')$$) AS "nobody synthetic",
	pg_temp.refusal($$SELECT membership_ranks('ratings', 'SELECT * FROM ratings WHERE false')$$) AS "likewise for ranks",
	pg_temp.refusal($$SELECT membership_identifiability('ratings', 'SELECT user_id, item_id + 1 AS item_id FROM ratings')$$) AS "no item in common";
SELECT s.users, s.items, s.interactions FROM synrec.summary(synrec.read('SELECT * FROM ratings WHERE false')) AS s;
SELECT s.users, s.items, s.max_items, (SELECT count(*) FROM synrec.membership_ranks(data, data)) AS ranks
FROM synrec.generate_interactions(synrec.fit('by_name', synrec.unigrams()), 100) AS data, synrec.summary(data) AS s;

-- Counts: zero, negative, absurd
SELECT n AS "users", pg_temp.refusal(format('SELECT generate(model, %s) FROM fitted', n)) AS generate,
	pg_temp.refusal(format('SELECT generate_interactions(model, %s) FROM fitted', n)) AS generate_interactions,
	pg_temp.refusal(format('SELECT generate(NULL::ratings, model, %s) FROM fitted', n)) AS "generate, typed",
	pg_temp.refusal(format('SELECT sample_users(data, %s) FROM fitted', n)) AS sample_users,
	pg_temp.refusal(format('SELECT simulate(%s, 10)', n)) AS simulate
FROM (VALUES (0), (-1), (-9223372036854775808)) AS v (n);
SELECT n AS "count", pg_temp.refusal(format('SELECT generate(model, 1, first_user => %s) FROM fitted', n)) AS first_user,
	pg_temp.refusal(format('SELECT truncate_histories(data, %s) FROM fitted', n)) AS max_items,
	pg_temp.refusal(format('SELECT simulate(10, %s)', n)) AS items
FROM (VALUES (0), (-1)) AS v (n);
SELECT left(pg_temp.refusal('SELECT filter_histories(data, min_items => -1) FROM fitted'), 5) AS "min_items => -1",
	left(pg_temp.refusal('SELECT filter_histories(data, min_users => -1) FROM fitted'), 5) AS "min_users => -1",
	pg_temp.refusal('SELECT generate(model, 1, first_user => 9223372036854775807) FROM fitted') AS "the last first_user",
	pg_temp.refusal('SELECT simulate(10, 9223372036854775807)') AS "absurdly many items",
	pg_temp.refusal('SELECT truncate_histories(data, 9223372036854775807) FROM fitted') AS "no limit",
	pg_temp.refusal('SELECT sample_users(data, 9223372036854775807) FROM fitted') AS "all users";

-- Absurdly many users are refused at once, not when memory runs out: 57014 means too late.
SET statement_timeout = '4s';
CREATE FUNCTION pg_temp.sqlstate(statement text) RETURNS text LANGUAGE sql RETURN left(pg_temp.refusal(statement), 5);
SELECT pg_temp.sqlstate('SELECT generate(model, 9223372036854775807) FROM fitted LIMIT 1') AS "generate, 2^63 - 1";
SELECT pg_temp.sqlstate('SELECT generate(model, 4611686018427387904) FROM fitted LIMIT 1') AS "generate, 2^62";
SELECT pg_temp.sqlstate('SELECT generate(NULL::ratings, model, 4611686018427387904) FROM fitted LIMIT 1') AS "generate, typed, 2^62";
SELECT pg_temp.sqlstate('SELECT generate_interactions(model, 4611686018427387904) FROM fitted') IN ('22023', '53400', '54000') AS "generate_interactions, 2^62";
SELECT pg_temp.sqlstate('SELECT generate_interactions(model, 1000000000000) FROM fitted') IN ('22023', '53400', '54000') AS "generate_interactions, 10^12";
SELECT pg_temp.sqlstate('SELECT simulate(9223372036854775807, 10)') IN ('22023', '53400', '54000') AS "simulate, 2^63 - 1";
RESET statement_timeout;

SELECT n AS "number", pg_temp.refusal(format('SELECT split_users(data, %L) FROM fitted', n)) AS share,
	pg_temp.refusal(format('SELECT simulate(10, 10, mean_items => %L)', n)) AS mean_items,
	pg_temp.refusal(format('SELECT simulate(10, 10, zipf => %L)', n)) AS zipf
FROM (VALUES ('-0.5'), ('NaN'), ('Infinity'), ('1e300')) AS v (n);
SELECT pg_temp.refusal($$SELECT membership_identifiability(data, data, 0) FROM fitted$$) AS "k = 0",
	pg_temp.refusal($$SELECT membership_identifiability(data, data, -2147483648) FROM fitted$$) AS "k negative";

-- Generators
SELECT pg_temp.refusal($$SELECT fit(data, '{"method": "unigram"}') FROM fitted$$)
		LIKE E'22023 unknown generator "unigram"\n\tThe known generators are: unigrams%' AS "almost a generator: the nearest first",
	left(pg_temp.refusal($$SELECT fit(data, '{"method": ""}') FROM fitted$$), 28) AS "no name",
	pg_temp.refusal(format($$SELECT fit(data, '{"method": "%s"}') FROM fitted$$, repeat('x', 300))) LIKE '22023 unknown generator "xxx%' AS "a long name",
	pg_temp.refusal($$SELECT fit(data, jsonb_build_object('method', 'unigrams', 'k', 5)) FROM fitted$$) AS "an option that there is not",
	pg_temp.refusal($$SELECT fit(data, '{"k": 5}') FROM fitted$$) AS "no method",
	pg_temp.refusal($$SELECT fit(data, '"unigrams"') FROM fitted$$) AS "a string";

-- NULL, by name
SELECT pg_temp.refusal($$SELECT read(NULL)$$) AS "read",
	pg_temp.refusal($$SELECT read('ratings', NULL)$$) AS "read, user column",
	pg_temp.refusal($$SELECT fit(NULL::interactions, unigrams())$$) AS "fit",
	pg_temp.refusal($$SELECT fit(data, NULL) FROM fitted$$) AS "fit, generator",
	pg_temp.refusal($$SELECT fit(data, unigrams(), NULL) FROM fitted$$) AS "fit, seed",
	pg_temp.refusal($$SELECT fit(NULL::text, unigrams())$$) AS "fit, source",
	pg_temp.refusal($$SELECT generate(NULL::model, 1)$$) AS "generate",
	pg_temp.refusal($$SELECT generate(model, NULL) FROM fitted$$) AS "generate, users",
	pg_temp.refusal($$SELECT generate(NULL::ratings, NULL, 1)$$) AS "generate, typed",
	pg_temp.refusal($$SELECT generate(NULL::ratings, model, 1, item_column => NULL) FROM fitted$$) AS "generate, typed, item column",
	pg_temp.refusal($$SELECT generate_interactions(model, 1, first_user => NULL) FROM fitted$$) AS "generate_interactions",
	pg_temp.refusal($$SELECT rows(NULL::ratings, NULL)$$) AS "rows, typed",
	pg_temp.refusal($$SELECT sample_users(NULL, 1)$$) AS "sample_users",
	pg_temp.refusal($$SELECT split_users(data, NULL) FROM fitted$$) AS "split_users",
	pg_temp.refusal($$SELECT truncate_histories(data, NULL) FROM fitted$$) AS "truncate_histories",
	pg_temp.refusal($$SELECT filter_histories(data, min_users => NULL) FROM fitted$$) AS "filter_histories",
	pg_temp.refusal($$SELECT simulate(NULL, 1)$$) AS "simulate",
	pg_temp.refusal($$SELECT membership_identifiability(NULL::interactions, data) FROM fitted$$) AS "membership_identifiability",
	pg_temp.refusal($$SELECT membership_identifiability(data, data, NULL) FROM fitted$$) AS "membership_identifiability, k",
	pg_temp.refusal($$SELECT membership_ranks(data, NULL) FROM fitted$$) AS "membership_ranks",
	pg_temp.sqlstate($$SELECT membership_ranks('ratings', NULL::text)$$) AS "membership_ranks of texts";
-- Of the functions that give NULL for NULL, none is a figure that could pass a test.
SELECT synrec.summary(NULL) IS NULL AS summary, synrec.describe(NULL) IS NULL AS describe,
	(SELECT count(*) FROM synrec.rows(NULL::synrec.interactions)) AS rows;

-- Parts of aggregates are not for direct use.
SELECT pg_temp.refusal($$SELECT interactions_add(data, 1, 1) FROM fitted$$) AS "interactions_add",
	pg_temp.refusal($$SELECT interactions_combine(data, data) FROM fitted$$) AS "interactions_combine",
	pg_temp.refusal($$SELECT interactions_final(data) FROM fitted$$) AS "interactions_final";

-- Memory
CREATE TEMP TABLE large AS SELECT synrec.simulate(20000, 2000) AS data;
CREATE TEMP TABLE large_model AS SELECT synrec.fit(data, synrec.unigrams()) AS model FROM large;
SET synrec.max_memory = '1MB';
CREATE FUNCTION pg_temp.refused_for_memory(statement text) RETURNS boolean LANGUAGE sql
	RETURN pg_temp.refusal(statement) ~ E'^53400 .* would need \\d+ MB, more than synrec.max_memory allows \\(1 MB\\)\n\tRaise synrec.max_memory';
SELECT pg_temp.refused_for_memory($$SELECT interactions(i, i % 100) FROM generate_series(1, 1000000) AS i$$) AS "interactions",
	pg_temp.refused_for_memory($$SELECT read('SELECT i AS user_id, i % 100 AS item_id FROM generate_series(1, 1000000) AS i')$$) AS "read",
	pg_temp.refused_for_memory($$SELECT merge(data) FROM large$$) AS "merge",
	pg_temp.refused_for_memory($$SELECT data || data FROM large$$) AS "||",
	pg_temp.refused_for_memory($$SELECT sample_users(data, 10) FROM large$$) AS "sample_users",
	pg_temp.refused_for_memory($$SELECT split_users(data) FROM large$$) AS "split_users",
	pg_temp.refused_for_memory($$SELECT truncate_histories(data, 5) FROM large$$) AS "truncate_histories",
	pg_temp.refused_for_memory($$SELECT filter_histories(data, 5) FROM large$$) AS "filter_histories",
	pg_temp.refused_for_memory($$SELECT simulate(20000, 2000)$$) AS "simulate",
	pg_temp.refused_for_memory($$SELECT generate_interactions(model, 100000) FROM large_model$$) AS "generate_interactions",
	pg_temp.refused_for_memory($$SELECT membership_identifiability(data, data) FROM large$$) AS "membership_identifiability",
	pg_temp.refused_for_memory($$SELECT membership_ranks(data, data) FROM large$$) AS "membership_ranks";
SELECT pg_temp.refusal($$SELECT interactions(i, i % 100) FROM generate_series(1, 100000) AS i$$) ~ 'interactions would need' AS "names the operation",
	(synrec.summary(synrec.interactions(i, i % 100))).users AS "small work goes on" FROM generate_series(1, 1000) AS i;
RESET synrec.max_memory;

-- Settings
SELECT pg_temp.refusal('SET synrec.threads = -1') AS "threads", pg_temp.refusal('SET synrec.threads = 257') AS "too many",
	pg_temp.refusal($$SET synrec.max_memory = '1kB'$$) AS "max_memory", pg_temp.refusal('SET synrec.thread = 1') AS "misspelt";
CREATE ROLE regress_synrec_user;
SET ROLE regress_synrec_user;
SELECT pg_temp.refusal('SET synrec.threads = 2') AS "anyone's own choice", pg_temp.refusal($$SET synrec.max_memory = '1GB'$$) AS "a limit users are under";
RESET ROLE;
DROP ROLE regress_synrec_user;

DROP TABLE ratings, by_name, one_column, no_columns;
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
