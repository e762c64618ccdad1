-- release.sql: the gate: what it lets pass, what it refuses, and what it says then
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- 200 users to be protected, 100 and 400 synthetic ones, 100 fresh people.
CREATE TABLE people AS SELECT r.* FROM synrec.rows(synrec.simulate(300, 80, mean_items => 8, seed => 1)) AS r;
CREATE SCHEMA "Shop ""1""";
CREATE TABLE "Shop ""1"""."Real. People" AS SELECT * FROM people WHERE user_id <= 200;
CREATE TABLE fresh AS SELECT * FROM people WHERE user_id > 200;
CREATE TABLE synthetic AS SELECT g.* FROM synrec.generate(synrec.fit('"Shop ""1"""."Real. People"', synrec.unigrams()), 400) AS g;
CREATE TEMP TABLE sets AS
SELECT synrec.read('"Shop ""1"""."Real. People"') AS original, synrec.read('synthetic') AS synthetic, synrec.read('fresh') AS fresh,
	synrec.read('SELECT * FROM synthetic WHERE user_id <= 100') AS hundred;

-- SQLSTATE and message of an error, with measured figures left out; its detail and hint are kept.
CREATE TEMP TABLE said (state text, message text, detail text, hint text);
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = public, synrec, pg_temp AS $$
DECLARE
	s said;
BEGIN
	EXECUTE statement;
	DELETE FROM said;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS s.message = MESSAGE_TEXT, s.detail = PG_EXCEPTION_DETAIL, s.hint = PG_EXCEPTION_HINT;
	s.state := SQLSTATE;
	DELETE FROM said;
	INSERT INTO said VALUES (s.*);
	RETURN SQLSTATE || ' ' || regexp_replace(s.message, ' [0-9.e-]+ is above', ' ... is above', 'g');
END $$;
-- The same figures, to five digits.
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql RETURN abs(a - b) <= 1e-5 * abs(b);
CREATE FUNCTION pg_temp.agrees(report jsonb, measured synrec.interactions, others synrec.interactions, holdout synrec.interactions) RETURNS boolean LANGUAGE sql
	RETURN (SELECT count(*) = 3 AND bool_and(pg_temp.near((report -> i.measure ->> 'value')::float8, i.value)
			AND pg_temp.near((report -> i.measure ->> 'reference')::float8, i.reference)
			AND pg_temp.near((report -> i.measure ->> 'lift')::float8, i.lift))
		FROM synrec.identifiability(measured, others, holdout) AS i);

-- A release that passes gives all figures.
CREATE TEMP TABLE passed AS
SELECT synrec.assert_release(original, synthetic, fresh, max_membership => 1, max_deanonymization => 10, max_attribute => 1, max_lift => 100) AS report,
	synrec.assert_release(original, synthetic, max_lift => 100) AS halves FROM sets;
SELECT (SELECT string_agg(k, ' ' ORDER BY k) FROM jsonb_object_keys(report) AS k) AS measures,
	(SELECT string_agg(DISTINCT f, ' ' ORDER BY f) FROM jsonb_each(report) AS m, jsonb_object_keys(m.value) AS f) AS "figures of each",
	(SELECT count(*) FROM jsonb_each(report) AS m, jsonb_each(m.value) AS f WHERE jsonb_typeof(f.value) = 'number' AND f.value::float8 > 0) AS "positive numbers",
	pg_temp.agrees(report, original, synthetic, fresh) AS "those of identifiability",
	pg_temp.agrees(halves, original, synthetic, NULL) AS "without a holdout",
	report = halves AS "with one it is all the same",
	synrec.assert_release(original, synthetic, max_lift => 100, seed => 5) <> halves AS "another seed, other halves",
	synrec.assert_release(original, synthetic, fresh, max_attribute => 1) = report AS "the limits that are asked for do not matter"
FROM passed, sets;

