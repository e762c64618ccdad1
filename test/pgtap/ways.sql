-- ways.sql: every question has one answer, whatever way it is asked
BEGIN;
SET LOCAL search_path = public, synrec;
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off; -- functions that cost as much as ours are compiled for, which takes long

CREATE TABLE ratings AS SELECT user_id, item_id, 'k' || user_id % 7 AS code FROM synrec.rows(synrec.simulate(users => 300, items => 60));
ANALYZE ratings;
CREATE TABLE sets AS SELECT code, synrec.interactions(user_id, item_id) AS data FROM ratings GROUP BY code;
CREATE TABLE models AS SELECT code, synrec.fit(data, synrec.clustering(k => 3), 1) AS model FROM sets;

-- One of each kind: aggregates, groups, values, sets of rows, figures, readers.
CREATE TABLE questions (n int, query text);
INSERT INTO questions VALUES
	(1, 'SELECT synrec.interactions(user_id, item_id) FROM ratings'),
	(2, 'SELECT code, synrec.interactions(user_id, item_id) FROM ratings GROUP BY code'),
	(3, 'SELECT user_id % 100 AS u, synrec.interactions(item_id, code) FROM ratings GROUP BY 1'),
	(4, 'SELECT synrec.merge(data) FROM sets'),
	(5, 'SELECT DISTINCT data OPERATOR(synrec.||) data AS data FROM sets'),
	(6, 'SELECT code, (synrec.summary(data)).* FROM sets'),
	(7, 'SELECT code, synrec.fit(data, synrec.clustering(k => 3), 1) OPERATOR(synrec.=) model AS same FROM sets JOIN models USING (code)'),
	(8, 'SELECT code, g.* FROM models, synrec.generate(model, 30, seed => 5) AS g'),
	(9, 'SELECT code, synrec.generate(NULL::ratings, model, 30, seed => 5) FROM models'),
	(10, 'SELECT r.* FROM sets, synrec.rows(data) AS r WHERE code = ''k1'''),
	(11, 'SELECT a.code, synrec.membership_identifiability(a.data, b.data) FROM sets AS a, sets AS b WHERE b.code = ''k2'''),
	(12, 'SELECT i.* FROM sets AS a, sets AS b, synrec.identifiability(a.data, b.data) AS i WHERE a.code = ''k1'' AND b.code = ''k2'''),
	(13, 'SELECT code, synrec.read(''SELECT user_id, item_id FROM ratings WHERE code = '''''' || code || '''''''') OPERATOR(synrec.=) data AS same FROM sets'),
	(14, 'SELECT synrec.fit(''ratings'', synrec.bigrams()) OPERATOR(synrec.=) synrec.fit(synrec.read(''ratings''), synrec.bigrams()) AS same'),
	(15, 'SELECT m.rank, m.distance FROM sets AS a, sets AS b, synrec.membership_ranks(a.data, b.data) AS m WHERE a.code = ''k3'' AND b.code = ''k4''');

-- The answer as a set of rows, since few of the questions ask for an order.
CREATE TABLE collected (line text);
CREATE FUNCTION pg_temp.answer() RETURNS text LANGUAGE sql AS $$
	WITH taken AS (DELETE FROM collected RETURNING line) SELECT count(*) || ' ' || md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")) FROM taken
$$;
CREATE PROCEDURE pg_temp.ask(way text, query text) LANGUAGE plpgsql AS $$
DECLARE
	c refcursor;
	r record;
