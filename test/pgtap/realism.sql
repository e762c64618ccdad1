-- realism.sql: recommenders, evaluations, realism and the audits, against plain SQL and known figures
BEGIN;
SELECT plan(94);
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = public, synrec;

-- 300 users of 60 items with tastes; a model's users; and the same items in other hands:
-- every item keeps its number of users, every user her number of items, but for pairs that fall together.
CREATE TABLE shop AS SELECT user_id, item_id FROM synrec.rows(synrec.simulate(300, 60, mean_items => 10, seed => 1));
CREATE TABLE shuffled AS
SELECT user_id, item_id FROM (SELECT user_id, row_number() OVER (ORDER BY user_id, item_id) AS n FROM shop) AS u
	JOIN (SELECT item_id, row_number() OVER (ORDER BY hashint8(user_id * 1000 + item_id)) AS n FROM shop) AS i USING (n);
CREATE TABLE synthetic AS SELECT g.user_id::bigint, g.item_id::bigint FROM synrec.fit('shop', synrec.clustering(10), 1) AS m, synrec.generate(m, 300, 2) AS g;
CREATE TABLE sets AS SELECT synrec.read('shop') AS o, synrec.read('synthetic') AS y, synrec.read('shuffled') AS f;
CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql RETURN abs(a - b) < 1e-9;

-- recommend: the popular ones.
CREATE TABLE popular AS SELECT item_id, count(*)::float8 AS score FROM shop GROUP BY item_id;
CREATE TABLE lists AS SELECT user_key::bigint AS user_id, item_key::bigint AS item_id, rank, score FROM sets, synrec.recommend(o, synrec.top_popular(), 7);
SELECT is(count(*), (SELECT sum(least(7, n)) FROM (SELECT (SELECT count(*) FROM popular) - count(*) AS n FROM shop GROUP BY user_id) AS u)::bigint, 'seven items for everybody') FROM lists;
SELECT ok(bool_and(l.score = p.score), 'top_popular: scores are users') FROM lists AS l JOIN popular AS p USING (item_id);
SELECT is_empty('SELECT user_id, item_id FROM lists INTERSECT SELECT user_id, item_id FROM shop', 'none that the user has');
CREATE FUNCTION pg_temp.ranked(recommended regclass, scored regclass) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	agrees boolean;
BEGIN
	-- the scores of the first ranks are the greatest ones, and each item has its own
	EXECUTE format('SELECT count(*) > 0 AND bool_and(pg_temp.near(l.score, s.nth) AND pg_temp.near(l.score, own.score)) FROM %s AS l
		JOIN (SELECT user_id, score AS nth, row_number() OVER (PARTITION BY user_id ORDER BY score DESC) AS rank FROM %s) AS s USING (user_id, rank)
		JOIN %s AS own USING (user_id, item_id)', recommended, scored, scored) INTO agrees;
	RETURN agrees;
END $$;
CREATE TABLE others AS SELECT user_id, item_id FROM (SELECT DISTINCT user_id FROM shop) AS u, popular AS p WHERE NOT EXISTS (SELECT FROM shop AS s WHERE s.user_id = u.user_id AND s.item_id = p.item_id);
CREATE TABLE by_popularity AS SELECT user_id, item_id, score FROM others JOIN popular USING (item_id);
SELECT ok(pg_temp.ranked('lists', 'by_popularity'), 'top_popular: the greatest ones first');
SELECT ok(count(DISTINCT item_key) > 15 AND count(*) = 50, 'items of equal score come in different orders')
FROM (SELECT synrec.interactions(u, u) AS own FROM generate_series(1, 50) AS u) AS o, synrec.recommend(own, synrec.top_popular(), 1);

-- recommend: item_knn by its definition.
CREATE TABLE alike AS
SELECT i, j, together / (sqrt(p.score * q.score) + 10 + 1e-6) AS similarity
FROM (SELECT a.item_id AS i, b.item_id AS j, count(*)::float8 AS together FROM shop AS a JOIN shop AS b USING (user_id) WHERE a.item_id <> b.item_id GROUP BY 1, 2) AS n
	JOIN popular AS p ON p.item_id = i JOIN popular AS q ON q.item_id = j;
CREATE TABLE neighbors AS SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY j ORDER BY similarity DESC, i) AS place FROM alike) AS a WHERE place <= 5;
CREATE TABLE by_neighbors AS
SELECT o.user_id, o.item_id, coalesce(sum(similarity), 0) AS score FROM others AS o LEFT JOIN neighbors AS n ON n.j = o.item_id AND EXISTS (SELECT FROM shop AS s WHERE s.user_id = o.user_id AND s.item_id = n.i)
GROUP BY o.user_id, o.item_id;
CREATE TABLE knn_lists AS SELECT user_key::bigint AS user_id, item_key::bigint AS item_id, rank, score FROM sets, synrec.recommend(o, synrec.item_knn(5, 10), 8);
SELECT ok(pg_temp.ranked('knn_lists', 'by_neighbors'), 'item_knn: by its definition');
SELECT is(count(*), (SELECT count(DISTINCT user_id) * 8 FROM shop), 'eight each') FROM knn_lists;

