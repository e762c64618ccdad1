-- threads.sql: a training keeps threads, and none of them stays, however it ends; their number may change while rows are fetched
BEGIN;
SELECT plan(9);
SET LOCAL synrec.threads = 3;

CREATE TABLE sets AS SELECT synrec.simulate(2000, 500, 10, seed => 1) AS data;
-- A thread that has ended can stay listed for a moment.
CREATE FUNCTION pg_temp.threads() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	listed bigint;
BEGIN
	FOR tries IN 1..200 LOOP
		SELECT count(*) INTO listed FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/task');
		EXIT WHEN listed = 1;
		PERFORM pg_sleep(0.01);
	END LOOP;
	RETURN listed;
END $$;
CREATE FUNCTION pg_temp.cancelled(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
	SET LOCAL statement_timeout = 0;
	RETURN SQLSTATE || ', threads: ' || pg_temp.threads();
END $$;

SELECT is(pg_temp.threads(), 1::bigint, 'one at first');
SELECT ok(synrec.fit(data, synrec.vae(epochs => 2)) IS NOT NULL, 'a training') FROM sets;
SELECT is(pg_temp.threads(), 1::bigint, 'one after a training');
SET LOCAL statement_timeout = '300ms';
SELECT is(pg_temp.cancelled('SELECT synrec.fit(data, synrec.vae(epochs => 10000)) FROM sets'), '57014, threads: 1', 'one where a cancelled training is caught');
SET LOCAL statement_timeout = 0;
SELECT ok(synrec.fit(data, synrec.vae(epochs => 2)) IS NOT NULL, 'another training') FROM sets;
SELECT is(pg_temp.threads(), 1::bigint, 'one at last');

-- What is allocated for each thread when the first row is fetched is for those that there are then.
CREATE TEMP TABLE pairs (user_id bigint, item_id bigint);
CREATE TABLE fitted AS SELECT synrec.fit(data, synrec.unigrams()) AS model FROM sets;
CREATE FUNCTION pg_temp.fetched(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	rows refcursor;
	fetched bigint;
BEGIN
	SET LOCAL synrec.threads = 1;
	OPEN rows NO SCROLL FOR EXECUTE query;
	MOVE 1 FROM rows;
	SET LOCAL synrec.threads = 64;
	MOVE ALL FROM rows;
	GET DIAGNOSTICS fetched = ROW_COUNT;
	RETURN fetched + 1;
END $$;
SELECT is(pg_temp.fetched('SELECT synrec.generate(model, 200000) FROM fitted'), (SELECT count(*) FROM fitted, synrec.generate(model, 200000)), 'generate, from one thread to 64');
SELECT is(pg_temp.fetched('SELECT synrec.generate(NULL::pg_temp.pairs, model, 200000) FROM fitted'), (SELECT count(*) FROM fitted, synrec.generate(model, 200000)), 'rows of a type, from one thread to 64');
SELECT is(pg_temp.fetched('SELECT synrec.recommend(data, synrec.item_knn(), 5) FROM sets'), 10000::bigint, 'recommend, from one thread to 64');

SELECT * FROM finish();
ROLLBACK;
