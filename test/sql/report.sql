-- report.sql: what report_json() has when parts are left out, and what its functions refuse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

CREATE TABLE originals AS SELECT * FROM synrec.rows(synrec.simulate(200, 50, 8, taste => 2, seed => 1));
CREATE TABLE copies AS SELECT * FROM synrec.rows(synrec.generate_interactions(synrec.fit('originals', synrec.clustering(5)), 150));
CREATE TEMP TABLE sets AS SELECT synrec.read('originals') AS original, synrec.read('copies') AS synthetic;

-- All members, in order of name; null are those that were left out or need a holdout.
SELECT string_agg(key || ' ' || jsonb_typeof(value), ', ' ORDER BY key) AS members
FROM jsonb_each(report_json('originals', 'copies', options => '{"parts": ["privacy", "shapes"]}'));
SELECT r ->> 'schema' AS schema, r ->> 'title' AS title, r ->> 'seed' AS seed, r -> 'sources' AS sources, r -> 'options' AS options, r ->> 'call' AS call,
	r -> 'data' AS data, r -> 'reference' AS reference, (r ->> 'made')::timestamptz = date_trunc('second', now()) AS made,
	r #>> '{versions,synrec}' = (SELECT extversion FROM pg_extension WHERE extname = 'synrec') AS version
FROM sets, report_json(original, synthetic, original, 3, '{"parts": [], "title": "a \"title\"", "max_k": 9}') AS r;
SELECT r -> 'sources' AS sources, r ->> 'call' AS call
FROM report_json('SELECT * FROM originals WHERE user_id <> 7', 'copies', options => '{"parts": [], "sources": {"original": "all but ''one''"}}') AS r;
SELECT (SELECT string_agg(p ->> 0, ' ') FROM jsonb_array_elements(r #> '{membership_curve,fresh}') AS p) AS k,
	(SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_each(r -> 'seconds')) AS seconds
FROM sets, report_json(original, synthetic, options => '{"parts": ["membership_curve"], "max_k": 14}') AS r;
-- The options of each part, and the same figures as of its own function.
SELECT r #>> '{realism,runs}' AS runs, r #> '{realism,ceiling}' AS ceiling, jsonb_array_length(r #> '{realism,by_metric}') AS metrics,
	jsonb_array_length(r -> 'fidelity') AS fidelity, r #>> '{privacy,k}' AS k, (SELECT sum((m ->> 'significant_both')::int) FROM jsonb_array_elements(r #> '{realism,by_metric}') AS m) =
		(r #>> '{realism,significant_both}')::int AS sums
FROM sets, report_json(original, synthetic, options => '{"parts": ["realism", "fidelity", "privacy"], "k": 2, "measures": ["gini", "tail_coverage"],
	"realism": {"runs": 3, "ceiling": false, "metrics": ["recall"], "cutoffs": [5], "recommenders": [{"method": "top_popular"}, {"method": "svd", "factors": 4}]}}') AS r;
-- Sequences with ratings.
SELECT r #>> '{data,original,ordered}' AS ordered, r #>> '{data,original,rated}' AS rated, count(f) AS measures, count(f ->> 'value') AS measured
FROM (SELECT sequences(user_id, item_id, item_id, 1 + item_id % 5) AS data FROM originals) AS s, report_json(data, data, options => '{"parts": ["fidelity", "shapes", "membership_curve"]}') AS r,
	jsonb_array_elements(r -> 'fidelity') AS f GROUP BY 1, 2;
-- A report of something else than this version made.
SELECT report_html('{"schema": 1, "something": "new"}') LIKE '<!DOCTYPE html>%What this report does not say%</html>%' AS sparse;
SELECT report(original, synthetic, options => '{"parts": []}') LIKE '<!DOCTYPE html>%' AS empty FROM sets;

-- What is refused.
SELECT report_json(NULL, synthetic) FROM sets;
SELECT report(original, synthetic, options => NULL) FROM sets;
SELECT report_html(NULL);
SELECT report_html('{"schema": 2}');
SELECT report_html('[]');
SELECT report_json(original, synthetic, options => '{"part": []}') FROM sets;
SELECT report_json(original, synthetic, options => '{"parts": ["everything"]}') FROM sets;
SELECT report_json(original, synthetic, options => '{"parts": "privacy"}') FROM sets;
SELECT report_json(original, synthetic, options => '{"measures": ["entropy"]}') FROM sets;
SELECT report_json(original, synthetic, options => '{"title": 1}') FROM sets;
SELECT report_json(original, synthetic, options => '{"sources": "originals"}') FROM sets;
SELECT report_json(original, synthetic, options => '{"candidates": {"name": "a"}}') FROM sets;
SELECT report_json(original, synthetic, options => '{"max_k": 0}') FROM sets;
SELECT report_json(original, synthetic, options => '{"parts": ["realism"], "realism": {"run": 3}}') FROM sets;
SELECT report_json(original, synthetic, options => '[]') FROM sets;
SELECT report_json(original, filter_histories(synthetic, 100)) FROM sets;
SELECT report_json('originals', 'nowhere');

DROP TABLE originals, copies;
