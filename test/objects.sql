-- objects.sql: prints what the catalogues say about every object of the
-- extension, a line for each, without anything that differs between two
-- databases that were given the same.  test/upgrade.t compares two of them.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET search_path = pg_catalog;

CREATE TEMP VIEW members AS
SELECT classid, objid, (pg_identify_object(classid, objid, 0)).type || ' ' || (pg_identify_object(classid, objid, 0)).identity AS name
FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'synrec');

-- The row of each catalogue that describes an object, object numbers replaced by names.
CREATE TEMP VIEW described AS
SELECT name, 'is' AS what, to_jsonb(p) - '{oid,pronamespace,proowner,prorettype,proargtypes,proallargtypes,proargdefaults,prosqlbody,prolang,provariadic,protrftypes}'::text[]
	|| jsonb_build_object('definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
		'arguments', pg_get_function_arguments(p.oid), 'result', pg_get_function_result(p.oid)) AS properties
FROM members JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND objid = p.oid
UNION ALL
SELECT name, 'aggregates as', to_jsonb(a) - '{aggtranstype,aggmtranstype}'::text[]
	|| jsonb_build_object('state', format_type(aggtranstype, NULL), 'moving', format_type(aggmtranstype, NULL))
FROM members JOIN pg_aggregate AS a ON classid = 'pg_proc'::regclass AND objid = aggfnoid
UNION ALL
SELECT name, 'is', to_jsonb(t) - '{oid,typnamespace,typowner,typrelid,typelem,typarray,typbasetype,typdefaultbin}'::text[]
	|| jsonb_build_object('array', typarray::regtype, 'element', typelem::regtype, 'base', format_type(typbasetype, typtypmod))
FROM members JOIN pg_type AS t ON classid = 'pg_type'::regclass AND objid = t.oid
UNION ALL
SELECT name, 'checks', jsonb_agg(pg_get_constraintdef(c.oid) ORDER BY conname)
FROM members JOIN pg_constraint AS c ON classid = 'pg_type'::regclass AND objid = contypid GROUP BY name
UNION ALL
SELECT name, 'is', to_jsonb(o) - '{oid,oprnamespace,oprowner,oprleft,oprright,oprresult,oprcom,oprnegate}'::text[]
	|| jsonb_build_object('result', format_type(oprresult, NULL), 'commutator', oprcom::regoperator, 'negator', oprnegate::regoperator)
FROM members JOIN pg_operator AS o ON classid = 'pg_operator'::regclass AND objid = o.oid
UNION ALL
SELECT name, 'is', jsonb_build_object('default', opcdefault, 'type', format_type(opcintype, NULL), 'key', format_type(opckeytype, NULL),
	'family', (pg_identify_object('pg_opfamily'::regclass, opcfamily, 0)).identity)
FROM members JOIN pg_opclass AS c ON classid = 'pg_opclass'::regclass AND objid = c.oid
UNION ALL
SELECT name, 'has', jsonb_build_object('purpose', amoppurpose, 'operator', amopopr::regoperator, 'strategy', amopstrategy)
FROM members JOIN pg_amop ON classid = 'pg_opfamily'::regclass AND objid = amopfamily
UNION ALL
SELECT name, 'has', jsonb_build_object('function', amproc, 'support', amprocnum)
FROM members JOIN pg_amproc ON classid = 'pg_opfamily'::regclass AND objid = amprocfamily
UNION ALL
SELECT name, 'is', jsonb_build_object('function', castfunc::regprocedure, 'context', castcontext, 'method', castmethod)
FROM members JOIN pg_cast AS c ON classid = 'pg_cast'::regclass AND objid = c.oid
UNION ALL
SELECT name, 'is', jsonb_build_object('kind', relkind, 'options', reloptions, 'rights', relacl, 'definition', pg_get_viewdef(c.oid),
	'columns', (SELECT jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod), attacl, col_description(c.oid, attnum)) ORDER BY attnum)
		FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0))
FROM members JOIN pg_class AS c ON classid = 'pg_class'::regclass AND objid = c.oid;

SELECT name || ' ' || what || ' ' || properties FROM described
UNION ALL
SELECT name || ' is not described by objects.sql' FROM members WHERE name NOT IN (SELECT name FROM described) AND classid <> 'pg_opfamily'::regclass
UNION ALL
SELECT name || ' has the comment ' || coalesce(obj_description(objid, classid::regclass::name), 'none') FROM members
UNION ALL
SELECT name || ' began with the rights ' || initprivs::text FROM members JOIN pg_init_privs ON classoid = classid AND objoid = objid
UNION ALL
SELECT name || ' depends on ' || (pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid)).identity FROM members JOIN pg_depend AS d USING (classid, objid)
UNION ALL
SELECT 'schema ' || nspname || ' has the rights ' || coalesce(nspacl::text, 'none') FROM pg_namespace WHERE nspname = 'synrec'
UNION ALL
SELECT 'extension is ' || (to_jsonb(e) - '{oid,extowner,extnamespace}'::text[])::text FROM pg_extension AS e WHERE extname = 'synrec'
ORDER BY 1;
