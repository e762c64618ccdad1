-- plans.sql: the value does not depend on how PostgreSQL came to it
BEGIN;
SELECT plan(36);
SET LOCAL search_path = public, synrec;
SET LOCAL client_min_messages = warning;

-- 50,000 rows in no order: 2,000 users, 500 items, text keys beside the integers.
CREATE TABLE ratings AS
SELECT (random() * 1999)::int AS user_id, (random() ^ 2 * 499)::int AS item_id, 'k' || n % 97 AS code
FROM (SELECT setseed(0.5)) AS s, generate_series(1, 50000) AS n;
ANALYZE ratings;
CREATE TABLE serial AS SELECT synrec.interactions(user_id, item_id) AS data, synrec.interactions(code, user_id) AS by_code FROM ratings;
CREATE TABLE groups AS SELECT code, synrec.interactions(user_id, item_id) AS data FROM ratings GROUP BY code;
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP lines := lines || line || E'\n'; END LOOP;
	RETURN lines;
END $$;

SELECT is((SELECT count(*) FROM synrec.rows(data)), (SELECT count(DISTINCT (user_id, item_id)) FROM ratings), 'rows() gives back what went in') FROM serial;
SELECT set_eq('SELECT user_id, item_id FROM serial, synrec.rows(data)', 'SELECT DISTINCT user_id::bigint, item_id::bigint FROM ratings',
	'and nothing else');

-- Order of rows
SELECT ok((SELECT synrec.interactions(user_id, item_id) FROM (SELECT * FROM ratings ORDER BY md5(ctid::text)) AS r) = data, 'shuffled rows') FROM serial;
SELECT ok((SELECT synrec.interactions(user_id, item_id ORDER BY item_id DESC, user_id) FROM ratings) = data, 'ORDER BY in the aggregate') FROM serial;
SELECT ok((SELECT synrec.interactions(code, user_id) FROM (SELECT * FROM ratings ORDER BY code DESC, user_id) AS r) = by_code, 'text keys, sorted rows') FROM serial;

-- Parallel plans
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 4;
\set parallel 'SELECT synrec.interactions(user_id, item_id), synrec.interactions(code, user_id) FROM ratings'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan is parallel');
SELECT ok((p.a, p.b) IS NOT DISTINCT FROM (data, by_code), 'a parallel aggregate') FROM serial, (:parallel) AS p (a, b);
\set parallel 'SELECT code, synrec.interactions(user_id, item_id) FROM ratings GROUP BY code'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Finalize \w*Aggregate.*Gather.*Partial \w*Aggregate', 'the plan of groups is parallel');
SELECT is((SELECT count(*) FROM groups JOIN (:parallel) AS p (code, data) USING (code, data)), 97::bigint, 'parallel groups');
\set parallel 'SELECT synrec.merge(data) FROM groups'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan of merge is parallel');
SELECT ok((:parallel) = data, 'parallel merge') FROM serial;
\set parallel 'SELECT sum((synrec.summary(data)).interactions) FROM groups WHERE data = data || data'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Gather', 'the plan over values is parallel');
SELECT is((:parallel), (SELECT count(DISTINCT (code, user_id, item_id)) FROM ratings)::numeric, 'functions over values in workers');
SET LOCAL max_parallel_workers_per_gather = 0;

-- Ways of grouping
\set grouped 'SELECT code, synrec.interactions(user_id, item_id) FROM ratings GROUP BY code'
SET LOCAL enable_sort = off;
SELECT matches(pg_temp.plan_of(:'grouped'), 'HashAggregate', 'the plan hashes');
SELECT is((SELECT count(*) FROM groups JOIN (:grouped) AS g (code, data) USING (code, data)), 97::bigint, 'hash grouping');
RESET enable_sort;
SET LOCAL enable_hashagg = off;
SELECT matches(pg_temp.plan_of(:'grouped'), 'GroupAggregate', 'the plan sorts');
SELECT is((SELECT count(*) FROM groups JOIN (:grouped) AS g (code, data) USING (code, data)), 97::bigint, 'sort grouping');
RESET enable_hashagg;

