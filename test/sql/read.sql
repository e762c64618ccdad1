-- read.sql: read() and the functions that take a table, a view or a query as text
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE SCHEMA "Odd schema";
CREATE TABLE ratings (user_id int, item_id int, rating int);
INSERT INTO ratings VALUES (1, 10, 5), (1, 20, 3), (2, 10, 4), (3, 30, 1);
CREATE VIEW good_ratings AS SELECT * FROM ratings WHERE rating >= 4;
CREATE MATERIALIZED VIEW stored_ratings AS SELECT * FROM ratings;
CREATE TABLE "Odd schema"."select ""me"".now; --" ("User Id" text, "item;" text);
INSERT INTO "Odd schema"."select ""me"".now; --" VALUES ('a''b', '$1'), ('a''b', '"');
CREATE TEMP TABLE recent AS SELECT user_id, item_id FROM ratings WHERE user_id < 3;
CREATE TABLE by_user (user_id int, item_id int) PARTITION BY RANGE (user_id);
CREATE TABLE by_user_1 PARTITION OF by_user FOR VALUES FROM (0) TO (2);
CREATE TABLE by_user_2 PARTITION OF by_user FOR VALUES FROM (2) TO (9);
INSERT INTO by_user SELECT user_id, item_id FROM ratings;

-- Relations.
SELECT synrec.read('ratings') = whole AS "a table",
	synrec.read('public.ratings') = whole AS "with its schema",
	synrec.read(' PUBLIC . "ratings" ') = whole AS "folded and quoted as in SQL",
	synrec.read('stored_ratings') = whole AS "a materialized view",
	synrec.read('by_user') = whole AS "a partitioned table",
	(synrec.summary(synrec.read('by_user_2'))).users AS "users of a partition",
	(synrec.summary(synrec.read('good_ratings'))).interactions AS "rows of a view",
	(synrec.summary(synrec.read('recent'))).interactions AS "rows of a temporary table",
	(synrec.summary(synrec.read('pg_temp.recent'))).interactions AS "with its schema",
	(synrec.summary(synrec.read('ratings', 'item_id', 'rating'))).users AS "users by another column",
	(synrec.summary(synrec.read('ratings', item_column => 'rating'))).items AS "items by another column"
FROM (SELECT synrec.interactions(user_id, item_id) AS whole FROM ratings) AS w;
SELECT synrec.read('"Odd schema"."select ""me"".now; --"', 'User Id', 'item;')
	= (SELECT synrec.interactions("User Id", "item;") FROM "Odd schema"."select ""me"".now; --") AS "odd names";
SET search_path = "Odd schema", synrec, public;
SELECT synrec.read('"select ""me"".now; --"', 'User Id', 'item;')
	= (SELECT synrec.interactions("User Id", "item;") FROM "select ""me"".now; --") AS "found by search_path";
SET search_path = '';
SELECT (synrec.summary(synrec.read('public.ratings'))).interactions AS "nothing on search_path";
SET search_path = public, synrec;

