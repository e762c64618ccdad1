-- frontier.sql: fractal expansion, generators side by side, charts
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TEMP TABLE sets AS SELECT synrec.simulate(300, 60, 10, taste => 3) AS data;
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql SET search_path = synrec, public, pg_temp AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'accepted';
EXCEPTION WHEN query_canceled OR OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN detail <> '' THEN E'\n\t' || detail ELSE '' END || CASE WHEN hint <> '' THEN E'\n\t' || hint ELSE '' END;
END $$;

-- Fractal expansion: fitting warns.
SET client_min_messages = warning;
CREATE TEMP TABLE fold AS SELECT synrec.fit(data, synrec.fractal_expansion()) AS model FROM sets;
SET client_min_messages = error;
CREATE TEMP TABLE fractals AS
SELECT 'fold' AS mode, data, model FROM sets, fold
UNION ALL SELECT m, data, synrec.fit(data, synrec.fractal_expansion(m, user_blocks => 3)) FROM sets, (VALUES ('thin'), ('expand')) AS v (m);
SELECT mode, (d ->> 'contains_histories')::boolean AS "contains histories", d ->> 'discloses' LIKE '%histories of all users%' AS "says so",
	(d ->> 'items')::int / (synrec.summary(data)).items AS "catalogues", (d ->> 'expanded_users')::int / 300 AS "users",
	(d ->> 'item_blocks')::int > 1 AS "blocks of items", (d ->> 'mean_rate')::float8 BETWEEN 0.05 AND 0.99 AS rate
FROM fractals, synrec.describe(model) AS d ORDER BY mode;

-- Lengths match, parts of real histories are just in thin, the new catalogue is new.
CREATE TEMP TABLE made AS SELECT mode, g.* FROM fractals, synrec.generate(model, 600, 9) AS g;
SELECT mode, count(DISTINCT user_id) > 400 AS users, count(*) = count(DISTINCT (user_id, item_id)) AS sets,
	abs(count(*) / 600.0 / (SELECT (synrec.summary(data)).mean_items FROM sets) - 1) < 0.1 AS "as long as the originals",
	bool_and(item_id IN (SELECT r.item_id FROM sets, synrec.rows(data) AS r)) AS "items of the data",
	bool_or(item_id IN (SELECT r.item_id FROM sets, synrec.rows(data) AS r)) AS "any of them"
FROM made GROUP BY mode ORDER BY mode;
WITH histories AS (SELECT mode, user_id, array_agg(item_id) AS items FROM made WHERE mode <> 'expand' GROUP BY mode, user_id HAVING count(*) > 3),
	originals AS (SELECT array_agg(item_id) AS items FROM sets, synrec.rows(data) GROUP BY user_id)
SELECT mode, avg((EXISTS (SELECT FROM originals AS o WHERE o.items @> h.items))::int) > 0.5 AS "parts of real histories" FROM histories AS h GROUP BY mode ORDER BY mode;
SELECT mode, (SELECT count(*) FROM (SELECT * FROM synrec.generate(model, 40, 9, 301) EXCEPT SELECT user_id, item_id FROM made AS m WHERE m.mode = f.mode) AS e) AS "of a slice, not in the whole",
	(SELECT count(*) FROM (SELECT synrec.generate(model, 1000000000000) LIMIT 5) AS s) AS "of an endless one"
FROM fractals AS f ORDER BY mode;
SELECT synrec.fit(data, synrec.fractal_expansion(), 5) = synrec.fit(data, synrec.fractal_expansion(), 5) AS "the same seed",
	synrec.fit(data, synrec.fractal_expansion(), 5) = synrec.fit(data, synrec.fractal_expansion(), 6) AS "another" FROM sets;

-- What is refused
SELECT pg_temp.refusal('SELECT fit(data, fractal_expansion($$folded$$)) FROM sets') AS "mode",
	pg_temp.refusal('SELECT fit(data, fractal_expansion($$thin$$, item_blocks => 2)) FROM sets') AS "blocks of thin",
	pg_temp.refusal('SELECT fit(data, fractal_expansion(user_blocks => 0)) FROM sets') AS "no blocks",
	pg_temp.refusal('SELECT fit(data, fractal_expansion(user_blocks => 10001)) FROM sets') AS "too many",
	pg_temp.refusal('SELECT membership_identifiability(d.data, generate_interactions(model, 10)) FROM sets AS d, fractals WHERE mode = $$expand$$') AS "a new catalogue";