-- A hash aggregation that spills to disk
SET LOCAL work_mem = '64kB';
SET LOCAL enable_sort = off;
CREATE FUNCTION pg_temp.batches(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	report json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING off, FORMAT json) ' || query INTO report;
	RETURN report -> 0 -> 'Plan' ->> 'HashAgg Batches';
END $$;
\set spilling 'SELECT user_id, synrec.interactions(user_id, item_id) FROM ratings GROUP BY user_id'
SELECT cmp_ok(pg_temp.batches(:'spilling'), '>', 1, 'the aggregation spills');
SELECT ok((SELECT synrec.merge(g.part) FROM (:spilling) AS g (user_id, part)) = data, 'spilling groups') FROM serial;
RESET work_mem;
RESET enable_sort;

-- Several groupings at once, filters, windows
SELECT is((SELECT count(*) FROM (SELECT code, synrec.interactions(user_id, item_id) FROM ratings GROUP BY GROUPING SETS ((code), ())) AS g (code, part), serial
	WHERE code IS NULL AND part = data OR EXISTS (SELECT FROM groups WHERE groups.code = g.code AND groups.data = part)), 98::bigint, 'GROUPING SETS');
SELECT ok((SELECT synrec.interactions(user_id, item_id) FILTER (WHERE user_id % 2 = 0) OPERATOR(synrec.||) synrec.interactions(user_id, item_id) FILTER (WHERE user_id % 2 = 1) FROM ratings) = data, 'FILTER') FROM serial;
CREATE TABLE few AS SELECT row_number() OVER () AS n, user_id, item_id FROM ratings LIMIT 60;
SELECT is((SELECT count(*) FROM (SELECT n, synrec.interactions(user_id, item_id) OVER (ORDER BY n) AS running FROM few) AS w
	WHERE running = (SELECT synrec.interactions(user_id, item_id) FROM few WHERE few.n <= w.n)), 60::bigint, 'a window is the aggregate of its rows');