-- recommend: for other users than those it learns from, some of whose items are unknown.
CREATE TABLE readers AS SELECT 'reader ' || user_id AS user_id, item_id + 20 AS item_id FROM shop WHERE user_id <= 40;
CREATE TABLE reader_lists AS SELECT user_key AS user_id, item_key::bigint AS item_id, rank, score FROM synrec.recommend('shop', synrec.item_knn(5, 10), 4, 'readers');
CREATE TABLE reader_others AS SELECT user_id, item_id FROM (SELECT DISTINCT user_id FROM readers) AS u, popular AS p WHERE NOT EXISTS (SELECT FROM readers AS s WHERE s.user_id = u.user_id AND s.item_id = p.item_id);
CREATE TABLE reader_scores AS
SELECT o.user_id, o.item_id, coalesce(sum(similarity), 0) AS score FROM reader_others AS o LEFT JOIN neighbors AS n ON n.j = o.item_id AND EXISTS (SELECT FROM readers AS s WHERE s.user_id = o.user_id AND s.item_id = n.i)
GROUP BY o.user_id, o.item_id;
SELECT ok(pg_temp.ranked('reader_lists', 'reader_scores'), 'users who were not there in training');
SELECT is(count(*), 160::bigint, 'four each') FROM reader_lists;
SELECT set_eq($$SELECT r.* FROM sets, synrec.recommend(o, synrec.ease(20), 4, synrec.read('readers'), 5) AS r$$, $$SELECT * FROM synrec.recommend('shop', synrec.ease(20), 4, 'readers', 5)$$, 'texts and values');
SELECT is(r.n, t.n, 'the same by 1 and 2 threads') FROM
	(SELECT string_agg(r::text, ' ') AS n FROM sets, (SELECT set_config('synrec.threads', '1', true)) AS c, synrec.recommend(o, synrec.svd(8), 5) AS r) AS r,
	(SELECT string_agg(r::text, ' ') AS n FROM sets, (SELECT set_config('synrec.threads', '2', true)) AS c, synrec.recommend(o, synrec.svd(8), 5) AS r) AS t;

-- evaluate: what rows there are.
CREATE TABLE evaluated AS SELECT e.* FROM sets, synrec.evaluate(o, runs => 4, seed => 3) AS e;
SELECT is(count(*), (13 * 19 * 4)::bigint, '13 recommenders, 19 metrics, 4 runs') FROM evaluated;
SELECT is(count(DISTINCT (recommender, metric, run)), count(*), 'no combination twice') FROM evaluated;
SELECT ok(bool_and(value BETWEEN 0 AND 1) AND count(DISTINCT value) > 500, 'values from 0 to 1') FROM evaluated;
SELECT set_eq('SELECT DISTINCT metric FROM evaluated', $$SELECT m || '@' || k FROM unnest(ARRAY['precision', 'recall', 'hit_rate', 'ndcg', 'map', 'coverage']) AS m, unnest(ARRAY[1, 5, 10]) AS k UNION ALL SELECT 'mrr'$$, 'their names');
SELECT ok(bool_and(a.value <= b.value), 'recall grows with the cutoff') FROM evaluated AS a JOIN evaluated AS b USING (recommender, run) WHERE a.metric = 'recall@1' AND b.metric = 'recall@5';
SELECT ok(bool_and(pg_temp.near(a.value, b.value)), 'at 1, hit rate and precision are one') FROM evaluated AS a JOIN evaluated AS b USING (recommender, run) WHERE a.metric = 'hit_rate@1' AND b.metric = 'precision@1';
SELECT set_eq('SELECT * FROM evaluated', $$SELECT * FROM synrec.evaluate('shop', runs => 4, seed => 3)$$, 'texts and values');
SELECT set_eq($$SELECT e.* FROM sets, synrec.evaluate(o, ARRAY[synrec.ease(10), synrec.top_popular()], runs => 4, seed => 3, options => '{"metrics": ["mrr", "ndcg"], "cutoffs": [5]}') AS e$$,
	$$SELECT * FROM evaluated WHERE recommender IN ('ease(lambda => 10)', 'top_popular()') AND metric IN ('mrr', 'ndcg@5')$$, 'a part is a part of the whole');
SELECT is((SELECT count(*) FROM (SELECT (synrec.evaluate(o, ARRAY[synrec.top_popular()], runs => 2)).value FROM sets LIMIT 3) AS s), 3::bigint, 'LIMIT in a select list');
SELECT set_eq($$SELECT DISTINCT recommender FROM evaluated$$, $$SELECT CASE method WHEN 'top_popular' THEN 'top_popular()' WHEN 'item_knn' THEN format('item_knn(neighbors => %s, shrinkage => %s)', r -> 'neighbors', r -> 'shrinkage') WHEN 'svd' THEN format('svd(factors => %s)', r -> 'factors') ELSE format('ease(lambda => %s)', r -> 'lambda') END
	FROM unnest(synrec.reference_recommenders()) AS r, LATERAL (SELECT r ->> 'method' AS method) AS m$$, 'names of recommenders');

-- evaluate: with everything held out found, and users who all have the same.
SELECT ok(bool_and(value = 1), 'the whole catalogue is found') FROM sets, synrec.evaluate(o, ARRAY[synrec.top_popular(), synrec.ease()], runs => 2, options => '{"metrics": ["recall", "hit_rate", "coverage"], "cutoffs": [1000]}') WHERE metric LIKE 'recall%' OR metric LIKE 'hit%';
SELECT ok(bool_and(CASE WHEN metric = 'precision@2' THEN value = 0.5 ELSE value = 1 END) AND count(*) > 20, 'users who all have the same ten: two held out, nothing else to find')
FROM (SELECT synrec.interactions(u, i) AS same FROM generate_series(1, 20) AS u, generate_series(1, 9) AS i) AS s, synrec.evaluate(same, ARRAY[synrec.top_popular(), synrec.item_knn(), synrec.ease()], runs => 2, options => '{"cutoffs": [2], "metrics": ["precision", "recall", "mrr", "ndcg", "map"]}');

