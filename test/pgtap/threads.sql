-- threads.sql: a training keeps threads, and none of them stays, however it ends
BEGIN;
SELECT plan(6);
SET LOCAL synrec.threads = 3;

CREATE TABLE sets AS SELECT synrec.simulate(2000, 500, 10, seed => 1) AS data;
CREATE FUNCTION pg_temp.threads() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT count(*) FROM pg_ls_dir('/proc/' || pg_backend_pid() || '/task') $$;
CREATE FUNCTION pg_temp.cancelled(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
	RETURN SQLSTATE || ', threads: ' || pg_temp.threads();
END $$;

SELECT is(pg_temp.threads(), 1::bigint, 'one at first');
SELECT isnt(synrec.fit(data, synrec.vae(epochs => 2)), NULL, 'a training') FROM sets;
SELECT is(pg_temp.threads(), 1::bigint, 'one after a training');
SET LOCAL statement_timeout = '300ms';
SELECT is(pg_temp.cancelled('SELECT synrec.fit(data, synrec.vae(epochs => 10000)) FROM sets'), '57014, threads: 1', 'one where a cancelled training is caught');
SET LOCAL statement_timeout = 0;
SELECT isnt(synrec.fit(data, synrec.vae(epochs => 2)), NULL, 'another training') FROM sets;
SELECT is(pg_temp.threads(), 1::bigint, 'one at last');

SELECT * FROM finish();
ROLLBACK;