SELECT is((SELECT count(*) FROM (SELECT n, synrec.merge(one) OVER (ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS running
		FROM (SELECT n, synrec.interactions(user_id, item_id) AS one FROM few GROUP BY n) AS s) AS w
	WHERE running = (SELECT synrec.interactions(user_id, item_id) FROM few WHERE few.n BETWEEN w.n - 3 AND w.n + 1)), 60::bigint, 'a sliding window too');

-- Ways of asking
DECLARE whole CURSOR FOR SELECT synrec.rows(data) FROM serial;
MOVE FORWARD 1000 IN whole;
CREATE FUNCTION pg_temp.fetch_from(cursor refcursor) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FETCH cursor INTO r;
	RETURN r.rows::text;
END $$;
SELECT is(pg_temp.fetch_from('whole'), (SELECT r::text FROM serial, synrec.rows(data) AS r OFFSET 1000 LIMIT 1), 'a cursor goes on where it was');
CLOSE whole;
PREPARE histories (int) AS SELECT synrec.interactions(user_id, item_id) AS data FROM ratings WHERE user_id < $1;
SET LOCAL plan_cache_mode = force_generic_plan;
CREATE TABLE prepared AS EXECUTE histories (2000);
CREATE TABLE prepared_again AS EXECUTE histories (2000);
SELECT ok(p.data = s.data AND a.data = s.data, 'a prepared statement, twice') FROM prepared AS p, prepared_again AS a, serial AS s;
CREATE FUNCTION pg_temp.in_a_loop() RETURNS synrec.interactions LANGUAGE plpgsql AS $$
DECLARE
	so_far synrec.interactions := (SELECT data FROM groups WHERE code = 'k0');
	part synrec.interactions;
BEGIN
	FOR part IN SELECT data FROM groups LOOP so_far := so_far OPERATOR(synrec.||) part; END LOOP;
	RETURN so_far;
END $$;
SELECT ok(pg_temp.in_a_loop() = data, 'a variable that grows in a loop') FROM serial;
CREATE MATERIALIZED VIEW stored AS SELECT synrec.interactions(user_id, item_id) AS data FROM ratings;
REFRESH MATERIALIZED VIEW stored;
SELECT ok(m.data = s.data, 'a materialized view') FROM stored AS m, serial AS s;

-- Row security: read() sees what the caller sees.
CREATE ROLE synrec_test_reader;
GRANT SELECT ON ratings TO synrec_test_reader;
ALTER TABLE ratings ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ratings FOR SELECT TO synrec_test_reader USING (user_id < 100);
CREATE TABLE seen (data synrec.interactions);
GRANT INSERT ON seen TO synrec_test_reader;
SET LOCAL ROLE synrec_test_reader;
INSERT INTO seen SELECT synrec.read('ratings');
RESET ROLE;
SELECT ok(data = (SELECT synrec.interactions(user_id, item_id) FROM ratings WHERE user_id < 100), 'a policy hides rows from read()') FROM seen;

-- Sequences: the same of all plans, and none of their repeats is lost.
SET LOCAL max_parallel_workers_per_gather = 4;
CREATE TABLE visits AS SELECT user_id, code, item_id % 50 AS at FROM ratings;
ANALYZE visits;
\set parallel 'SELECT synrec.sequences(user_id, code, at) FROM visits'
SELECT matches(pg_temp.plan_of(:'parallel'), 'Finalize Aggregate.*Gather.*Partial Aggregate', 'the plan of sequences is parallel');
CREATE TABLE visited AS SELECT (:parallel) AS data;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT is((synrec.summary(data)).interactions, 50000::bigint, 'no repeat is lost') FROM visited;
SELECT ok((:parallel) = data, 'parallel sequences') FROM visited;
SELECT ok((SELECT synrec.sequences(user_id, code, at ORDER BY md5(visits::text)) FROM visits) = data, 'sequences of shuffled rows') FROM visited;
SET LOCAL work_mem = '64kB';
SET LOCAL enable_sort = off;
SELECT ok((SELECT synrec.merge(part) FROM (SELECT user_id, synrec.sequences(user_id, code, at) AS part FROM visits GROUP BY user_id) AS g) = data, 'spilling groups of sequences') FROM visited;
RESET work_mem;
RESET enable_sort;
CREATE TYPE visit AS (user_id int, code text, at int);
SELECT results_eq('SELECT r.* FROM visited, synrec.rows(NULL::visit, data, item_column => ''code'', at_column => ''at'') AS r',
	'SELECT * FROM visits ORDER BY user_id, at, code COLLATE "C"', 'rows in order');

-- Threads
CREATE TABLE by_threads (threads int, model synrec.model, synthetic synrec.interactions, membership float8, ranks text);
CREATE FUNCTION pg_temp.measure(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('synrec.threads', n::text, true);
	INSERT INTO by_threads SELECT n, m, g, synrec.membership_identifiability(data, g), (SELECT string_agg(r::text, '') FROM synrec.membership_ranks(data, g) AS r)
	FROM serial, synrec.fit(data, synrec.unigrams()) AS m, synrec.generate_interactions(m, 3000, 7) AS g;
END $$;
SELECT pg_temp.measure(n) FROM unnest(ARRAY[1, 2, 7]) AS n \g /dev/null
SELECT ok(bool_and(a.model = b.model AND a.synthetic = b.synthetic), 'the same users by 1, 2 and 7 threads') FROM by_threads AS a, by_threads AS b;
SELECT ok(bool_and(a.membership = b.membership AND a.ranks = b.ranks AND a.membership > 0), 'the same figures by 1, 2 and 7 threads') FROM by_threads AS a, by_threads AS b;

SELECT * FROM finish();
ROLLBACK;