-- Realism over stored values: figures of an independent implementation.
CREATE TABLE stored (name text, recommender text, metric text, run int, value float8);
CREATE FUNCTION pg_temp.stored(which text) RETURNS text LANGUAGE sql RETURN format('SELECT recommender, metric, run, value FROM stored WHERE name = %L', which);
\set here `test -r ../shared/golden/golden.json && echo yes || echo no`
SELECT :'here' = 'yes' AS here \gset
\if :here
\set figures `cat ../shared/golden/golden.json`
CREATE TEMP TABLE golden AS SELECT :'figures'::jsonb AS figures;
INSERT INTO stored SELECT 'welch ' || n, format('ease(lambda => %s)', CASE k WHEN 'x' THEN 1 ELSE 2 END), 'mrr', run, v::float8
FROM golden, jsonb_array_elements(figures -> 'welch') WITH ORDINALITY AS w (w, n), unnest(ARRAY['x', 'y']) AS k, jsonb_array_elements_text(w -> k) WITH ORDINALITY AS v (v, run);
SELECT ok(count(*) = 2 AND bool_and(pg_temp.near(original_p, (w ->> CASE better WHEN 'ease(lambda => 1)' THEN 'p_x_greater' ELSE 'p_y_greater' END)::float8) AND original_p = synthetic_p), 'Welch, case ' || n)
FROM golden, jsonb_array_elements(figures -> 'welch') WITH ORDINALITY AS w (w, n), synrec.realism_comparisons(pg_temp.stored('welch ' || n), pg_temp.stored('welch ' || n), options => '{"metrics": ["mrr"]}') GROUP BY n ORDER BY n;
INSERT INTO stored SELECT side, format('svd(factors => %s)', r), CASE m WHEN 1 THEN 'precision@1' ELSE 'recall@1' END, run, value::float8
FROM golden, unnest(ARRAY['real', 'syn']) AS side, jsonb_array_elements(figures -> 'realism_small' -> side) WITH ORDINALITY AS a (by_recommender, run),
	jsonb_array_elements(by_recommender) WITH ORDINALITY AS b (by_metric, r), jsonb_array_elements_text(by_metric) WITH ORDINALITY AS c (value, m);
CREATE TEMP TABLE small AS SELECT r.*, figures -> 'realism_small' -> 'expected' AS e FROM golden, synrec.realism_report(pg_temp.stored('real'), pg_temp.stored('syn'), options => '{"metrics": ["precision", "recall"], "cutoffs": [1]}') AS r;
SELECT ok(pg_temp.near(realism, (e ->> 'realism')::float8) AND pg_temp.near(converse, (e ->> 'converse')::float8), 'realism and its converse') FROM small;
SELECT is((comparisons, significant_original, significant_synthetic, significant_both, reversed), (24::bigint, (e ->> 'n_real')::bigint, (e ->> 'n_syn')::bigint, (e ->> 'n_both')::bigint, (e ->> 'reversed')::bigint), 'counts') FROM small;
SELECT ok(pg_temp.near(kendall_tau, (e ->> 'kendall')::float8), 'Kendall') FROM small;
SELECT is(synrec.realism(pg_temp.stored('real'), pg_temp.stored('syn'), options => '{"metrics": ["precision", "recall"], "cutoffs": [1]}'), realism, 'realism alone') FROM small;
SELECT is((count(*), count(*) FILTER (WHERE c.significant_original), count(*) FILTER (WHERE c.significant_synthetic), count(*) FILTER (WHERE c.reversed)), (s.comparisons, s.significant_original, s.significant_synthetic, s.reversed), 'comparisons add up')
FROM small AS s, synrec.realism_comparisons(pg_temp.stored('real'), pg_temp.stored('syn'), options => '{"metrics": ["precision", "recall"], "cutoffs": [1]}') AS c GROUP BY s.comparisons, s.significant_original, s.significant_synthetic, s.reversed;
SELECT ok(bool_and(pg_temp.near(original_better, (SELECT avg(value) FROM stored AS s WHERE name = 'real' AND s.metric = c.metric AND recommender = better))
	AND pg_temp.near(synthetic_worse, (SELECT avg(value) FROM stored AS s WHERE name = 'syn' AND s.metric = c.metric AND recommender = worse))), 'and have the means')
FROM synrec.realism_comparisons(pg_temp.stored('real'), pg_temp.stored('syn'), options => '{"metrics": ["precision", "recall"], "cutoffs": [1]}') AS c;
\else
SELECT * FROM skip('no golden figures at hand', 10);
\endif

-- Kendall's tau-b is of means: by hand, with a tie. Means 1 2 2 4 against 1 2 3 3: 4 agree, none disagree, one tie each: 4 / 5.
INSERT INTO stored SELECT side, format('svd(factors => %s)', r), 'mrr', run, v[r] + run * 1e-3 FROM (VALUES ('hand o', ARRAY[1.0, 2, 2, 4]), ('hand y', ARRAY[1.0, 2, 3, 3])) AS s (side, v), generate_series(1, 4) AS r, generate_series(1, 3) AS run;
SELECT ok(pg_temp.near(kendall_tau, 4.0 / 5) AND top_agreement = 1 AND (significant_original, significant_synthetic, significant_both, reversed) = (5, 5, 4, 0), 'by hand')
FROM synrec.realism_report(pg_temp.stored('hand o'), pg_temp.stored('hand y'), options => '{"metrics": ["mrr"]}');