-- Limits hold up to and including the figure.
SELECT synrec.assert_release(original, synthetic, fresh, max_membership => value) IS NOT NULL AS "a limit just met"
FROM sets, synrec.identifiability(original, synthetic, fresh) AS i WHERE measure = 'membership';
SELECT pg_temp.refusal(format('SELECT assert_release(original, synthetic, fresh, max_membership => %s) FROM sets', value - 1e-9)) LIKE 'SR001 %' AS "a limit just broken"
FROM sets, synrec.identifiability(original, synthetic, fresh) AS i WHERE measure = 'membership';

-- A release that does not: every broken limit is named, no other one.
SELECT pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_membership => 0.001) FROM sets') AS "membership",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_deanonymization => 0, max_attribute => 1) FROM sets') AS "deanonymization",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_attribute => 0.002, max_membership => 1) FROM sets') AS "attribute",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_lift => 0.01) FROM sets') AS "lift",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_membership => 0, max_attribute => 0) FROM sets') AS "two",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, 0, 0, 0, 0) FROM sets') AS "all";
SELECT message ~ 'membership [0-9.]+ is above max_membership 0; membership lift [0-9.]+ is above' AS "with the figures",
	pg_temp.near(substring(message FROM 'membership ([0-9.]+) is above')::numeric::float8, round((detail::jsonb -> 'membership' ->> 'value')::numeric, 4)::float8) AS "rounded",
	pg_temp.agrees(detail::jsonb, original, synthetic, fresh) AS "detail is what identifiability gives",
	detail::jsonb = report AS "and what a pass gives", hint
FROM said, passed, sets;
SELECT pg_temp.refusal('SELECT assert_release(original, synthetic, max_membership => 0) FROM sets') AS "without a holdout";
SELECT pg_temp.agrees(detail::jsonb, original, synthetic, NULL) AS "detail" FROM said, sets;
SELECT pg_temp.refusal('SELECT assert_release(original, original, fresh, max_membership => 0.99, max_lift => 1.2) FROM sets') LIKE 'SR001 release refused: membership ... is above max_membership 0.99; membership lift ... is above max_lift 1.2%' AS "a copy of the originals";

-- A reference of 0: everybody has a twin, and the fresh people are far away.
CREATE TEMP TABLE twins AS
SELECT (SELECT synrec.interactions(u, i) FROM generate_series(1, 10) AS u, LATERAL (VALUES ((u - 1) / 2), ((u - 1) / 2 + 100), (50)) AS v (i)) AS original,
	(SELECT synrec.interactions(u, i) FROM generate_series(1, 10) AS u, LATERAL (VALUES (50), (u + 1000), (u + 2000)) AS v (i)) AS fresh;
SELECT value = 1 AS value, reference = 0 AS reference, lift = 'Infinity' AS lift
FROM twins, synrec.identifiability(original, original, fresh) WHERE measure = 'membership';
SELECT synrec.assert_release(original, original, fresh, max_membership => 1) -> 'membership' = '{"value": 1, "reference": 0, "lift": null}' AS "null stands for it in JSON",
	pg_temp.refusal('SELECT assert_release(original, original, fresh, max_lift => 1e300) FROM twins') LIKE 'SR001 release refused: membership lift Infinity is above max_lift 1e+300%' AS "above every limit"
FROM twins;
SELECT detail::jsonb -> 'membership' -> 'lift' = 'null' AS "in the detail too" FROM said;

-- Sources by name: qualified, quoted, with the database; queries.
CREATE FUNCTION pg_temp.by_name(original text, synthetic text, holdout text) RETURNS boolean LANGUAGE sql
	RETURN synrec.assert_release(original, synthetic, holdout, max_lift => 100) = (SELECT report FROM passed);
SELECT pg_temp.by_name('"Shop ""1"""."Real. People"', 'synthetic', 'fresh') AS "names",
	pg_temp.by_name(format('%I."Shop ""1"""."Real. People"', current_database()), format('"%s".public.synthetic', current_database()), 'public."fresh"') AS "names in three parts",
	pg_temp.by_name('SELECT * FROM people WHERE user_id <= 200', 'TABLE synthetic', 'SELECT * FROM people WHERE user_id > 200') AS "queries",
	synrec.assert_release('SELECT * FROM people WHERE user_id <= 200', 'synthetic', max_lift => 100) = (SELECT halves FROM passed) AS "no holdout";