SELECT pg_temp.refusal($$SELECT fit(interactions(u, u * 4000000000000000000), fractal_expansion('expand')) FROM generate_series(-2, 2) AS u$$) AS "integer keys too far apart",
	pg_temp.refusal($$SELECT fit(interactions(u % 10, u), fractal_expansion('expand', item_blocks => 10000)) FROM generate_series(1, 430000) AS u$$) AS "too many items",
	pg_temp.refusal($$SELECT fit(interactions(u % 10, u), fractal_expansion('expand', item_blocks => 10000)) FROM generate_series(1, 10000) AS u$$) AS "too many keys",
	pg_temp.refusal($$SELECT generate(fit((SELECT interactions(1, 1)), fractal_expansion(m)), 10) FROM unnest('{fold,thin,expand}'::text[]) AS m$$) AS "one user, one item";

-- Generators side by side
CREATE TEMP TABLE call AS SELECT ARRAY[synrec.unigrams(), synrec.clustering(k => 3), synrec.clustering(k => 3000), synrec.clustering(k => 12)] AS generators;
CREATE TABLE evaluated AS SELECT e.* FROM sets, call, synrec.evaluate_generators(data, generators, users => 500, trials => 2, seed => 4, options => '{"runs": 6}') AS e;
SELECT name, membership BETWEEN 0 AND 1 AS membership, deanonymization > 0 AS deanonymization, attribute BETWEEN 0 AND 1 AS attribute,
	realism BETWEEN 0 AND 1 AS realism, transfer BETWEEN 0 AND 1 AS transfer, auc BETWEEN auc_low AND auc_high AS auc, bytes > 0 AS bytes,
	fit_seconds >= 0 AND generate_seconds >= 0 AS seconds, error
FROM evaluated;

-- Each figure is what its own function says.
CREATE TEMP TABLE unigram_users AS
SELECT data, synrec.generate_interactions(synrec.fit(data, synrec.unigrams(), 4), 500, 4) AS made, half.*,
	synrec.generate_interactions(synrec.fit(half.train, synrec.unigrams(), 4), 150, 4) AS half_made
FROM sets, synrec.split_users(data, 0.5, 4) AS half;
SELECT e.membership = (SELECT avg(synrec.membership_identifiability(data, synrec.sample_users(made, 300, n))) FROM generate_series(4, 5) AS n) AS membership,
	abs(e.deanonymization - (SELECT avg(synrec.deanonymization_identifiability(data, synrec.sample_users(made, 300, n))) FROM generate_series(4, 5) AS n)) < 1e-12 AS deanonymization,
	abs(e.attribute - (SELECT avg(synrec.attribute_identifiability(data, synrec.sample_users(made, 300, n), seed => n)) FROM generate_series(4, 5) AS n)) < 1e-12 AS attribute,
	(SELECT bool_and(i.reference = CASE i.measure WHEN 'membership' THEN e.membership_reference WHEN 'deanonymization' THEN e.deanonymization_reference ELSE e.attribute_reference END
			AND i.lift = CASE i.measure WHEN 'membership' THEN e.membership_lift WHEN 'deanonymization' THEN e.deanonymization_lift ELSE e.attribute_lift END)
		FROM synrec.identifiability(data, made, seed => 4) AS i) AS "references and lifts",
	(SELECT (r.realism, r.converse, r.significant_original, r.significant_synthetic, r.significant_both, r.reversed)
			IS NOT DISTINCT FROM (e.realism, e.converse, e.significant_original, e.significant_synthetic, e.significant_both, e.reversed)
		FROM synrec.realism_report(data, made, 4, '{"runs": 6}') AS r) AS realism,
	e.realism_reference = synrec.realism(train, holdout, 4, '{"runs": 6}') AS "realism of fresh people",
	(SELECT (a.auc, a.auc_low, a.auc_high) = (e.auc, e.auc_low, e.auc_high) FROM synrec.membership_inference(train, holdout, half_made) AS a) AS auc,
	abs(e.transfer - (SELECT avg(value) FROM synrec.transfer_performance(holdout, half_made, ARRAY[synrec.ease(250)], 2, NULL, 4) WHERE metric = 'ndcg@10')) < 1e-12 AS transfer,
	abs(e.transfer_reference - (SELECT avg(value) FROM synrec.transfer_performance(holdout, train, ARRAY[synrec.ease(250)], 2, NULL, 4) WHERE metric = 'ndcg@10')) < 1e-12 AS "transfer of people"