-- Stored and fresh evaluations are the same.
CREATE TABLE originals AS SELECT e.* FROM sets, synrec.evaluate(o, runs => 5, users_per_run => (synrec.summary(y)).users, seed => 8) AS e;
SELECT ok(r IS NOT DISTINCT FROM s AND r.realism > 0, 'the originals stored, the synthetic users fresh')
FROM sets, synrec.realism_report(o, y, 8, '{"runs": 5}') AS r, synrec.realism_report('originals', 'synthetic', 8, '{"runs": 5}') AS s;
SELECT is(synrec.realism('shop', 'synthetic', 8, '{"runs": 5}'), synrec.realism(o, y, 8, '{"runs": 5}'), 'texts and values') FROM sets;
SELECT set_eq($$SELECT c.* FROM sets, synrec.realism_comparisons(o, y, 8, '{"runs": 5}') AS c$$, $$SELECT * FROM synrec.realism_comparisons('originals', 'synthetic', 8, '{"runs": 5}')$$, 'comparisons, too');
SELECT ok(realism = 1 AND converse = 1 AND kendall_tau = 1 AND top_agreement = 1 AND reversed = 0, 'an evaluation against itself') FROM synrec.realism_report('originals', 'originals');
SELECT is(count(*), (13 * 12 * 7)::bigint, 'all ordered pairs by the metrics of the paper') FROM synrec.realism_comparisons('originals', 'originals');
SELECT ok(bool_and(pg_temp.near(a.original_p + b.original_p, 1)), 'p-values of both directions') FROM synrec.realism_comparisons('originals', 'originals') AS a JOIN synrec.realism_comparisons('originals', 'originals') AS b ON (a.metric, a.better, a.worse) = (b.metric, b.worse, b.better);

-- Options.
SELECT ok(comparisons = 2 * 3, 'recommenders, metrics, cutoffs')
FROM sets, synrec.realism_report(o, y, options => '{"recommenders": [{"method": "ease"}, {"method": "top_popular"}], "metrics": ["ndcg", "mrr"], "cutoffs": [3, 7]}');
SELECT ok(n.significant_original > b.significant_original AND b.significant_original > h.significant_original AND h.significant_original > 0, 'corrections for many comparisons')
FROM synrec.realism_report('originals', 'originals') AS n, synrec.realism_report('originals', 'originals', options => '{"correction": "benjamini_hochberg"}') AS b, synrec.realism_report('originals', 'originals', options => '{"correction": "holm"}') AS h;
SELECT ok(n.significant_original < w.significant_original AND n.significant_original > s.significant_original, 'levels')
FROM synrec.realism_report('originals', 'originals') AS n, synrec.realism_report('originals', 'originals', options => '{"level": 0.05}') AS w, synrec.realism_report('originals', 'originals', options => '{"level": 0.001}') AS s;
SELECT is(count(*), r.significant_original, 'a level is exclusive') FROM synrec.realism_comparisons('originals', 'originals', options => '{"level": 0.05}') AS c, synrec.realism_report('originals', 'originals', options => '{"level": 0.05}') AS r WHERE original_p < 0.05 GROUP BY r.significant_original;
SELECT ok(a.significant_original <> b.significant_original, 'fewer users in each run') FROM sets, synrec.realism_report(o, y, options => '{"runs": 5, "users_per_run": 40}') AS a, synrec.realism_report(o, y, options => '{"runs": 5}') AS b;
SELECT is(a, b, 'both sides evaluate as many users as the smaller one has') FROM sets, LATERAL (SELECT synrec.sample_users(y, 50, 1) AS few) AS s, synrec.realism_report(o, few, options => '{"runs": 3}') AS a, synrec.realism_report(o, few, options => '{"runs": 3, "users_per_run": 50}') AS b;
SELECT ok(a.ceiling IS NULL AND a.floor IS NULL AND b.ceiling = synrec.realism(o, o, 2, '{"runs": 5}') AND b.floor < b.ceiling AND (a.realism, a.reversed, a.kendall_tau) = (b.realism, b.reversed, b.kendall_tau), 'the ceiling and the floor')
FROM sets, synrec.realism_report(o, o, 2, '{"runs": 5}') AS a, synrec.realism_report(o, o, 2, '{"runs": 5, "ceiling": true, "floor": true}') AS b;
SELECT ok(a.realism <> b.realism AND a IS NOT DISTINCT FROM c, 'seeds') FROM sets, synrec.realism_report(o, y, 1, '{"runs": 3}') AS a, synrec.realism_report(o, y, 2, '{"runs": 3}') AS b, synrec.realism_report(o, y, 1, '{"runs": 3}') AS c;

-- Nothing significant: not defined, and said so.
INSERT INTO stored SELECT 'flat', format('svd(factors => %s)', r), 'mrr', run, 0.1 FROM generate_series(1, 4) AS r, generate_series(1, 3) AS run;
SET LOCAL client_min_messages = notice;
SELECT is(synrec.realism(pg_temp.stored('hand o'), pg_temp.stored('flat'), options => '{"metrics": ["mrr"]}'), NULL, 'not defined');
SET LOCAL client_min_messages = warning;
SELECT ok(realism IS NULL AND converse = 0 AND kendall_tau IS NULL AND significant_synthetic = 0 AND significant_original = 5, 'the rest of it is') FROM synrec.realism_report(pg_temp.stored('hand o'), pg_temp.stored('flat'), options => '{"metrics": ["mrr"]}');
SELECT ok(realism = 0 AND converse IS NULL, 'nor is the converse, the other way round') FROM synrec.realism_report(pg_temp.stored('flat'), pg_temp.stored('hand o'), options => '{"metrics": ["mrr"]}');