BEGIN
	IF way = 'directly' THEN
		EXECUTE 'INSERT INTO collected SELECT q::text FROM (' || query || ') AS q';
	ELSIF way = 'by a scrolling cursor, from its end' THEN
		OPEN c SCROLL FOR EXECUTE query;
		MOVE LAST FROM c;
		MOVE NEXT FROM c;
		LOOP
			FETCH PRIOR FROM c INTO r;
			EXIT WHEN NOT FOUND;
			INSERT INTO collected VALUES (r::text);
		END LOOP;
		CLOSE c;
	ELSIF way = 'by a loop' THEN
		FOR r IN EXECUTE query LOOP INSERT INTO collected VALUES (r::text); END LOOP;
	ELSIF way = 'into a temporary table' THEN
		EXECUTE 'CREATE TEMP TABLE kept ON COMMIT DROP AS ' || query;
		INSERT INTO collected SELECT k::text FROM kept AS k;
		DROP TABLE kept;
	ELSIF way = 'by a view' THEN
		EXECUTE 'CREATE VIEW kept AS SELECT q.* FROM (' || query || ') AS q';
		INSERT INTO collected SELECT k::text FROM kept AS k;
		DROP VIEW kept;
	ELSIF way = 'by a security barrier view' THEN
		EXECUTE 'CREATE VIEW kept WITH (security_barrier) AS SELECT q.* FROM (' || query || ') AS q';
		INSERT INTO collected SELECT k::text FROM kept AS k WHERE k::text <> '';
		DROP VIEW kept;
	ELSIF way = 'by a materialized view' THEN
		EXECUTE 'CREATE MATERIALIZED VIEW kept AS ' || query || ' WITH NO DATA';
		REFRESH MATERIALIZED VIEW kept;
		INSERT INTO collected SELECT k::text FROM kept AS k;
		DROP MATERIALIZED VIEW kept;
	ELSIF way = 'by a prepared statement' THEN
		EXECUTE 'PREPARE kept (text) AS INSERT INTO collected SELECT q::text FROM (' || query || ') AS q WHERE q::text <> $1';
		EXECUTE 'EXECUTE kept ('''')';
		DELETE FROM collected;
		EXECUTE 'EXECUTE kept ('''')';
		DEALLOCATE kept;
	END IF;
END $$;

CREATE TABLE answers (n int, way text, settings text, answer text);
CREATE PROCEDURE pg_temp.ask_all(settings text, ways text) LANGUAGE plpgsql AS $$
DECLARE
	setting text;
	asked record;
BEGIN
	FOREACH setting IN ARRAY string_to_array(settings, ', ') LOOP
		PERFORM set_config(split_part(setting, ' = ', 1), split_part(setting, ' = ', 2), true);
	END LOOP;
	FOR asked IN SELECT * FROM questions, string_to_table(ways, '; ') AS way LOOP
		CALL pg_temp.ask(asked.way, asked.query);
		INSERT INTO answers VALUES (asked.n, asked.way, settings, pg_temp.answer());
	END LOOP;
	FOREACH setting IN ARRAY string_to_array(settings, ', ') LOOP
		EXECUTE 'RESET ' || split_part(setting, ' = ', 1);
	END LOOP;
END $$;
CALL pg_temp.ask_all('', 'directly; by a scrolling cursor, from its end; by a loop; into a temporary table; by a view; by a security barrier view; by a materialized view; by a prepared statement');
CALL pg_temp.ask_all('force_parallel_mode = on', 'directly; by a loop; by a view');
CALL pg_temp.ask_all('max_parallel_workers_per_gather = 3, parallel_setup_cost = 0, parallel_tuple_cost = 0, min_parallel_table_scan_size = 0', 'directly; into a temporary table; by a materialized view');
CALL pg_temp.ask_all('enable_hashagg = off, enable_hashjoin = off', 'directly');
CALL pg_temp.ask_all('enable_sort = off, enable_nestloop = off, work_mem = 64kB', 'directly; by a scrolling cursor, from its end');
CALL pg_temp.ask_all('plan_cache_mode = force_generic_plan', 'by a prepared statement');
CALL pg_temp.ask_all('plan_cache_mode = force_custom_plan', 'by a prepared statement');
CALL pg_temp.ask_all('synrec.threads = 3', 'directly');
CALL pg_temp.ask_all('enable_material = off, enable_memoize = off, from_collapse_limit = 1', 'directly');
CALL pg_temp.ask_all('jit = on, jit_above_cost = 0', 'directly');

SELECT plan((SELECT count(DISTINCT (way, settings))::int FROM answers) + 9);
SELECT is((SELECT count(*) FROM answers WHERE way = 'directly' AND settings = '' AND answer !~ '^0 '), 15::bigint, 'every question has an answer');
SELECT is((SELECT string_agg(a.n::text, ' ' ORDER BY a.n) FROM answers AS a JOIN answers AS b USING (n)
		WHERE b.way = 'directly' AND b.settings = '' AND a.way = w.way AND a.settings = w.settings AND a.answer <> b.answer), NULL,
	'the same answers ' || way || CASE WHEN settings <> '' THEN ', ' || settings ELSE '' END)
FROM (SELECT DISTINCT way, settings FROM answers) AS w ORDER BY settings, way;