SELECT pg_temp.refusal($$SELECT assert_release('"Shop ""1"""."Real. People"', 'synthetic', 'fresh', max_membership => 0, max_lift => 0.01)$$) AS "texts";
SELECT detail::jsonb = report AS "the same detail" FROM said, passed;
SELECT pg_temp.refusal($$SELECT assert_release('elsewhere.public.people', 'synthetic', max_lift => 1)$$) AS "another database",
	pg_temp.refusal($$SELECT assert_release('people', 'absent', max_lift => 1)$$) AS "no such table",
	pg_temp.refusal($$SELECT assert_release('people', 'synthetic', 'absent', max_lift => 1)$$) AS "no such holdout",
	pg_temp.refusal($$SELECT assert_release('people', 'synthetic; DROP TABLE people', max_lift => 1)$$) AS "something else in it";

-- Limits
SELECT pg_temp.refusal('SELECT assert_release(original, synthetic) FROM sets') AS "no limit",
	pg_temp.refusal($$SELECT assert_release('people', 'synthetic', 'fresh')$$) AS "no limit, by name",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, NULL, NULL, NULL, NULL) FROM sets') AS "limits that are NULL";
SELECT hint FROM said;
SELECT n AS "limit", pg_temp.refusal(format('SELECT assert_release(original, synthetic, max_membership => %L) FROM sets', n)) AS membership,
	pg_temp.refusal(format('SELECT assert_release(original, synthetic, max_deanonymization => %L) FROM sets', n)) AS deanonymization,
	pg_temp.refusal(format('SELECT assert_release(original, synthetic, max_attribute => %L) FROM sets', n)) AS attribute,
	pg_temp.refusal(format('SELECT assert_release(original, synthetic, max_lift => %L) FROM sets', n)) AS lift,
	pg_temp.refusal(format($$SELECT assert_release('people', 'synthetic', max_lift => %L)$$, n)) AS "lift, by name"
FROM (VALUES ('-0.1'), ('NaN'), ('Infinity'), ('-Infinity')) AS v (n);
SELECT pg_temp.refusal('SELECT assert_release(original, synthetic, max_membership => 1.0001) FROM sets') AS "a share above 1",
	pg_temp.refusal('SELECT assert_release(original, synthetic, max_attribute => 20) FROM sets') AS "a percentage",
	pg_temp.refusal('SELECT assert_release(original, synthetic, max_deanonymization => 20, max_lift => 1e9) FROM sets') AS "no shares";

-- NULL, by name
SELECT pg_temp.refusal('SELECT assert_release(NULL::interactions, synthetic, max_lift => 1) FROM sets') AS "original",
	pg_temp.refusal('SELECT assert_release(original, NULL, max_lift => 1) FROM sets') AS "synthetic",
	pg_temp.refusal('SELECT assert_release(original, synthetic, max_lift => 1, seed => NULL) FROM sets') AS "seed",
	pg_temp.refusal('SELECT assert_release(original, synthetic, max_lift => 1, options => NULL) FROM sets') AS "options",
	left(pg_temp.refusal($$SELECT assert_release(NULL::text, 'synthetic', max_lift => 1)$$), 5) AS "original, by name",
	left(pg_temp.refusal($$SELECT assert_release('people', NULL, max_lift => 1)$$), 5) AS "synthetic, by name",
	pg_temp.refusal('SELECT identifiability(NULL::interactions, synthetic) FROM sets') AS "identifiability, original",
	pg_temp.refusal('SELECT identifiability(original, NULL) FROM sets') AS "identifiability, synthetic",
	pg_temp.refusal('SELECT identifiability(original, synthetic, options => NULL) FROM sets') AS "identifiability, options";