-- Popularity without users loses realism.
SELECT is((SELECT array_agg(n ORDER BY item_id) FROM (SELECT item_id, count(*) AS n FROM shuffled GROUP BY item_id) AS s), (SELECT array_agg(n ORDER BY item_id) FROM (SELECT item_id, count(*) AS n FROM shop GROUP BY item_id) AS s), 'items are as popular as before');
SELECT ok(avg(real) > avg(mixed) + 0.15, format('original users %s, shuffled ones %s', round(avg(real)::numeric, 2), round(avg(mixed)::numeric, 2)))
FROM sets, generate_series(1, 4) AS seed, LATERAL (SELECT synrec.realism(o, o, seed) AS real, synrec.realism(o, f, seed) AS mixed) AS r;
\set here `test -r ../shared/data/ml-100k-ratings.csv.gz && echo yes || echo no`
SELECT :'here' = 'yes' AS here \gset
\if :here
CREATE TABLE ratings (user_id int, item_id int, rating real, ts bigint);
\copy ratings FROM PROGRAM 'zcat ../shared/data/ml-100k-ratings.csv.gz' CSV HEADER
CREATE TABLE liked AS SELECT r.* FROM synrec.filter_histories(synrec.truncate_histories(synrec.read('SELECT * FROM ratings WHERE rating >= 4'), 20, seed => 1), min_items => 5) AS d, synrec.rows(d) AS r;
CREATE TABLE mixed AS SELECT user_id, item_id FROM (SELECT user_id, row_number() OVER (ORDER BY user_id, item_id) AS n FROM liked) AS u JOIN (SELECT item_id, row_number() OVER (ORDER BY hashint8(user_id * 10000 + item_id)) AS n FROM liked) AS i USING (n);
SELECT ok(r.ceiling > 0.6 AND r.realism < r.ceiling - 0.3, format('MovieLens 100K: itself %s, shuffled %s', round(r.ceiling::numeric, 2), round(r.realism::numeric, 2)))
FROM synrec.realism_report('liked', 'mixed', options => '{"runs": 5, "ceiling": true, "recommenders": [{"method": "top_popular"}, {"method": "item_knn"}, {"method": "item_knn", "neighbors": 300, "shrinkage": 0}, {"method": "svd", "factors": 4}, {"method": "svd"}, {"method": "ease"}]}') AS r;
\else
SELECT * FROM skip('MovieLens is not at hand', 1);
\endif

-- transfer_performance: learning from synthetic users, for original ones.
CREATE TABLE transferred AS SELECT t.* FROM sets, synrec.transfer_performance(o, y, runs => 3) AS t;
SELECT is(count(*), (13 * 19 * 3)::bigint, 'rows of transfer_performance') FROM transferred;
SELECT set_eq('SELECT * FROM transferred', $$SELECT * FROM synrec.transfer_performance('shop', 'synthetic', runs => 3)$$, 'texts and values');
SELECT ok(avg(a.value) > avg(b.value) + 0.02, format('tastes %s, shuffled %s', round(avg(a.value)::numeric, 3), round(avg(b.value)::numeric, 3)))
FROM sets, synrec.transfer_performance(o, o, ARRAY[synrec.item_knn()], runs => 3) AS a JOIN sets AS s ON true JOIN LATERAL synrec.transfer_performance(s.o, s.f, ARRAY[synrec.item_knn()], runs => 3) AS b USING (recommender, metric, run) WHERE metric = 'ndcg@10';
-- Users of two items, of which synthetic users know one: it is found among two, the other one is a miss.
SELECT ok(recall BETWEEN 0.1 AND 0.9 AND pg_temp.near(precision, recall / 2) AND hit = recall, 'an item that the synthetic users do not have is a miss')
FROM (SELECT synrec.interactions(u, i) AS original FROM generate_series(1, 40) AS u, unnest(ARRAY[1, u + 100]) AS i) AS o, (SELECT synrec.interactions(u, i) AS few FROM generate_series(1, 5) AS u, unnest(ARRAY[1, 2]) AS i) AS s,
	LATERAL (SELECT max(value) FILTER (WHERE metric = 'recall@2') AS recall, max(value) FILTER (WHERE metric = 'precision@2') AS precision, max(value) FILTER (WHERE metric = 'hit_rate@2') AS hit FROM synrec.transfer_performance(original, few, ARRAY[synrec.top_popular()], runs => 1, options => '{"cutoffs": [2]}')) AS t;

-- Plans: in workers, in groups, in a cursor, for a row each.
CREATE TABLE many AS SELECT n, synrec.simulate(40, 20, mean_items => 6, seed => n) AS data FROM generate_series(1, 12) AS n;
ANALYZE many;
CREATE TABLE serial AS SELECT n, (SELECT sum(value) FROM synrec.evaluate(data, ARRAY[synrec.ease(5), synrec.svd(3)], runs => 2)) AS v,
	(synrec.realism_report(data, data, options => '{"runs": 3, "level": 0.2}')).significant_synthetic AS s, (synrec.membership_inference(data, data, data)).auc AS a FROM many;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP lines := lines || line || E'\n'; END LOOP;
	RETURN lines;
END $$;
\set parallel 'SELECT n, (SELECT sum(value) FROM synrec.evaluate(data, ARRAY[synrec.ease(5), synrec.svd(3)], runs => 2)) AS v, (synrec.realism_report(data, data, options => \'{"runs": 3, "level": 0.2}\')).significant_synthetic AS s, (synrec.membership_inference(data, data, data)).auc AS a FROM many'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Gather', 'the plan is parallel');
SELECT set_eq(:'parallel', 'SELECT * FROM serial', 'the same figures in workers');
SELECT ok(bool_and(a = 0.5) AND count(DISTINCT v) = 12 AND max(s) > 0, 'which are some') FROM serial;
SET LOCAL max_parallel_workers_per_gather = 0;