FROM evaluated AS e, unigram_users WHERE e.name = 'unigrams';
SELECT bool_and(membership_frontier = NOT EXISTS (SELECT FROM evaluated AS o WHERE o.membership <= e.membership AND o.realism >= e.realism AND (o.membership < e.membership OR o.realism > e.realism))) AS membership,
	bool_and(attribute_frontier = NOT EXISTS (SELECT FROM evaluated AS o WHERE o.attribute <= e.attribute AND o.realism >= e.realism AND (o.attribute < e.attribute OR o.realism > e.realism))) AS attribute,
	bool_and(deanonymization_frontier = NOT EXISTS (SELECT FROM evaluated AS o WHERE o.deanonymization <= e.deanonymization AND o.realism >= e.realism AND (o.deanonymization < e.deanonymization OR o.realism > e.realism))) AS deanonymization
FROM evaluated AS e WHERE error IS NULL;

-- From a stored result what is there is taken (told by a figure that nothing measures), what failed or is new is done.
CREATE TABLE stored AS SELECT * FROM evaluated;
UPDATE stored SET membership = 2 WHERE error IS NULL;
SELECT name, membership = 2 AS taken, error
FROM sets, call, synrec.evaluate_generators(data, generators || synrec.bigrams(), users => 500, trials => 2, seed => 4, previous => 'stored', options => '{"runs": 6}');
SELECT (SELECT membership FROM synrec.evaluate_generators(data, ARRAY[synrec.unigrams()], users => 501, trials => 2, seed => 4, previous => 'stored', options => '{"runs": 6}')) = 2 AS "with other settings",
	(SELECT membership FROM synrec.evaluate_generators(data, ARRAY[synrec.unigrams()], users => 500, trials => 2, seed => 4, previous => 'stored', options => '{"runs": 7}')) = 2 AS "other options",
	(SELECT membership FROM synrec.evaluate_generators(synrec.sample_users(data, 299), ARRAY[synrec.unigrams()], users => 500, trials => 2, seed => 4, previous => 'stored', options => '{"runs": 6}')) = 2 AS "other data"
FROM sets;
SELECT name, membership = 2 AS "from a text"
FROM synrec.evaluate_generators('SELECT r.* FROM sets, synrec.rows(data) AS r', ARRAY[synrec.unigrams()], users => 500, trials => 2, seed => 4, previous => 'SELECT * FROM stored', options => '{"runs": 6}');

-- With a holdout everything about unseen people is about it.
SELECT a.auc = e.auc AS auc, e.membership_reference = synrec.membership_identifiability(train, holdout) AS reference
FROM unigram_users, synrec.evaluate_generators(train, ARRAY[synrec.unigrams()], users => 150, trials => 1, seed => 4, holdout => holdout, options => '{"runs": 2}') AS e,
	synrec.membership_inference(train, holdout, half_made) AS a;
SELECT auc IS NULL AND transfer IS NULL AS "nobody unseen", realism IS NOT NULL AS realism
FROM sets, synrec.evaluate_generators(data, ARRAY[synrec.unigrams()], users => 200, trials => 1, options => '{"runs": 2, "unseen": false}');

-- Nothing is significant: NULL and a notice.
SET client_min_messages = notice;
SELECT realism IS NULL AS "no realism", membership IS NOT NULL AS membership, membership_frontier IS NULL AS "no place", significant_synthetic
FROM synrec.evaluate_generators(synrec.simulate(60, 20, 8), ARRAY[synrec.unigrams()], users => 60, trials => 1, options => '{"runs": 2, "level": 1e-12, "recommenders": [{"method": "svd", "factors": 2}, {"method": "svd", "factors": 3}]}');
SET client_min_messages = error;

SELECT pg_temp.refusal('SELECT evaluate_generators(data, $${}$$::generator[]) FROM sets') AS "no generators",
	pg_temp.refusal('SELECT evaluate_generators(data, ARRAY[NULL::generator]) FROM sets') AS "a null",
	pg_temp.refusal('SELECT evaluate_generators(data, ARRAY[unigrams(), bigrams(), unigrams()]) FROM sets') AS "one twice",
	pg_temp.refusal('SELECT evaluate_generators(data, ARRAY[$${"method": "unigram"}$$::generator]) FROM sets') LIKE E'22023 unknown generator "unigram"\n%' AS "an unknown one",
	pg_temp.refusal('SELECT evaluate_generators(data, users => 9) FROM sets') AS "few users",
	pg_temp.refusal('SELECT evaluate_generators(data, trials => 0) FROM sets') AS "no trials",
	pg_temp.refusal('SELECT evaluate_generators(data, seed => NULL) FROM sets') AS "no seed",
	pg_temp.refusal('SELECT evaluate_generators(data, options => $${"run": 3}$$) FROM sets') LIKE E'22023 evaluate_generators has no option "run"\n%' AS "an unknown option",
	pg_temp.refusal('SELECT evaluate_generators(simulate(5, 5))') AS "few originals",
	pg_temp.refusal('SELECT evaluate_generators(data, previous => $$sets$$) FROM sets') AS "not a stored result";
