-- errors_realism.sql: bad input to recommenders, evaluations, realism, the audits and their limits in the gate
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x
CREATE TABLE shop AS SELECT u AS user_id, (u * k) % 13 AS item_id FROM generate_series(1, 40) AS u, (VALUES (1), (5), (7), (11)) AS v (k);
CREATE TEMP TABLE sets AS
SELECT synrec.read('shop') AS o, (SELECT synrec.interactions(user_id, 'k' || item_id) FROM shop) AS t, (SELECT synrec.interactions(user_id, item_id + 100) FROM shop) AS f,
	synrec.read('SELECT * FROM shop WHERE user_id <= 9') AS nine, synrec.read('SELECT * FROM shop WHERE false') AS none, (SELECT synrec.interactions(u, u % 3) FROM generate_series(1, 40) AS u) AS singles;
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
CREATE FUNCTION pg_temp.evaluate(arguments text, data text = 'o') RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT count(*) FROM sets, evaluate(%s, %s)', data, arguments));
CREATE FUNCTION pg_temp.realism(arguments text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT realism(%s) FROM sets', arguments));
CREATE FUNCTION pg_temp.options(options text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT realism(o, o, options => %L) FROM sets', options));

-- evaluate
SELECT pg_temp.evaluate('runs => 1', 'nine') AS "nine users",
	pg_temp.evaluate('runs => 1, users_per_run => 9') AS "nine in a run",
	pg_temp.evaluate('runs => 1, users_per_run => 0') AS "none in a run",
	pg_temp.evaluate('runs => 1', 'none') AS "nobody",
	pg_temp.evaluate('runs => 1', 'singles') AS "everybody has one item",
	pg_temp.evaluate('runs => 0') AS "no run",
	pg_temp.evaluate('runs => 10001') AS "too many runs",
	pg_temp.evaluate('ARRAY[]::recommender[]') AS "no recommender",
	pg_temp.evaluate('ARRAY[svd(), svd(32)]') AS "one twice",
	pg_temp.evaluate('ARRAY[svd(), NULL]') AS "one is NULL",
	pg_temp.evaluate($$ARRAY['{"method": "evd"}'::recommender]$$) AS "unknown",
	pg_temp.evaluate($$ARRAY['{"method": "svd", "factor": 3}'::recommender]$$) AS "unknown option",
	pg_temp.evaluate($$ARRAY['{"method": "top_popular", "factor": 3}'::recommender]$$) AS "no options at all",
	pg_temp.evaluate('ARRAY[svd(0)]') AS "svd(0)", pg_temp.evaluate('ARRAY[svd(257)]') AS "svd(257)",
	pg_temp.evaluate('ARRAY[ease(0)]') AS "ease(0)", pg_temp.evaluate($$ARRAY[ease('NaN')]$$) LIKE '22023 %' AS "ease(NaN)",
	pg_temp.evaluate('ARRAY[item_knn(0)]') AS "item_knn(0)", pg_temp.evaluate('ARRAY[item_knn(5, -1)]') AS "negative shrinkage",
	pg_temp.evaluate('ARRAY[item_knn(100000), svd(256), ease(1e15)], runs => 1') AS "more than there is";
SELECT pg_temp.evaluate($$options => '{"metric": ["mrr"]}'$$) AS "unknown option",
	pg_temp.evaluate($$options => '{"metrics": ["mrr", "auc"]}'$$) AS "unknown metric",
	pg_temp.evaluate($$options => '{"metrics": "mrr"}'$$) AS "metrics no list",
	pg_temp.evaluate($$options => '{"metrics": []}'$$) AS "no metrics",
	pg_temp.evaluate($$options => '{"metrics": [1]}'$$) AS "metrics of numbers",
	pg_temp.evaluate($$options => '{"cutoffs": [0]}'$$) AS "cutoff 0",
	pg_temp.evaluate($$options => '{"cutoffs": [1.5]}'$$) AS "cutoff 1.5",
	pg_temp.evaluate($$options => '{"cutoffs": ["1"]}'$$) AS "a string",
	pg_temp.evaluate($$options => '{"cutoffs": [5, 5]}'$$) AS "twice",
	pg_temp.evaluate($$options => '{"cutoffs": 5}'$$) AS "no list",
	pg_temp.evaluate($$options => '{"cutoffs": [], "metrics": ["recall"]}'$$) AS "nothing left",
	pg_temp.evaluate($$options => '[]'$$) AS "no object",
	pg_temp.evaluate($$runs => 1, options => '{"metrics": null, "cutoffs": null}'$$) AS "nulls inside";
SELECT n AS argument, pg_temp.evaluate(format('%s => NULL', n)) AS "NULL" FROM unnest(ARRAY['recommenders', 'runs', 'seed', 'options']) AS n;
SELECT pg_temp.refusal('SELECT count(*) FROM evaluate(NULL::interactions)') AS "data", pg_temp.refusal('SELECT count(*) FROM evaluate(NULL::text)') AS "source", pg_temp.evaluate('runs => 1, users_per_run => NULL') AS users_per_run;

-- transfer_performance
SELECT pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(o, f, runs => 1)') AS "foreign items",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(o, t, runs => 1)') AS "text items",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(o, none, runs => 1)') AS "no synthetic users",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(none, o, runs => 1)') AS "no original ones",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(singles, o, runs => 1)') AS "everybody has one item",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(o, nine, runs => 1)') AS "nine are enough",
	pg_temp.refusal('SELECT count(*) FROM sets, transfer_performance(NULL::interactions, o)') AS "NULL";