-- LIMIT: 20,000 users are not scored for three rows.
CREATE TABLE crowd AS SELECT synrec.simulate(20000, 1500, mean_items => 10, seed => 1) AS data;
CREATE FUNCTION pg_temp.seconds(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	least float8 := 'infinity';
BEGIN
	-- the best of five, as other work on the machine only adds
	FOR turn IN 1 .. 5 LOOP
		began := clock_timestamp();
		EXECUTE query;
		least := least(least, extract(epoch FROM clock_timestamp() - began));
	END LOOP;
	RETURN least;
END $$;
SELECT ok(pg_temp.seconds('SELECT synrec.recommend(data, synrec.svd(16), 5) FROM crowd LIMIT 3') * 1.5 < pg_temp.seconds('SELECT count(*) FROM (SELECT synrec.recommend(data, synrec.svd(16), 5) FROM crowd OFFSET 0) AS r'), 'recommend pays for what is taken');
DECLARE part CURSOR FOR SELECT (synrec.recommend(data, synrec.top_popular(), 5)).* FROM crowd;
MOVE FORWARD 2000 IN part;
CREATE FUNCTION pg_temp.fetch_from(cursor refcursor) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FETCH cursor INTO r;
	RETURN r::text;
END $$;
SELECT is(pg_temp.fetch_from('part'), (SELECT r::text FROM crowd, synrec.recommend(data, synrec.top_popular(), 5) AS r OFFSET 2000 LIMIT 1), 'a cursor goes on where it was');
CLOSE part;

-- A cancel is answered, wherever the work is.
CREATE FUNCTION pg_temp.cancelled(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN clock_timestamp() - statement_timestamp() < current_setting('statement_timeout')::interval + '400 ms' THEN SQLSTATE
		ELSE 'cancelled after ' || (clock_timestamp() - statement_timestamp()) END;
END $$;
CREATE TABLE catalogue AS SELECT synrec.simulate(15000, 3000, mean_items => 20, zipf => 0.1, policy => 'uniform', seed => 1) AS data;
SET LOCAL statement_timeout = '50ms';
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.evaluate(data)'), '57014', 'evaluate, after 50 ms');
SELECT is(pg_temp.cancelled('SELECT synrec.realism(data, data) FROM catalogue'), '57014', 'realism, after 50 ms');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.transfer_performance(data, data)'), '57014', 'transfer_performance, after 50 ms');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.recommend(data, synrec.ease())'), '57014', 'recommend, after 50 ms');
SELECT is(pg_temp.cancelled('SELECT synrec.membership_inference(data, data, data) FROM catalogue'), '57014', 'membership_inference, after 50 ms');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.closest_record(data, data, data)'), '57014', 'closest_record, after 50 ms');
SET LOCAL statement_timeout = '300ms';
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.evaluate(data, ARRAY[synrec.ease(), synrec.ease(10)])'), '57014', 'evaluate, EASE, after 300 ms');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.evaluate(data, ARRAY[synrec.svd(64)])'), '57014', 'evaluate, svd, after 300 ms');
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.evaluate(data, ARRAY[synrec.item_knn(300)])'), '57014', 'evaluate, item_knn, after 300 ms');
SET LOCAL statement_timeout = '1500ms';
SELECT is(pg_temp.cancelled('SELECT count(*) FROM catalogue, synrec.evaluate(data)'), '57014', 'evaluate, after 1500 ms');
SET LOCAL statement_timeout = 0;

-- The audits against plain SQL: distances to the nearest synthetic user, weights by all real users.
CREATE TABLE real AS SELECT user_id, item_id, user_id <= 60 AS member FROM shop;
CREATE TABLE made AS SELECT user_id + CASE WHEN user_id <= 30 THEN 0 ELSE 1000 END AS user_id, item_id FROM shop WHERE user_id <= 30 OR user_id BETWEEN 200 AND 240;
CREATE TABLE weights AS SELECT item_id, round(2.0 ^ 40 / ln(1 + greatest(count(r.user_id), 1)::float8))::bigint AS w FROM (SELECT DISTINCT item_id FROM (SELECT item_id FROM real UNION ALL SELECT item_id FROM made) AS a) AS i LEFT JOIN real AS r USING (item_id) GROUP BY item_id;
CREATE TABLE apart AS
SELECT u, member, v, uw + vw - 2 * coalesce(bw, 0) AS d
FROM (SELECT user_id AS u, member, sum(w) AS uw FROM real JOIN weights USING (item_id) GROUP BY 1, 2) AS x CROSS JOIN (SELECT user_id AS v, sum(w) AS vw FROM made JOIN weights USING (item_id) GROUP BY 1) AS y
	LEFT JOIN (SELECT a.user_id AS u, b.user_id AS v, sum(w) AS bw FROM real AS a JOIN made AS b USING (item_id) JOIN weights USING (item_id) GROUP BY 1, 2) AS z USING (u, v);