-- Queries.
SELECT synrec.read('SELECT * FROM ratings') = whole AS "a query",
	synrec.read('select item_id, user_id from ratings') = whole AS "columns go by name, not place",
	synrec.read('SELECT * FROM ratings;') = whole AS "a semicolon",
	synrec.read('SELECT * FROM ratings -- all') = whole AS "a comment at the end",
	synrec.read('SELECT * FROM ratings; -- all') = whole AS "after a semicolon",
	synrec.read('/* one */ SELECT * FROM ratings /* all */ ; ; ') = whole AS "comments around it",
	synrec.read(E'\n\t SELECT *\n FROM ratings\n') = whole AS "lines",
	synrec.read('TABLE ratings') = whole AS "TABLE",
	synrec.read('(SELECT * FROM ratings ORDER BY rating)') = whole AS "in parentheses",
	synrec.read('WITH r AS (SELECT * FROM ratings) SELECT * FROM r') = whole AS "WITH",
	synrec.read('SELECT * FROM good_ratings UNION ALL SELECT * FROM ratings') = whole AS "UNION",
	synrec.read('SELECT user_id AS "Who", item_id AS "what?" FROM ratings', 'Who', 'what?') = whole AS "odd column names",
	synrec.read('VALUES (1, 10), (1, 20), (2, 10), (3, 30)', 'column1', 'column2') = whole AS "VALUES",
	synrec.read('SELECT 1 AS source, 2 AS item_id', 'source') = synrec.interactions(1, 2) AS "a column named like our alias",
	synrec.read('SELECT user_id, '';--'' || item_id AS item_id FROM ratings')
		= (SELECT synrec.interactions(user_id, ';--' || item_id) FROM ratings) AS "a semicolon in a literal",
	(synrec.summary(synrec.read('SELECT * FROM ratings LIMIT 0'))).users AS "users of no rows"
FROM (SELECT synrec.interactions(user_id, item_id) AS whole FROM ratings) AS w
GROUP BY whole;

-- The query sees what the calling query sees, not what comes later.
BEGIN;
INSERT INTO ratings VALUES (9, 90, 5);
SELECT (synrec.summary(synrec.read('ratings'))).users AS "own changes";
ROLLBACK;

-- Functions that take texts are those that take values.
SELECT synrec.fit('ratings', synrec.unigrams(), 3) = synrec.fit(synrec.read('ratings'), synrec.unigrams(), 3) AS "fit",
	synrec.membership_identifiability('ratings', 'good_ratings', 2)
		= synrec.membership_identifiability(synrec.read('ratings'), synrec.read('good_ratings'), 2) AS "membership_identifiability";
SELECT count(*) AS "rows of both", bool_and(t.rank = v.rank AND t.distance = v.distance) AS "membership_ranks"
FROM synrec.membership_ranks('ratings', 'good_ratings') AS t
	JOIN synrec.membership_ranks(synrec.read('ratings'), synrec.read('good_ratings')) AS v USING (user_key);

-- A schema of the same names in front of ours changes nothing.
CREATE SCHEMA impostor;
CREATE FUNCTION impostor.read(text, name DEFAULT 'x', name DEFAULT 'y') RETURNS synrec.interactions LANGUAGE sql
	RETURN synrec.interactions(666, 666);
CREATE FUNCTION impostor.fit(synrec.interactions, synrec.generator, bigint) RETURNS synrec.model LANGUAGE sql
	RETURN NULL::synrec.model;
CREATE FUNCTION impostor.jsonb_build_object(VARIADIC "any") RETURNS jsonb LANGUAGE internal AS 'jsonb_build_object_noargs';
SET search_path = impostor, pg_catalog, public, synrec;
SELECT synrec.fit('ratings', synrec.unigrams()) = synrec.fit(synrec.read('ratings'), synrec.unigrams()) AS "not redirected",
	synrec.unigrams()::jsonb ? 'method' AS "nor this";
RESET search_path;

-- The rights are the caller's.
CREATE ROLE regress_synrec_reader;
GRANT SELECT (user_id, item_id) ON ratings TO regress_synrec_reader;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SET ROLE regress_synrec_reader;
SELECT pg_temp.refusal($$SELECT synrec.read('SELECT user_id, item_id FROM ratings')$$) AS "columns granted",
	pg_temp.refusal($$SELECT synrec.read('SELECT user_id, item_id FROM ratings WHERE rating > 3')$$) AS "a column not granted",
	pg_temp.refusal($$SELECT synrec.read('good_ratings')$$) AS "a view not granted";
RESET ROLE;

DROP SCHEMA impostor, "Odd schema" CASCADE;
DROP MATERIALIZED VIEW stored_ratings;
DROP VIEW good_ratings;
DROP TABLE ratings, by_user;
DROP ROLE regress_synrec_reader;