-- A materialized view is as its rows were, until it is refreshed.
CREATE MATERIALIZED VIEW kept AS SELECT synrec.interactions(user_id, item_id) AS data FROM ratings;
INSERT INTO ratings VALUES (100000, 1, 'k0');
SELECT ok(k.data <> synrec.read('ratings'), 'a materialized view stays as it was') FROM kept AS k;
REFRESH MATERIALIZED VIEW kept;
SELECT ok(k.data = synrec.read('ratings'), 'until it is refreshed') FROM kept AS k;
CREATE MATERIALIZED VIEW parts AS SELECT code, synrec.interactions(user_id, item_id) AS data FROM ratings GROUP BY code;
CREATE UNIQUE INDEX ON parts (code);
INSERT INTO ratings VALUES (100001, 1, 'k1');
REFRESH MATERIALIZED VIEW CONCURRENTLY parts;
SELECT ok((SELECT synrec.merge(data) FROM parts) = synrec.read('ratings'), 'also concurrently, which compares values');

-- A security barrier: our functions tell no planner that they leak nothing, so they see only rows that passed.
CREATE VIEW barred WITH (security_barrier) AS SELECT * FROM sets WHERE code = 'k1';
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP lines := lines || line || E'\n'; END LOOP;
	RETURN lines;
END $$;
SELECT matches(pg_temp.plan_of('SELECT * FROM barred WHERE (synrec.summary(data)).users > 0'), 'Subquery Scan on barred.*Filter.*summary.*Seq Scan on sets.*Filter: \(code',
	'a condition of the caller is tested after that of the view');
SELECT ok((SELECT synrec.merge(data) FROM barred) = (SELECT data FROM sets WHERE code = 'k1') AND synrec.read('SELECT r.* FROM barred, synrec.rows(data) AS r') = (SELECT data FROM sets WHERE code = 'k1'),
	'and aggregates and read() see its rows only');

-- Row security on a table of models and of values.
CREATE ROLE synrec_test_tenant;
ALTER TABLE models ENABLE ROW LEVEL SECURITY;
ALTER TABLE sets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON models TO synrec_test_tenant USING (code = 'k2' AND (synrec.describe(model) ->> 'method') = 'clustering');
CREATE POLICY own ON sets TO synrec_test_tenant USING (code = 'k2');
GRANT SELECT ON models, sets, ratings TO synrec_test_tenant;
CREATE TEMP TABLE seen (models bigint, data synrec.interactions, by_read synrec.interactions, users bigint);
GRANT INSERT ON seen TO synrec_test_tenant;
SET LOCAL ROLE synrec_test_tenant;
INSERT INTO seen SELECT (SELECT count(*) FROM models), (SELECT synrec.merge(data) FROM sets), synrec.read('SELECT r.* FROM sets, synrec.rows(data) AS r'),
	(SELECT count(DISTINCT g.user_id) FROM models, synrec.generate(model, 10) AS g);
RESET ROLE;
SELECT ok(s.models = 1 AND s.data = t.data AND s.by_read = t.data AND s.users = 10, 'a tenant sees, merges, reads and generates from her own') FROM seen AS s, sets AS t WHERE code = 'k2';

-- A cursor that outlives its transaction keeps what the transaction saw; and read-only transactions.
COMMIT;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT g.user_id, g.item_id, synrec.read('ratings') AS data FROM (SELECT model FROM models WHERE code = 'k1') AS m, synrec.generate(model, 20) AS g;
COMMIT;
BEGIN;
DELETE FROM ratings;
SET LOCAL search_path = public, synrec;
CREATE FUNCTION pg_temp.held() RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	held refcursor := 'held';
	r record;
BEGIN
	LOOP
		FETCH held INTO r;
		EXIT WHEN NOT FOUND;
		RETURN NEXT r;
	END LOOP;
END $$;
SELECT ok(count(*) > 20 AND count(DISTINCT h.user_id) = 20 AND bool_and((synrec.summary(h.data)).users > 300), 'a cursor WITH HOLD gives what it saw')
FROM pg_temp.held() AS h (user_id bigint, item_id bigint, data synrec.interactions);
CLOSE held;
ROLLBACK;
BEGIN READ ONLY;
SELECT ok((synrec.summary(synrec.read('public.ratings'))).users > 300 AND (SELECT count(*) > 0 FROM public.models, synrec.generate(model, 5))
	AND synrec.membership_identifiability('public.ratings', 'SELECT * FROM public.ratings WHERE user_id % 2 = 0') IS NOT NULL, 'a read-only transaction can ask anything');
SELECT * FROM finish();
COMMIT;
DROP MATERIALIZED VIEW kept, parts;
DROP VIEW barred;
DROP TABLE ratings, sets, models, questions, answers, collected;
DROP OWNED BY synrec_test_tenant;
DROP ROLE synrec_test_tenant;