CREATE TABLE nearest AS SELECT u, member, min(d) AS d FROM apart GROUP BY u, member;
CREATE TABLE audited AS SELECT synrec.interactions(user_id, item_id) FILTER (WHERE member) AS train, synrec.interactions(user_id, item_id) FILTER (WHERE NOT member) AS holdout, (SELECT synrec.read('made')) AS y FROM real;
CREATE TABLE inferred AS SELECT m.* FROM audited, synrec.membership_inference(train, holdout, y) AS m;
SELECT ok(pg_temp.near(auc, (SELECT avg(CASE WHEN a.d < b.d THEN 1 WHEN a.d = b.d THEN 0.5 ELSE 0 END) FROM nearest AS a, nearest AS b WHERE a.member AND NOT b.member)) AND auc > 0.6, 'AUC over all pairs') FROM inferred;
SELECT ok(pg_temp.near(advantage, (SELECT max(members / 60.0 - outsiders / 240.0) FROM (SELECT t.d, count(*) FILTER (WHERE member) AS members, count(*) FILTER (WHERE NOT member) AS outsiders FROM (SELECT DISTINCT d FROM nearest) AS t JOIN nearest AS n ON n.d <= t.d GROUP BY t.d) AS x)), 'advantage') FROM inferred;
SELECT ok(auc_low < auc AND auc < auc_high AND auc_low > 0.5 AND (members, outsiders) = (60, 240), 'interval and sizes') FROM inferred;
SELECT ok(tpr_at_fpr_0_001 IS NULL AND tpr_at_fpr_0_01 IS NULL AND tpr_at_fpr_0_1 > 0, 'too few outsiders for small rates') FROM inferred;
SELECT set_eq('SELECT * FROM inferred', $$SELECT * FROM synrec.membership_inference('SELECT * FROM real WHERE member', 'SELECT * FROM real WHERE NOT member', 'made')$$, 'texts and values');
-- Of 240 outsiders 24 may pass; members at the last one's distance pass by the share of such outsiders who do.
SELECT ok(pg_temp.near(tpr_at_fpr_0_1, (nearer + at_it * (24 - outsiders_nearer) / outsiders_at_it::float8) / 60), 'true positives at a tenth')
FROM inferred, (SELECT d AS t FROM nearest WHERE NOT member ORDER BY d OFFSET 23 LIMIT 1) AS t, LATERAL (SELECT count(*) FILTER (WHERE member AND d < t) AS nearer, count(*) FILTER (WHERE member AND d = t) AS at_it,
	count(*) FILTER (WHERE NOT member AND d < t) AS outsiders_nearer, count(*) FILTER (WHERE NOT member AND d = t) AS outsiders_at_it FROM nearest) AS n;
-- As many on either side.
CREATE TABLE even AS SELECT synrec.interactions(user_id, item_id) FILTER (WHERE member) AS train, synrec.interactions(user_id, item_id) FILTER (WHERE user_id BETWEEN 81 AND 140) AS holdout, (SELECT synrec.read('made')) AS y FROM real;
CREATE TABLE even_weights AS SELECT item_id, round(2.0 ^ 40 / ln(1 + greatest(count(r.user_id), 1)::float8))::bigint AS w FROM weights LEFT JOIN (SELECT * FROM real WHERE member OR user_id BETWEEN 81 AND 140) AS r USING (item_id) GROUP BY item_id;
CREATE TABLE records AS
SELECT v, member, min(d) AS d, CASE WHEN (array_agg(d ORDER BY d))[2] = 0 THEN 1 ELSE sqrt(min(d)::float8 / (array_agg(d ORDER BY d))[2]::float8) END AS ratio
FROM (SELECT v, u, member, uw + vw - 2 * coalesce(bw, 0) AS d
	FROM (SELECT user_id AS u, member, sum(w) AS uw FROM real JOIN even_weights USING (item_id) WHERE member OR user_id BETWEEN 81 AND 140 GROUP BY 1, 2) AS x CROSS JOIN (SELECT user_id AS v, sum(w) AS vw FROM made JOIN even_weights USING (item_id) GROUP BY 1) AS y
		LEFT JOIN (SELECT a.user_id AS u, b.user_id AS v, sum(w) AS bw FROM real AS a JOIN made AS b USING (item_id) JOIN even_weights USING (item_id) GROUP BY 1, 2) AS z USING (u, v)) AS p GROUP BY v, member;
CREATE TABLE closest AS SELECT c.* FROM even, synrec.closest_record(train, holdout, y) AS c;
SELECT ok(bool_and(pg_temp.near(to_train, e.t) AND pg_temp.near(to_holdout, e.h)) AND count(*) = 6, 'distances and ratios, their quantiles')
FROM closest JOIN (SELECT 'dcr_' || name AS figure, percentile_cont(q) WITHIN GROUP (ORDER BY sqrt(d::float8 * 2.0::float8 ^ -40)) FILTER (WHERE member) AS t, percentile_cont(q) WITHIN GROUP (ORDER BY sqrt(d::float8 * 2.0::float8 ^ -40)) FILTER (WHERE NOT member) AS h FROM records, (VALUES ('05', 0.05), ('25', 0.25), ('50', 0.5)) AS q (name, q) GROUP BY name, q
	UNION ALL SELECT 'nndr_' || name, percentile_cont(q) WITHIN GROUP (ORDER BY ratio) FILTER (WHERE member), percentile_cont(q) WITHIN GROUP (ORDER BY ratio) FILTER (WHERE NOT member) FROM records, (VALUES ('05', 0.05), ('25', 0.25), ('50', 0.5)) AS q (name, q) GROUP BY name, q) AS e USING (figure);