-- recommend
SELECT pg_temp.refusal('SELECT count(*) FROM sets, recommend(none, ease())') AS "nobody to learn from",
	pg_temp.refusal('SELECT count(*) FROM sets, recommend(o, ease(), 0)') AS "cutoff 0",
	pg_temp.refusal('SELECT count(*) FROM sets, recommend(o, ease(), 10001)') AS "cutoff 10001",
	pg_temp.refusal('SELECT count(*) FROM sets, recommend(o, NULL)') AS "NULL",
	pg_temp.refusal('SELECT count(*) FROM sets, recommend(o, ease(), users => t)') AS "text items",
	pg_temp.refusal('SELECT count(*) FROM sets, recommend(o, ease(), users => f)') AS "foreign items",
	pg_temp.refusal($$SELECT count(*) FROM recommend('shop', ease(), users => 'shops')$$) AS "no such users",
	pg_temp.refusal($$SELECT '{"method": 3}'::recommender$$) AS "no method";

-- realism
SELECT pg_temp.realism('o, nine') AS "nine users", pg_temp.realism('none, o') AS "nobody", pg_temp.realism('o, singles') AS "everybody has one item",
	pg_temp.realism('o, f') AS "foreign items", pg_temp.realism('o, t') AS "text items",
	pg_temp.realism('NULL::interactions, o') AS "no original", pg_temp.realism('o, NULL::interactions') AS "no synthetic", pg_temp.realism('o, o, NULL') AS "no seed", pg_temp.realism('o, o, 0, NULL') AS "no options";
SELECT pg_temp.options('{"runs": 1}') AS "one run", pg_temp.options('{"runs": 2.5}') AS "a fraction", pg_temp.options('{"users_per_run": 9}') AS "nine users",
	pg_temp.options('{"level": 0}') AS "level 0", pg_temp.options('{"level": 0.6}') AS "level 0.6", pg_temp.options('{"correction": "bonferroni"}') AS "correction", pg_temp.options('{"correction": true}') AS "of another type",
	pg_temp.options('{"ceiling": 1}') AS "ceiling", pg_temp.options('{"levels": 0.1}') AS "unknown", pg_temp.options('3') AS "no object";
SELECT pg_temp.options('{"recommenders": [{"method": "ease"}]}') AS "one recommender", pg_temp.options('{"recommenders": []}') AS "none",
	pg_temp.options('{"recommenders": [{"method": "ease"}, {"method": "ease", "lambda": 500}]}') AS "the same twice",
	pg_temp.options('{"recommenders": ["ease()", "svd()"]}') AS "names", pg_temp.options('{"recommenders": {"method": "ease"}}') AS "no list", pg_temp.options('{"recommenders": [{"method": "eas"}, {"method": "ease"}]}') AS "unknown";

