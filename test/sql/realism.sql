-- realism.sql: recommenders, evaluations, realism and the audits at work
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS synrec;
SET search_path = public, synrec;
\pset format unaligned
\x

-- 120 users to learn from, 60 held out, 120 synthetic ones.
CREATE TABLE people AS SELECT r.* FROM synrec.rows(synrec.simulate(180, 40, mean_items => 8, seed => 1)) AS r;
CREATE TABLE shop AS SELECT * FROM people WHERE user_id <= 120;
CREATE TABLE synthetic AS SELECT g.* FROM synrec.generate(synrec.fit('shop', synrec.clustering(6), 1), 120, 2) AS g;
CREATE TEMP TABLE sets AS SELECT synrec.read('shop') AS o, synrec.read('synthetic') AS y, synrec.read('SELECT * FROM people WHERE user_id > 120') AS h;

-- Recommenders are JSON.
SELECT synrec.top_popular() AS top_popular, synrec.item_knn(20, 0) AS item_knn, synrec.svd() AS svd, synrec.ease(0.5) AS ease,
	cardinality(synrec.reference_recommenders()) AS "of reference", (synrec.reference_recommenders())[1] AS "the first", (synrec.reference_recommenders())[13] AS "the last";

-- recommend
SELECT count(*) AS rows, count(DISTINCT user_key) AS users, min(rank) AS first, max(rank) AS last, bool_and(score > 0) AS scores FROM sets, synrec.recommend(o, synrec.top_popular(), 3);
SELECT count(*) AS "ten by default" FROM sets, synrec.recommend(o, synrec.item_knn()) WHERE user_key = '1';
SELECT user_key, item_key, rank, score FROM synrec.recommend('SELECT * FROM (VALUES (''a'', ''x''), (''a'', ''y''), (''b'', ''x''), (''b'', ''y''), (''b'', ''z''), (''c'', ''x'')) AS v (user_id, item_id)', synrec.top_popular(), 1) ORDER BY 1;
SELECT user_key AS reader, item_key, rank, score FROM synrec.recommend('SELECT * FROM (VALUES (1, 1), (1, 2), (2, 1), (2, 2), (3, 3)) AS v (user_id, item_id)', synrec.top_popular(), 2, 'SELECT 7 AS user_id, i AS item_id FROM unnest(ARRAY[1, 3, 99]) AS i');
SELECT count(*) AS "users who have all" FROM synrec.recommend('SELECT u AS user_id, i AS item_id FROM generate_series(1, 3) AS u, generate_series(1, 3) AS i', synrec.ease());
SELECT count(*) AS "nobody to recommend to" FROM synrec.recommend('shop', synrec.ease(), users => 'SELECT * FROM shop WHERE false');

-- evaluate, transfer_performance
SELECT count(*) AS rows, count(DISTINCT recommender) AS recommenders, count(DISTINCT metric) AS metrics, max(run) AS runs, bool_and(value BETWEEN 0 AND 1) AS shares FROM sets, synrec.evaluate(o);
SELECT string_agg(DISTINCT recommender, ' ') AS recommender, string_agg(DISTINCT metric, ' ') AS metrics FROM sets, synrec.evaluate(o, ARRAY[synrec.ease(0.25)], runs => 1, options => '{"metrics": ["map", "coverage", "mrr"], "cutoffs": [20, 3]}');
SELECT string_agg(DISTINCT metric, ' ') AS "no cutoff" FROM sets, synrec.evaluate(o, ARRAY[synrec.svd(3)], runs => 1, options => '{"cutoffs": []}');
SELECT count(*) AS rows, bool_and(value BETWEEN 0 AND 1) AS shares FROM synrec.transfer_performance('shop', 'synthetic', runs => 2, users_per_run => 50);
SELECT bool_and(a.value = b.value) AS "same seed", bool_or(a.value <> c.value) AS "another seed" FROM sets, synrec.evaluate(o, runs => 1, seed => 1) AS a JOIN sets AS s ON true JOIN LATERAL synrec.evaluate(s.o, runs => 1, seed => 1) AS b USING (recommender, metric, run) JOIN LATERAL synrec.evaluate(s.o, runs => 1, seed => 2) AS c USING (recommender, metric, run);

-- realism
SELECT synrec.realism(o, y) BETWEEN 0 AND 1 AS realism, r.realism BETWEEN 0 AND 1 AS "of the report", r.converse BETWEEN 0 AND 1 AS converse, comparisons, significant_both <= least(significant_original, significant_synthetic) AS counts,
	abs(r.realism - significant_both::float8 / significant_synthetic) < 1e-12 AS share, reversed <= significant_synthetic - significant_both AS reversed, kendall_tau BETWEEN -1 AND 1 AS kendall, top_agreement BETWEEN 0 AND 1 AS top, ceiling, floor
FROM sets, synrec.realism_report(o, y) AS r;
SELECT ceiling BETWEEN 0 AND 1 AS ceiling, floor IS NULL OR floor BETWEEN 0 AND 1 AS floor FROM synrec.realism_report('shop', 'synthetic', 1, '{"ceiling": true, "floor": true, "runs": 4}');
SELECT count(*) AS rows, count(DISTINCT (metric, better, worse)) AS "of them different", bool_and(better <> worse) AS pairs, bool_and(significant_original = (original_p < 0.01)) AS level, bool_and(original_p BETWEEN 0 AND 1) AS p FROM sets, synrec.realism_comparisons(o, y);
CREATE TABLE evaluation AS SELECT * FROM synrec.evaluate('shop', seed => 5);
SELECT synrec.realism('evaluation', 'evaluation') AS "stored", synrec.realism('evaluation', 'synthetic', 5) = synrec.realism('shop', 'synthetic', 5) AS "stored and fresh",
	(synrec.realism_report('evaluation', 'evaluation', options => '{"recommenders": [{"method": "top_popular"}, {"method": "svd", "factors": 8}], "metrics": ["recall"], "cutoffs": [10]}')).comparisons AS "chosen";
SET client_min_messages = notice;
SELECT synrec.realism(o, o, options => '{"runs": 2, "level": 1e-12}') AS "nothing is significant" FROM sets;
SET client_min_messages = warning;

-- The audits.
SELECT auc BETWEEN auc_low AND auc_high AS auc, advantage BETWEEN 0 AND 1 AS advantage, members, outsiders, tpr_at_fpr_0_001 IS NULL AND tpr_at_fpr_0_01 IS NULL AND tpr_at_fpr_0_1 IS NULL AS "too few outsiders" FROM sets, synrec.membership_inference(o, h, y);
SELECT auc AS "a copy", auc_low, auc_high, round(tpr_at_fpr_0_1::numeric, 3) AS tpr, advantage FROM (SELECT synrec.interactions(u, u * 2 + i) AS a, synrec.interactions(1000 + u, 1000 + u * 2 + i) AS b FROM generate_series(1, 100) AS u, generate_series(0, 1) AS i) AS s, synrec.membership_inference(a, b, a);
SELECT figure, to_train >= 0 AS to_train, to_holdout >= 0 AS to_holdout FROM sets, synrec.closest_record(o, h, y);

-- The gate knows both.
SELECT synrec.assert_release(o, y, h, options => '{"max_auc": 1, "min_realism": 0, "realism": {"runs": 3}}') ?& ARRAY['realism', 'auc', 'membership'] AS figures,
	synrec.assert_release(o, y, max_membership => 1) ?| ARRAY['realism', 'auc'] AS "only when asked for" FROM sets;
DROP TABLE people, shop, synthetic, evaluation;