SELECT ok(pg_temp.near(to_train, (SELECT avg((d = 0)::int) FROM records WHERE member)) AND pg_temp.near(to_holdout, (SELECT avg((d = 0)::int) FROM records WHERE NOT member)) AND to_train > to_holdout, 'identical users') FROM closest WHERE figure = 'identical';
SELECT ok(pg_temp.near(to_train, s) AND pg_temp.near(to_holdout, 1 - s), 'closer, ties split') FROM closest, (SELECT avg(CASE WHEN a.d < b.d THEN 1 WHEN a.d = b.d THEN 0.5 ELSE 0 END) AS s FROM records AS a JOIN records AS b USING (v) WHERE a.member AND NOT b.member) AS x WHERE figure = 'closer';
SELECT ok(pg_temp.near(to_train, s) AND pg_temp.near(to_holdout, s), 'ties') FROM closest, (SELECT avg((a.d = b.d)::int) AS s FROM records AS a JOIN records AS b USING (v) WHERE a.member AND NOT b.member) AS x WHERE figure = 'tied';
SELECT set_eq('SELECT * FROM closest', $$SELECT * FROM synrec.closest_record('SELECT * FROM real WHERE member', 'SELECT * FROM real WHERE user_id BETWEEN 81 AND 140', 'made')$$, 'texts and values');
SELECT ok(m.auc > 0.95 AND h.auc < 0.05 AND m.tpr_at_fpr_0_1 > 0.9 AND m.advantage > 0.9, format('copies of the members %s, of the holdout %s', round(m.auc::numeric, 3), round(h.auc::numeric, 3)))
FROM (SELECT synrec.simulate(200, 400, mean_items => 20, seed => 5) AS a, (SELECT synrec.interactions(user_id + 1000, item_id) FROM synrec.rows(synrec.simulate(200, 400, mean_items => 20, seed => 6))) AS b) AS s, synrec.membership_inference(a, b, a) AS m, synrec.membership_inference(a, b, b) AS h;

-- The gate takes what these functions give.
SELECT ok(abs((g -> 'auc' ->> 'value')::float8 - m.auc) < 1e-5, 'the gate: auc') FROM audited, synrec.membership_inference(train, holdout, y) AS m, synrec.assert_release(train, y, holdout, options => '{"max_auc": 1}') AS g;
SELECT ok(abs((g ->> 'realism')::float8 - synrec.realism(o, y, 4, '{"runs": 3}')) < 1e-5, 'the gate: realism') FROM sets, synrec.assert_release(o, y, seed => 4, options => '{"min_realism": 0, "realism": {"runs": 3}}') AS g;

-- Rights: sources are read as the caller.
CREATE ROLE synrec_test_analyst;
GRANT SELECT ON shop, synthetic TO synrec_test_analyst;
GRANT SELECT ON originals TO synrec_test_analyst;
ALTER TABLE shop ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON shop FOR SELECT TO synrec_test_analyst USING (user_id <= 100);
ALTER TABLE originals ENABLE ROW LEVEL SECURITY;
CREATE POLICY three ON originals FOR SELECT TO synrec_test_analyst USING (run <= 3);
CREATE TABLE seen (what text, figure text);
GRANT INSERT ON seen TO synrec_test_analyst;
SET LOCAL ROLE synrec_test_analyst;
INSERT INTO seen SELECT 'evaluate', string_agg(e::text, ' ') FROM synrec.evaluate('shop', ARRAY[synrec.svd(4)], runs => 2) AS e;
INSERT INTO seen SELECT 'recommend', string_agg(r::text, ' ') FROM synrec.recommend('shop', synrec.svd(4), 3) AS r;
INSERT INTO seen SELECT 'transfer', string_agg(r::text, ' ') FROM synrec.transfer_performance('shop', 'synthetic', ARRAY[synrec.svd(4)], runs => 2) AS r;
INSERT INTO seen SELECT 'report', r::text FROM synrec.realism_report('shop', 'synthetic', options => '{"runs": 3}') AS r;
INSERT INTO seen SELECT 'stored', r::text FROM synrec.realism_report('originals', 'originals') AS r;
INSERT INTO seen SELECT 'inference', r::text FROM synrec.membership_inference('shop', 'synthetic', 'synthetic') AS r;
INSERT INTO seen SELECT 'closest', string_agg(r::text, ' ') FROM synrec.closest_record('shop', 'synthetic', 'synthetic') AS r;
RESET ROLE;
CREATE TABLE allowed AS SELECT synrec.read('SELECT * FROM shop WHERE user_id <= 100') AS o, y FROM sets;
SELECT is((SELECT figure FROM seen WHERE what = 'evaluate'), string_agg(e::text, ' '), 'policies hide rows from evaluate') FROM allowed, synrec.evaluate(o, ARRAY[synrec.svd(4)], runs => 2) AS e;
SELECT is((SELECT figure FROM seen WHERE what = 'recommend'), string_agg(e::text, ' '), 'from recommend') FROM allowed, synrec.recommend(o, synrec.svd(4), 3) AS e;
SELECT is((SELECT figure FROM seen WHERE what = 'transfer'), string_agg(e::text, ' '), 'from transfer_performance') FROM allowed, synrec.transfer_performance(o, y, ARRAY[synrec.svd(4)], runs => 2) AS e;
SELECT is((SELECT figure FROM seen WHERE what = 'report'), r::text, 'from realism_report') FROM allowed, synrec.realism_report(o, y, options => '{"runs": 3}') AS r;
SELECT is((SELECT figure FROM seen WHERE what = 'stored'), r::text, 'from stored evaluations') FROM synrec.realism_report('SELECT * FROM originals WHERE run <= 3', 'SELECT * FROM originals WHERE run <= 3') AS r;
SELECT is((SELECT figure FROM seen WHERE what = 'inference'), r::text, 'from membership_inference') FROM allowed, synrec.membership_inference(o, y, y) AS r;
SELECT is((SELECT figure FROM seen WHERE what = 'closest'), string_agg(r::text, ' '), 'from closest_record') FROM allowed, synrec.closest_record(o, y, y) AS r;

SELECT * FROM finish();
ROLLBACK;