-- An error becomes a row; a cancel does not.
SET statement_timeout = '300ms';
SELECT pg_temp.refusal('SELECT evaluate_generators(simulate(20000, 2000), ARRAY[clustering(k => 500)])') AS "a cancel";
RESET statement_timeout;
SELECT array_length(synrec.paper_generators(), 1) = 14 AS "those of the paper", bool_and(pg_temp.refusal(format('SELECT fit(data, %L::generator) FROM sets', CASE WHEN g ? 'k' THEN g || '{"k": 5}' WHEN g ? 'sampler_steps' THEN g || '{"epochs": 2, "sampler_steps": 5}' ELSE g END)) = 'accepted') AS "can be fitted"
FROM unnest(synrec.paper_generators()) AS g;

-- Charts: well-formed, a mark for every row that has a place.
SELECT xml_is_well_formed_document(svg) AS "well-formed", regexp_count(svg, 'class="sr-mark') AS marks, regexp_count(svg, 'sr-label"') AS labels
FROM (SELECT synrec.frontier_chart('evaluated') AS svg) AS c;
SELECT m, xml_is_well_formed_document(synrec.frontier_chart('evaluated', m, '<&>')) AS "well-formed" FROM unnest('{membership,deanonymization,attribute}'::text[]) AS m;
SELECT pg_temp.refusal($$SELECT frontier_chart('evaluated', 'realism')$$) AS measure, pg_temp.refusal($$SELECT frontier_chart('sets')$$) AS "not evaluated",
	pg_temp.refusal($$SELECT frontier_chart(NULL)$$) AS "null",
	pg_temp.refusal($$SELECT frontier_chart('SELECT e.* FROM evaluated AS e, generate_series(1, 600)')$$) AS "too many points";
SET client_min_messages = notice;
SELECT synrec.frontier_chart('SELECT * FROM evaluated WHERE error IS NOT NULL') IS NULL AS "nothing to draw";
SELECT regexp_count(synrec.frontier_chart('SELECT * FROM evaluated WHERE realism IS NOT NULL LIMIT 1'), 'class="sr-mark') AS "one point";
SET client_min_messages = error;

SELECT synthetic_user, count(*) AS users, count(DISTINCT user_key) AS keys, abs(avg(component_1)) < 1e-9 AS centred, stddev(component_1) > stddev(component_2) AS "in order"
FROM unigram_users, synrec.projection(data, made) GROUP BY synthetic_user ORDER BY synthetic_user;
SELECT xml_is_well_formed_document(synrec.projection_chart(data, made)) AS "well-formed", synrec.projection_chart(data, made) = synrec.projection_chart(data, made) AS "the same again"
FROM unigram_users;
SELECT pg_temp.refusal('SELECT projection(data, (SELECT interactions(1, 999))) FROM sets') AS "nothing in common",
	pg_temp.refusal('SELECT projection(interactions(1, 1), interactions(1, 1))') AS "one item",
	pg_temp.refusal($$SELECT projection(data, (SELECT interactions(1, 'x'))) FROM sets$$) AS "keys of two kinds",
	pg_temp.refusal('SELECT projection_chart(data, (SELECT interactions(1, 1) FROM sets WHERE false)) FROM sets') AS "nobody";

SELECT count(*) AS points, bool_and(c.identifiability = synrec.membership_identifiability(data, made, c.k)) AS "what the measure says"
FROM unigram_users, synrec.membership_curve(data, made, 12) AS c;
CREATE TABLE curves AS SELECT 'a <curve>' AS name, c.* FROM unigram_users, synrec.membership_curve(data, made, 12) AS c;
SELECT xml_is_well_formed_document(synrec.membership_chart('curves')) AS "well-formed", synrec.membership_chart('SELECT * FROM curves WHERE false') IS NULL AS "nothing to draw",
	pg_temp.refusal($$SELECT membership_chart('SELECT name, k, NULL::float8 AS identifiability FROM curves')$$) AS "nulls",
	pg_temp.refusal($$SELECT membership_chart('SELECT k::text AS name, k, identifiability FROM curves, generate_series(1, 2)')$$) AS "twelve curves",
	pg_temp.refusal($$SELECT membership_chart('SELECT n || name AS name, k, identifiability FROM curves, generate_series(1, 17) AS n')$$) AS "too many";

DROP TABLE evaluated, stored, curves;
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
