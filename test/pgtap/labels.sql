-- labels.sql: what the catalogues say about the extension's objects
BEGIN;
SELECT plan(20);
SET LOCAL client_min_messages = warning;

CREATE TEMP VIEW members AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS name
FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.deptype = 'e' AND e.extname = 'synrec';
CREATE TEMP VIEW functions AS
SELECT p.*, p.oid::regprocedure::text AS signature, l.lanname
FROM members AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid JOIN pg_language AS l ON p.prolang = l.oid;

SELECT cmp_ok((SELECT count(*) FROM functions), '>=', 40::bigint, 'the extension has its functions');
SELECT is_empty($$SELECT name FROM members WHERE coalesce(obj_description(objid, classid::regclass::name), '') = ''$$,
	'every object has a comment');
SELECT is_empty($$SELECT signature FROM functions WHERE prosecdef$$, 'nothing is SECURITY DEFINER');
SELECT is_empty($$SELECT signature FROM functions WHERE lanname NOT IN ('c', 'sql', 'internal') AND NOT (lanname = 'plpgsql' AND proname ~ 'copy')
	OR lanname = 'internal' AND prokind <> 'a'$$, 'functions are C or SQL, but for copies of tables, which assemble statements');
SELECT is_empty($$SELECT signature FROM functions WHERE lanname = 'plpgsql' AND proconfig IS DISTINCT FROM '{"search_path=pg_catalog, pg_temp"}'$$,
	'and these look nothing up elsewhere');
SELECT set_eq($$SELECT relkind::text, relname::text FROM members JOIN pg_class AS c ON classid = 'pg_class'::regclass AND objid = c.oid$$,
	$$VALUES ('v', 'progress')$$, 'the extension owns no table, but a view');
SELECT is_empty($$SELECT signature FROM functions AS p WHERE pronamespace <> 'synrec'::regnamespace$$, 'all of it is in its schema');

-- PARALLEL: only what reads a source named by text must stay in the leader.
SELECT set_eq($$SELECT signature FROM functions WHERE lanname = 'c' AND proparallel <> 's'$$,
	$$VALUES ('synrec.read(text,name,name)'), ('synrec.read(text,name,name,name,name)'), ('synrec.realism(text,text,bigint,jsonb)'), ('synrec.realism_report(text,text,bigint,jsonb)'),
		('synrec.realism_comparisons(text,text,bigint,jsonb)'), ('synrec.frontier_chart(text,text,text)'), ('synrec.membership_chart(text,text)'),
		('synrec.evaluate_generators(synrec.interactions,synrec.generator[],bigint,integer,bigint,synrec.interactions,text,jsonb)')$$,
	'of C functions, all are PARALLEL SAFE but those that read what a text names or have subtransactions');
SELECT is_empty($$SELECT signature FROM functions WHERE lanname = 'sql'
	AND (prosqlbody IS NULL OR prosrc <> '')$$, 'SQL functions have bodies bound at creation, not texts');
SELECT is_empty($$SELECT f.signature FROM functions AS f
	WHERE f.lanname = 'sql' AND proparallel <> CASE WHEN EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass
		AND d.objid = f.oid AND d.refobjid = ANY ('{"synrec.read(text,name,name)","synrec.read(text,name,name,name,name)"}'::regprocedure[])) THEN 'u' ELSE 's' END$$,
	'SQL functions are PARALLEL UNSAFE just when they call read()');
SELECT is_empty($$SELECT signature FROM functions WHERE prokind = 'a' AND proparallel <> 's'$$, 'aggregates are PARALLEL SAFE');
SELECT is_empty($$SELECT signature FROM functions JOIN pg_aggregate ON aggfnoid = oid WHERE aggcombinefn = 0 OR aggtransspace = 0$$,
	'aggregates can be computed in parts, and state their size');

-- Volatility: what sees tables or settings is STABLE; only fit(), whose noise may be private, is VOLATILE.
SELECT set_eq($$SELECT DISTINCT proname::text FROM functions WHERE provolatile = 'v' AND prokind <> 'p'$$, $$VALUES ('fit'), ('evaluate_generators'), ('copy_plan')$$, 'what fits is VOLATILE');
SELECT is_empty($$SELECT f.signature FROM functions AS f WHERE provolatile = 'i' AND (proparallel = 'u' OR EXISTS (SELECT FROM pg_depend AS d
	WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.refobjid = ANY ('{"synrec.read(text,name,name)","synrec.read(text,name,name,name,name)"}'::regprocedure[])))$$, 'what reads tables is not IMMUTABLE');

-- Strictness: NULL for NULL only where the result cannot be taken for a figure.
SELECT set_eq($$SELECT proname::text FROM functions WHERE proisstrict AND prokind = 'f'
	AND proname !~ '^(interactions|model)_(in|out|recv|send|eq|ne|hash|hash_extended)$'$$,
	$$VALUES ('interactions_concat'), ('rows'), ('summary'), ('describe'), ('as_sets'), ('without_ratings'), ('rating_summary')$$, 'few functions are strict');
SELECT is_empty($$SELECT signature FROM functions WHERE NOT proisstrict
	AND proname ~ '^(interactions|model)_(in|out|recv|send|eq|ne|hash|hash_extended)$'$$, 'those of the types are');

-- Rights
SELECT ok(has_table_privilege('public', 'synrec.progress', 'SELECT') AND NOT has_table_privilege('public', 'synrec.progress', 'INSERT, UPDATE, DELETE')
	AND has_schema_privilege('public', 'synrec', 'USAGE') AND NOT has_schema_privilege('public', 'synrec', 'CREATE')
	AND (SELECT bool_and(has_function_privilege('public', oid, 'EXECUTE')) FROM functions), 'everybody may use it, nobody may add to it');

-- Whoever may create objects in a database may install the extension, and others use it then.
CREATE ROLE synrec_test_owner;
CREATE ROLE synrec_test_user;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO synrec_test_owner', current_database()); END $$;
CREATE TEMP TABLE used (rows bigint);
GRANT INSERT ON used TO synrec_test_user;
DROP EXTENSION synrec CASCADE;
DROP SCHEMA synrec;
SELECT lives_ok($$SET LOCAL ROLE synrec_test_owner; CREATE EXTENSION synrec; RESET ROLE$$, 'one who is no superuser installs it');
RESET ROLE;
SELECT is((SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'synrec'), 'synrec_test_owner', 'and owns it');
SELECT lives_ok($$SET LOCAL ROLE synrec_test_user; INSERT INTO used SELECT count(*) FROM synrec.rows(synrec.simulate(1, 1)); RESET ROLE$$,
	'another uses it');

SELECT * FROM finish();
ROLLBACK;