-- Options are those of the measures.
CREATE FUNCTION pg_temp.value_of(report jsonb, measure text) RETURNS float8 LANGUAGE sql RETURN (report -> measure ->> 'value')::float8;
SELECT pg_temp.near(pg_temp.value_of(report, 'membership'), synrec.membership_identifiability(original, synthetic, 7)) AS k,
	pg_temp.near(pg_temp.value_of(report, 'deanonymization'), synrec.deanonymization_identifiability(original, synthetic, 3)) AS neighbors,
	pg_temp.near(pg_temp.value_of(report, 'attribute'), synrec.attribute_identifiability(original, synthetic, 5, 20.5)) AS "cutoff, lambda",
	(SELECT count(*) FROM passed AS p, jsonb_each(p.report) AS m WHERE m.value <> r.report -> m.key) AS "others than by default"
FROM sets, LATERAL (SELECT synrec.assert_release(original, synthetic, fresh, max_lift => 100, options => '{"k": 7, "neighbors": 3, "cutoff": 5, "lambda": 20.5}') AS report) AS r;
SELECT pg_temp.near(pg_temp.value_of(synrec.assert_release(original, synthetic, max_lift => 100, seed => 9), 'attribute'), synrec.attribute_identifiability(original, synthetic, seed => 9)) AS seed
FROM sets;
CREATE FUNCTION pg_temp.options(options text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT assert_release(original, synthetic, max_lift => 100, options => %L) FROM sets', options));
SELECT pg_temp.options('{"neighbours": 10}') AS "an option that there is not"; SELECT hint FROM said;
SELECT pg_temp.options('{"lamda": 10}') AS "another"; SELECT hint FROM said;
SELECT pg_temp.options('{"k": "1"}') AS "a string", pg_temp.options('{"k": null}') AS "null", pg_temp.options('{"cutoff": [20]}') AS "an array",
	pg_temp.options('{"neighbors": true}') AS "a boolean", pg_temp.options('{"k": 1.5}') AS "a fraction",
	pg_temp.options('{"k": 0}') AS "k = 0", pg_temp.options('{"neighbors": 0}') AS "neighbors = 0", pg_temp.options('{"cutoff": -1}') AS "cutoff = -1",
	pg_temp.options('{"lambda": 0}') AS "lambda = 0", pg_temp.options('{"lambda": -5}') AS "lambda = -5", pg_temp.options('{"k": 1e10}') AS "k = 10^10",
	pg_temp.options('[]') AS "an array of options", pg_temp.options('"k"') AS "a string of options", pg_temp.options('5') AS "a number", pg_temp.options('{}') AS "none",
	pg_temp.refusal($$SELECT identifiability(original, synthetic, options => '{"k": 0}') FROM sets$$) AS "identifiability";

-- One user has no halves; a holdout helps.
CREATE TEMP TABLE one AS SELECT synrec.sample_users(original, 1, 3) AS original, synthetic, fresh FROM sets;
SELECT pg_temp.refusal('SELECT assert_release(original, synthetic, max_lift => 100) FROM one') AS "one user",
	pg_temp.refusal('SELECT identifiability(original, synthetic) FROM one') AS "identifiability",
	pg_temp.refusal('SELECT assert_release(original, synthetic, fresh, max_membership => 1) FROM one') AS "and a holdout";

-- A refused release leaves nothing of its transaction; in a client the error ends the script.
\set VERBOSITY sqlstate
BEGIN;
CREATE TABLE released AS SELECT * FROM synthetic;
SELECT synrec.assert_release('people', 'released', max_membership => 0) IS NULL;
COMMIT;
SELECT to_regclass('released') IS NULL AS "nothing was released";
BEGIN;
CREATE TABLE released AS SELECT * FROM synthetic;
SELECT synrec.assert_release('people', 'released', max_membership => 1) IS NULL AS "passed, but NULL";
COMMIT;
SELECT count(*) = (SELECT count(*) FROM synthetic) AS "all was released" FROM released;

DROP TABLE people, fresh, synthetic, released;
DROP SCHEMA "Shop ""1""" CASCADE;