-- Stored evaluations
CREATE TABLE stored AS SELECT * FROM synrec.evaluate('shop', ARRAY[synrec.ease(), synrec.svd(4), synrec.top_popular()], runs => 3);
CREATE FUNCTION pg_temp.stored(query text, other text = 'stored') RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT realism(%L, %L)', query, other));
SELECT pg_temp.stored('stored') AS "good",
	pg_temp.stored('SELECT * FROM stored WHERE NOT (run = 2 AND metric = ''mrr'')') AS "a run is missing",
	pg_temp.stored('SELECT * FROM stored WHERE run = 1') AS "one run",
	pg_temp.stored('SELECT * FROM stored WHERE metric <> ''mrr''') AS "a metric is missing",
	pg_temp.stored('SELECT * FROM stored WHERE recommender NOT LIKE ''svd%''') AS "fewer recommenders are fine on the original side",
	pg_temp.stored('stored', 'SELECT * FROM stored WHERE recommender NOT LIKE ''svd%''') AS "but not on the other",
	pg_temp.stored('SELECT * FROM stored WHERE recommender LIKE ''svd%''') AS "one recommender",
	pg_temp.stored('SELECT * FROM stored WHERE false') AS "no rows",
	pg_temp.stored('SELECT recommender, metric, run, CASE WHEN run > 1 THEN value END AS value FROM stored') AS "a null value",
	pg_temp.stored('SELECT recommender, nullif(metric, ''mrr'') AS metric, run, value FROM stored') AS "a null metric",
	pg_temp.stored('SELECT nullif(recommender, ''ease(lambda => 500)'') AS recommender, metric, run, value FROM stored') AS "a null recommender",
	pg_temp.stored('SELECT recommender, metric, run, CASE WHEN run > 1 THEN value ELSE ''NaN'' END AS value FROM stored') AS "not a number",
	pg_temp.stored('SELECT recommender, metric, run, CASE WHEN run > 1 THEN value ELSE ''Infinity'' END AS value FROM stored') AS "infinite",
	pg_temp.stored('SELECT replace(recommender, ''ease'', ''vae'') AS recommender, metric, run, value FROM stored') AS "a foreign recommender",
	pg_temp.stored('SELECT replace(recommender, '')'', '''') AS recommender, metric, run, value FROM stored') AS "a damaged name",
	pg_temp.stored('SELECT recommender, metric, run, ''x'' AS value FROM stored') AS "values of text",
	pg_temp.stored('SELECT recommender, metric, value FROM stored') AS "no column run",
	pg_temp.stored('SELECT recommender, metric, run, value FROM stored UNION ALL SELECT recommender, metric, run + 3, value + run * 1e-3 FROM stored') AS "sides of unequal runs";
SELECT pg_temp.refusal($$SELECT realism_report('stored', 'stored', options => '{"ceiling": true}')$$) AS "ceiling of a stored one",
	pg_temp.refusal($$SELECT realism_report('stored', 'shop', options => '{"floor": true}')$$) AS "floor",
	pg_temp.refusal($$SELECT realism('stored', 'shop', options => '{"runs": 3}')$$) AS "stored and a table",
	pg_temp.refusal($$SELECT realism('shop', 'stored', options => '{"runs": 3}')$$) AS "the other way round",
	pg_temp.refusal($$SELECT realism('stored', 'stored', options => '{"cutoffs": [7]}')$$) AS "another cutoff",
	pg_temp.refusal($$SELECT realism('nowhere', 'stored')$$) AS "no such table",
	pg_temp.refusal($$SELECT realism('DELETE FROM stored', 'stored')$$) AS "not a query",
	pg_temp.refusal($$SELECT realism('stored; DROP TABLE stored', 'stored')$$) AS "two queries",
	pg_temp.refusal('SELECT realism(''stored'', o) FROM sets') AS "text and interactions";

-- The audits
CREATE FUNCTION pg_temp.audit(arguments text) RETURNS text LANGUAGE sql
	RETURN pg_temp.refusal(format('SELECT membership_inference(%s) FROM sets', arguments)) || E'\n\t' || pg_temp.refusal(format('SELECT closest_record(%s) FROM sets', arguments));
SELECT pg_temp.audit('none, o, o') AS "no members", pg_temp.audit('o, none, o') AS "no outsiders", pg_temp.audit('o, o, none') AS "no synthetic users", pg_temp.audit('o, t, o') AS "text items", pg_temp.audit('o, o, t') AS "text items of synthetic users",
	pg_temp.audit('o, o, f') AS "foreign items are merely far", pg_temp.audit('NULL::interactions, o, o') AS "train", pg_temp.audit('o, NULL::interactions, o') AS holdout, pg_temp.audit('o, o, NULL::interactions') AS synthetic;

-- The gate
CREATE FUNCTION pg_temp.gate(options text, holdout text = 'NULL', synthetic text = 'o') RETURNS text LANGUAGE sql
	RETURN regexp_replace(pg_temp.refusal(format('SELECT assert_release(o, %s, %s, options => %L) FROM sets', synthetic, holdout, options)), E'\n.*', '');
SELECT pg_temp.gate('{"max_auc": 1}', 'o') AS "accepted", pg_temp.gate('{"max_auc": 0.4}', 'o') AS "refused", pg_temp.gate('{"max_auc": 0.5}') AS "no holdout", pg_temp.gate('{"max_auc": 0.5}', 'none') AS "an empty holdout",
	pg_temp.gate('{"max_auc": 1.1}', 'o') AS "max_auc 1.1", pg_temp.gate('{"max_auc": "low"}', 'o') AS "a word",
	pg_temp.gate('{"min_realism": 0, "realism": {"level": 0.5}}') AS "any realism", pg_temp.gate('{"min_realism": -1}') AS "negative", pg_temp.gate('{"min_realism": 1.5}') AS "above 1",
	pg_temp.gate('{"min_realism": 0, "realism": {"runs": 2, "recommenders": [{"method": "ease"}, {"method": "ease", "lambda": 500.0001}], "metrics": ["coverage"], "cutoffs": [13]}}') AS "not defined", pg_temp.gate('{"min_realism": 0, "realism": {"runs": 1}}') AS "options of realism", pg_temp.gate('{"min_realism": 0, "realism": 3}') AS "no object",
	pg_temp.gate('{"realism": {"runs": 3}}') AS "no limit", pg_temp.gate('{}') AS "none at all", pg_temp.gate('{"min_realism": null, "max_auc": null}') AS "nulls";
SELECT pg_temp.gate('{"min_realism": 1, "realism": {"runs": 10, "level": 0.4}}', synthetic => '(SELECT synrec.interactions(user_id, (item_id + user_id * 3) % 13) FROM shop)') ~ '^SR001 release refused: realism [0-9.]+ is below min_realism 1$' AS "too little realism";
CREATE ROLE synrec_test_nobody;
SET ROLE synrec_test_nobody;
SELECT pg_temp.refusal($$SELECT realism('stored', 'stored')$$) AS "no right to a stored evaluation", pg_temp.refusal($$SELECT count(*) FROM evaluate('shop')$$) AS "nor to a table";
RESET ROLE;
DROP ROLE synrec_test_nobody;

-- Memory
CREATE TEMP TABLE large AS SELECT synrec.interactions(u, (u * k) % 1000) AS data FROM generate_series(1, 1000) AS u, generate_series(1, 4) AS k;
SET synrec.max_memory = '4MB';
SELECT pg_temp.refusal('SELECT count(*) FROM large, evaluate(data, ARRAY[top_popular(), ease(10)], runs => 1)') ~ E'^53400 training ease\\(lambda => 10\\) would need \\d+ MB, more than synrec.max_memory allows \\(4 MB\\)' AS "evaluate",
	pg_temp.refusal('SELECT count(*) FROM large, recommend(data, ease())') ~ '^53400 training ease\(lambda => 500\) would need' AS "recommend",
	pg_temp.refusal('SELECT count(*) FROM large, evaluate(data, ARRAY[top_popular(), item_knn(20), svd(8)], runs => 1)') AS "others work";
RESET synrec.max_memory;
DROP TABLE shop, stored;
SELECT count(*) AS "the server is alive" FROM synrec.rows(synrec.simulate(1, 1));
