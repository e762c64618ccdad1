-- copy.sql: a synthetic copy of a table
--
-- These functions assemble statements, which run with the rights of the caller.
-- Their search_path is pg_catalog, so nothing is looked up elsewhere; functions of
-- ours are called by the name of the schema that the extension is in, where
-- copy_guard() finds none of anybody else.  Values of columns go through the
-- input functions of their types (they are written as literals), never through casts.

CREATE FUNCTION @extschema@.copy_guard() RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	home oid := (SELECT extnamespace FROM pg_extension WHERE extname = 'synrec');
	alien regprocedure := (SELECT p.oid FROM pg_proc AS p WHERE pronamespace = home AND NOT EXISTS (SELECT FROM pg_depend AS d
		WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') ORDER BY p.oid LIMIT 1);
BEGIN
	IF alien IS NOT NULL THEN
		RAISE 'the schema of synrec holds a function of somebody else, "%"', alien
			USING ERRCODE = 'ambiguous_function', DETAIL = 'It could be called in place of one of synrec.', HINT = 'Drop that function.';
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.copy_guard() IS 'an error when a function of somebody else is in the schema of the extension';

CREATE FUNCTION @extschema@.copy_options(source regclass, target text, generator @extschema@.generator, users bigint, seed bigint, options jsonb,
		OUT user_column name, OUT item_column name, OUT rating_column name, OUT at_column name,
		OUT persistence text, OUT partitioned boolean, OUT target_schema name, OUT target_table name,
		OUT users_source regclass, OUT users_key name, OUT users_schema name, OUT users_table name, OUT users_constraint oid)
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known text[] := '{at_column,columns,dry_run,generate,item_column,partitioned,persistence,rating_column,user_column,users_columns,users_target}';
	kind "char" := (SELECT relkind FROM pg_class WHERE oid = source);
	wrong text := (SELECT min(k) FROM jsonb_object_keys(CASE jsonb_typeof(options) WHEN 'object' THEN options ELSE '{}' END) AS k WHERE k <> ALL (known));
	names text[];
BEGIN
	IF source IS NULL OR target IS NULL OR generator IS NULL OR seed IS NULL OR options IS NULL THEN
		RAISE 'source, target, generator, seed and options must not be null' USING ERRCODE = 'null_value_not_allowed';
	ELSIF users < 1 THEN
		RAISE 'users must be at least 1, not %', users USING ERRCODE = 'invalid_parameter_value';
	ELSIF jsonb_typeof(options) <> 'object' THEN
		RAISE 'options must be a JSON object, not %', jsonb_typeof(options) USING ERRCODE = 'invalid_parameter_value';
	ELSIF wrong IS NOT NULL THEN
		RAISE 'create_copy has no option "%"', wrong USING ERRCODE = 'invalid_parameter_value', HINT = format('The options are: %s.', array_to_string(known, ', '));
	ELSIF kind NOT IN ('r', 'p') THEN
		RAISE '% is not a table', source USING ERRCODE = 'wrong_object_type',
			DETAIL = 'Views and foreign tables have no keys, constraints and indexes that a copy could have.',
			HINT = 'Make a table of it with CREATE TABLE ... AS, and copy that.';
	END IF;

	user_column := coalesce(options ->> 'user_column', 'user_id');
	item_column := coalesce(options ->> 'item_column', 'item_id');
	rating_column := options ->> 'rating_column';
	at_column := options ->> 'at_column';
	SELECT string_agg(c, '", "') INTO wrong FROM unnest(ARRAY[user_column, item_column, rating_column, at_column]) AS c
	WHERE c IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = c AND attnum > 0 AND NOT attisdropped);
	IF wrong IS NOT NULL THEN
		RAISE 'table % has no column "%"', source, wrong USING ERRCODE = 'undefined_column',
			HINT = 'Name the columns in options: user_column, item_column, rating_column, at_column.';
	ELSIF (SELECT count(DISTINCT c) < count(c) FROM unnest(ARRAY[user_column, item_column, rating_column, at_column]) AS c) THEN
		RAISE 'user_column, item_column, rating_column and at_column must differ' USING ERRCODE = 'invalid_parameter_value';
	END IF;

	persistence := coalesce(options ->> 'persistence', 'permanent');
	partitioned := coalesce((options ->> 'partitioned')::boolean, false);
	IF persistence NOT IN ('permanent', 'unlogged', 'temporary') THEN
		RAISE 'persistence cannot be "%"', persistence USING ERRCODE = 'invalid_parameter_value', HINT = 'It is one of: permanent, unlogged, temporary.';
	ELSIF partitioned AND kind <> 'p' THEN
		RAISE 'the copy cannot be partitioned like %, which is not', source USING ERRCODE = 'invalid_parameter_value';
	END IF;

	-- a name by itself is beside the source; temporary tables have a schema of their own
	names := parse_ident(target);
	IF array_length(names, 1) > 2 OR (array_length(names, 1) = 2 AND persistence = 'temporary') THEN
		RAISE 'improper target "%"', target USING ERRCODE = 'invalid_name', HINT = 'Write table or schema.table; of a temporary table, its name alone.';
	END IF;
	target_table := names[array_length(names, 1)];
	target_schema := CASE WHEN persistence = 'temporary' THEN 'pg_temp' WHEN array_length(names, 1) = 2 THEN names[1]
		ELSE (SELECT nspname FROM pg_class AS c JOIN pg_namespace AS n ON relnamespace = n.oid WHERE c.oid = source) END;
	names := ARRAY[format('%I.%I', target_schema, target_table)];

	-- a foreign key of the user column alone, to another table
	SELECT confrelid, c.oid, a.attname INTO users_source, users_constraint, users_key
	FROM pg_constraint AS c JOIN pg_attribute AS a ON attrelid = confrelid AND a.attnum = confkey[1]
	WHERE conrelid = source AND contype = 'f' AND conkey = (SELECT ARRAY[attnum] FROM pg_attribute WHERE attrelid = source AND attname = user_column)
	ORDER BY conname LIMIT 1;
	IF persistence = 'temporary' AND options ->> 'users_target' IS NULL THEN
		users_source := NULL; -- no foreign key of a temporary table leads to one that is not
		users_constraint := NULL;
	ELSIF users_source IS NOT NULL THEN
		names := parse_ident(coalesce(options ->> 'users_target', quote_ident(target_table || '_users')));
		users_table := names[array_length(names, 1)];
		users_schema := CASE WHEN persistence = 'temporary' OR array_length(names, 1) <> 2 THEN target_schema ELSE names[1] END;
		names := ARRAY[format('%I.%I', target_schema, target_table), format('%I.%I', users_schema, users_table)];
	ELSIF options ? 'users_target' OR options ? 'users_columns' THEN
		RAISE 'column "%" of % references no table of users', user_column, source USING ERRCODE = 'invalid_parameter_value',
			HINT = 'The options users_target and users_columns are for the table that it references.';
	END IF;
	SELECT n INTO wrong FROM unnest(names) AS n WHERE to_regclass(n) IS NOT NULL;
	IF wrong IS NOT NULL THEN
		RAISE 'relation % exists already', wrong USING ERRCODE = 'duplicate_table', HINT = 'A copy overwrites nothing: drop it, or name another target.';
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.copy_options(regclass, text, @extschema@.generator, bigint, bigint, jsonb) IS 'the options of create_copy(), checked and filled in';

CREATE FUNCTION @extschema@.copy_rules(relation regclass, filled jsonb, rules jsonb, option text)
		RETURNS TABLE (column_name name, column_type text, rule text, argument text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	given jsonb;
	attribute record;
	missing name[] := '{}';
BEGIN
	IF jsonb_typeof(rules) <> 'object' THEN
		RAISE '% must be a JSON object of rules by column, not %', option, jsonb_typeof(rules) USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT min(k) INTO wrong FROM jsonb_object_keys(rules) AS k
	WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attname = k AND attnum > 0 AND NOT attisdropped);
	IF wrong IS NOT NULL THEN
		RAISE 'table % has no column "%"', relation, wrong USING ERRCODE = 'undefined_column', HINT = format('It is named in the option %s.', option);
	END IF;
	FOR attribute IN
		SELECT a.*, format_type(atttypid, atttypmod) AS type, pg_get_serial_sequence(relation::text, attname) IS NOT NULL AS serial,
			d.oid AS default_oid, EXISTS (SELECT FROM pg_depend AS s JOIN pg_class AS c ON s.refobjid = c.oid AND c.relkind = 'S'
				WHERE s.classid = 'pg_attrdef'::regclass AND s.objid = d.oid AND s.refclassid = 'pg_class'::regclass) AS counted
		FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON adrelid = attrelid AND adnum = attnum
		WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped ORDER BY attnum
	LOOP
		column_name := attribute.attname;
		column_type := attribute.type;
		argument := NULL;
		given := rules -> column_name::text;
		IF filled ? column_name::text THEN
			rule := filled ->> column_name::text;
			IF given IS NOT NULL THEN
				RAISE 'column "%" is filled from the model, so it has no rule', column_name USING ERRCODE = 'invalid_parameter_value';
			ELSIF attribute.attidentity = 'a' OR attribute.attgenerated <> '' THEN
				RAISE 'column "%" is filled by the server and cannot be from the model', column_name USING ERRCODE = 'generated_always';
			END IF;
		ELSIF attribute.attidentity <> '' OR attribute.attgenerated <> '' OR attribute.serial THEN
			rule := 'server';
			IF given IS NOT NULL THEN
				RAISE 'column "%" is filled by the server, so it has no rule', column_name USING ERRCODE = 'invalid_parameter_value';
			END IF;
		ELSIF given IS NULL THEN
			missing := missing || column_name;
			CONTINUE;
		ELSIF given = '"null"' THEN
			rule := 'null';
			IF attribute.attnotnull THEN
				RAISE 'column "%" must not be null', column_name USING ERRCODE = 'not_null_violation', HINT = format('Give it another rule in the option %s.', option);
			END IF;
		ELSIF given = '"default"' THEN
			rule := 'default';
			IF attribute.counted THEN
				RAISE 'the default of column "%" counts on in a sequence of the source', column_name USING ERRCODE = 'invalid_parameter_value',
					HINT = format('Give it another rule in the option %s.', option);
			END IF;
		ELSIF jsonb_typeof(given) = 'object' AND given ? 'constant' AND given - 'constant' = '{}' AND jsonb_typeof(given -> 'constant') IN ('string', 'number', 'boolean') THEN
			rule := 'constant';
			argument := given ->> 'constant';
		ELSIF given = '"marginal"' OR (jsonb_typeof(given) = 'object' AND given - 'marginal' = '{}' AND given ->> 'marginal' ~ '^[1-9][0-9]{0,8}$') THEN
			rule := 'marginal';
			argument := CASE jsonb_typeof(given) WHEN 'object' THEN given ->> 'marginal' ELSE '5' END;
			IF EXISTS (SELECT FROM pg_type WHERE oid = attribute.atttypid AND typcategory = 'A') THEN
				RAISE 'column "%" of type % cannot be filled from its values', column_name, column_type USING ERRCODE = 'datatype_mismatch',
					HINT = format('Give it another rule in the option %s.', option);
			END IF;
		ELSE
			RAISE 'column "%" has no rule that is one: %', column_name, given USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Rules are "null", "default", "marginal", {"marginal": users} and {"constant": value}.';
		END IF;
		RETURN NEXT;
	END LOOP;
	IF missing <> '{}' THEN
		RAISE 'no rule says how to fill column "%" of %', array_to_string(missing, '", "'), relation USING ERRCODE = 'invalid_parameter_value',
			HINT = format('Name it as the column of ratings or times, or give it a rule in options: {"%s": {"%s": "null"}}. '
				'Rules are "null", "default", "marginal", {"marginal": users} and {"constant": value}.', option, missing[1]);
	END IF;
END $$;
COMMENT ON FUNCTION @extschema@.copy_rules(regclass, jsonb, jsonb, text) IS 'how each column of a copy is filled';

CREATE FUNCTION @extschema@.copy_filled(options jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT jsonb_object_agg(c, f) FROM (VALUES (coalesce(options ->> 'user_column', 'user_id'), 'user'), (coalesce(options ->> 'item_column', 'item_id'), 'item'),
		(options ->> 'rating_column', 'rating'), (options ->> 'at_column', 'time')) AS v (c, f) WHERE c IS NOT NULL);
END $$;
COMMENT ON FUNCTION @extschema@.copy_filled(jsonb) IS 'which columns of a copy are filled from the model';

CREATE FUNCTION @extschema@.copy_plan(source regclass, target text, generator @extschema@.generator, users bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
		RETURNS TABLE (subject text, name text, plan text)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10
	SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	home text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'synrec');
	o record;
	counted record;
	trial record;
	rows_of_copy numeric;
	began timestamptz;
	made bigint;
BEGIN
	EXECUTE format('SELECT FROM %s.copy_guard()', home);
	EXECUTE format('SELECT * FROM %s.copy_options($1, $2, $3, $4, $5, $6)', home) INTO o USING source, target, generator, users, seed, options;
	RETURN QUERY SELECT 'table', format('%I.%I', o.target_schema, o.target_table), format('a %s%s table with the columns of %s',
		o.persistence, CASE WHEN o.partitioned THEN ', partitioned' ELSE '' END, source);
	RETURN QUERY EXECUTE format('SELECT ''column'', r.column_name::text, concat_ws('' '', r.rule, r.argument) FROM %1$s.copy_rules($1, %1$s.copy_filled($2), $3, ''columns'') AS r', home)
		USING source, options, coalesce(options -> 'columns', '{}');
	IF o.users_source IS NOT NULL THEN
		RETURN QUERY SELECT 'users table', format('%I.%I', o.users_schema, o.users_table), format('a %s table with the columns of %s', o.persistence, o.users_source);
		RETURN QUERY EXECUTE format('SELECT ''users column'', r.column_name::text, concat_ws('' '', r.rule, r.argument) FROM %s.copy_rules($1, $2, $3, ''users_columns'') AS r', home)
			USING o.users_source, jsonb_build_object(o.users_key, 'user'), coalesce(options -> 'users_columns', '{}');
	END IF;

	-- sizes as those of the source
	EXECUTE format('SELECT count(*) AS rows, count(DISTINCT %1$I) AS users FROM %2$s WHERE %1$I IS NOT NULL AND %3$I IS NOT NULL', o.user_column, source, o.item_column) INTO counted;
	rows_of_copy := round(counted.rows::numeric * coalesce(users, counted.users) / greatest(counted.users, 1));
	-- the speed of making rows from a model, tried with some of the source; writing them takes about as long again
	EXECUTE format('SELECT m AS model, (%1$s.describe(m) ->> ''users'')::bigint AS users FROM (SELECT %1$s.fit(%1$s.read($1, $2, $3, $4, $5), ''{"method": "unigrams"}'') AS m OFFSET 0) AS f', home)
		INTO trial USING format('SELECT * FROM %s LIMIT 50000', source), o.user_column, o.item_column, o.at_column, o.rating_column;
	began := clock_timestamp();
	EXECUTE format('SELECT count(g) FROM (SELECT %s.generate(NULL::%s, $1, $2, ''{}'', 0, 1, $3, $4, $5, $6) AS g OFFSET 0) AS s', home, source)
		INTO made USING trial.model, trial.users, o.user_column, o.item_column, o.rating_column, o.at_column;
	RETURN QUERY SELECT 'estimate', e.n, e.v FROM (VALUES ('users', coalesce(users, counted.users)::text), ('rows', rows_of_copy::text),
		('bytes', round((SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size(source)) FROM pg_partition_tree(source)) * rows_of_copy / greatest(counted.rows, 1))::text),
		('seconds, besides fitting and indexes', round((2 * extract(epoch FROM clock_timestamp() - began) * rows_of_copy / greatest(made, 1))::numeric, 1)::text)) AS e (n, v);
END $$;
COMMENT ON FUNCTION @extschema@.copy_plan(regclass, text, @extschema@.generator, bigint, bigint, jsonb) IS 'what create_copy() would do, and how large the copy would be';

CREATE PROCEDURE @extschema@.copy_shell(source regclass, target_schema name, target_table name, persistence text, partitioned boolean)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	words text := CASE persistence WHEN 'temporary' THEN 'TEMPORARY ' WHEN 'unlogged' THEN 'UNLOGGED ' ELSE '' END;
	target text := format('%I.%I', target_schema, target_table);
	thing record;
	name text;
	made jsonb := jsonb_build_object(source::oid::text, target);
BEGIN
	-- indexes, and the keys that are indexes, come after the rows
	EXECUTE format('CREATE %sTABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES)%s', words, target, source,
		CASE WHEN partitioned THEN ' PARTITION BY ' || pg_get_partkeydef(source) ELSE '' END);
	IF obj_description(source, 'pg_class') IS NOT NULL THEN
		EXECUTE format('COMMENT ON TABLE %s IS %L', target, obj_description(source, 'pg_class'));
	END IF;
	-- a column that counts on by a sequence of its own gets another
	FOR thing IN
		SELECT attname, format_type(seqtypid, NULL) AS type FROM pg_attribute JOIN pg_sequence ON seqrelid = pg_get_serial_sequence(source::text, attname)::regclass
		WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND attidentity = ''
	LOOP
		name := format('%I.%I', target_schema, left(target_table, 29) || '_' || left(thing.attname, 28) || '_seq');
		EXECUTE format('CREATE %sSEQUENCE %s AS %s OWNED BY %s.%I', CASE persistence WHEN 'temporary' THEN words ELSE '' END, name, thing.type, target, thing.attname);
		EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT nextval(%L)', target, thing.attname, name);
	END LOOP;
	FOR thing IN
		SELECT p.relid, p.parentrelid, relname, relkind, pg_get_expr(relpartbound, c.oid) AS bound
		FROM pg_partition_tree(source) AS p JOIN pg_class AS c ON c.oid = p.relid WHERE partitioned AND p.level > 0 ORDER BY p.level, relname
	LOOP
		name := format('%I.%I', target_schema, left(target_table, 31) || '_' || left(thing.relname, 31));
		EXECUTE format('CREATE %sTABLE %s PARTITION OF %s %s%s', words, name, made ->> (thing.parentrelid::oid::text), thing.bound,
			CASE thing.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(thing.relid) ELSE '' END);
		made := made || jsonb_build_object(thing.relid::oid::text, name);
	END LOOP;
END $$;
COMMENT ON PROCEDURE @extschema@.copy_shell(regclass, name, name, text, boolean) IS 'an empty table like another, without indexes and foreign keys';

CREATE PROCEDURE @extschema@.copy_fill(source regclass, target regclass, persons name, rules jsonb, option text, from_clause text, made_row text, filled jsonb,
		model @extschema@.model, users bigint, seed bigint, generate jsonb)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	home text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'synrec');
	r record;
	columns text[] := '{}';
	expressions text[] := '{}';
	key text := (SELECT string_agg(format('%s.%I', made_row, k), ', ' ORDER BY k) FROM jsonb_object_keys(filled) AS k WHERE filled ->> k IN ('user', 'item', 'time'));
	marginals int := 0;
	shared bigint;
	literal text;
	sums text;
BEGIN
	FOR r IN EXECUTE format('SELECT * FROM %s.copy_rules($1, $2, $3, $4)', home) USING source, filled, rules, option
	LOOP
		CONTINUE WHEN r.rule IN ('server', 'default');
		columns := columns || quote_ident(r.column_name);
		IF r.rule = 'null' THEN
			expressions := expressions || format('NULL::%s', r.column_type); -- the column may have a default
		ELSIF r.rule = 'constant' THEN
			expressions := expressions || format('%L::%s', r.argument, r.column_type);
		ELSIF r.rule <> 'marginal' THEN
			expressions := expressions || format('%s.%I', made_row, r.column_name);
		ELSE
			-- values that enough users share, and the share of the rows up to each
			EXECUTE format('SELECT count(*), format(''%%s'', array_agg(v ORDER BY place)), format(''%%s'', array_agg(below ORDER BY place))
				FROM (SELECT v, row_number() OVER w AS place, (sum(n) OVER w - n)::float8 / sum(n) OVER () AS below
					FROM (SELECT %1$I AS v, count(*) AS n FROM %2$s GROUP BY %1$I HAVING count(%3$s) >= %4$s) AS c
					WINDOW w AS (ORDER BY n DESC, format(''%%s'', v))) AS s',
				r.column_name, source, CASE WHEN persons IS NULL THEN '*' ELSE format('DISTINCT %I', persons) END, r.argument)
				INTO shared, literal, sums;
			IF shared = 0 OR shared > 10000 THEN
				RAISE 'column "%" has % values that at least % users share', r.column_name, shared, r.argument USING ERRCODE = 'invalid_parameter_value',
					DETAIL = 'There have to be 1 to 10000 of them.', HINT = format('Give it another rule in the option %s.', option);
			END IF;
			marginals := marginals + 1;
			expressions := expressions || format('(%L::%s[])[width_bucket((hash_record_extended(ROW(%s), %L::bigint) & 9007199254740991)::float8 / 9007199254740992, %L::float8[])]',
				literal, format_type((SELECT atttypid FROM pg_attribute WHERE attrelid = source AND attname = r.column_name), NULL), key,
				hashint8extended(seed, marginals), sums);
		END IF;
	END LOOP;
	EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target, array_to_string(columns, ', '), array_to_string(expressions, ', '), from_clause)
		USING model, users, coalesce(generate, '{}'), seed;
END $$;
COMMENT ON PROCEDURE @extschema@.copy_fill(regclass, regclass, name, jsonb, text, text, text, jsonb, @extschema@.model, bigint, bigint, jsonb) IS 'fills a table from a model and rules';

CREATE PROCEDURE @extschema@.copy_finish(source regclass, target regclass, users_constraint oid, users_target text, persistence text)
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source_name text := (SELECT format('%I.%I', nspname, relname) FROM pg_class AS c JOIN pg_namespace AS n ON relnamespace = n.oid WHERE c.oid = source);
	thing record;
	known oid[];
	made regclass;
	definition text;
	beginning text;
BEGIN
	-- indexes, those of keys and exclusions by their constraints
	FOR thing IN
		SELECT i.indexrelid, i.indisunique, x.relname, c.oid AS of, obj_description(i.indexrelid, 'pg_class') AS comment, obj_description(c.oid, 'pg_constraint') AS of_comment
		FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = source AND c.contype IN ('p', 'u', 'x')
		WHERE i.indrelid = source AND i.indisvalid ORDER BY i.indexrelid
	LOOP
		known := ARRAY(SELECT indexrelid FROM pg_index WHERE indrelid = target);
		IF thing.of IS NOT NULL THEN
			definition := pg_get_constraintdef(thing.of);
			EXECUTE format('ALTER TABLE %s ADD %s', target, definition);
		ELSE
			beginning := format('CREATE %sINDEX %I ON %s%s USING ', CASE WHEN thing.indisunique THEN 'UNIQUE ' ELSE '' END, thing.relname,
				CASE (SELECT relkind FROM pg_class WHERE oid = source) WHEN 'p' THEN 'ONLY ' ELSE '' END, source_name);
			definition := pg_get_indexdef(thing.indexrelid);
			ASSERT starts_with(definition, beginning), definition;
			EXECUTE format('CREATE %sINDEX ON %s USING %s', CASE WHEN thing.indisunique THEN 'UNIQUE ' ELSE '' END, target, substr(definition, length(beginning) + 1));
		END IF;
		made := (SELECT indexrelid FROM pg_index WHERE indrelid = target AND indexrelid <> ALL (known));
		IF thing.comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON INDEX %s IS %L', made, thing.comment);
		END IF;
		IF thing.of_comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', (SELECT conname FROM pg_constraint WHERE conindid = made AND conrelid = target), target, thing.of_comment);
		END IF;
	END LOOP;
	-- foreign keys; those of a temporary table can only lead to one that is temporary, too
	FOR thing IN
		SELECT c.oid, conname, confrelid::regclass AS referenced, obj_description(c.oid, 'pg_constraint') AS comment, pg_get_constraintdef(c.oid) AS definition,
			(SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS own, (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS theirs
		FROM pg_constraint AS c WHERE conrelid = source AND contype = 'f' AND (conparentid = 0 OR NOT EXISTS (SELECT FROM pg_constraint AS p WHERE p.oid = c.conparentid AND p.conrelid = source))
		ORDER BY conname
	LOOP
		IF thing.oid = users_constraint THEN
			beginning := format('FOREIGN KEY (%I) REFERENCES %s(%I)', thing.own, thing.referenced, thing.theirs);
			ASSERT starts_with(thing.definition, beginning), thing.definition;
			definition := format('FOREIGN KEY (%I) REFERENCES %s(%I)%s', thing.own, users_target, thing.theirs, substr(thing.definition, length(beginning) + 1));
		ELSIF persistence = 'temporary' THEN
			RAISE NOTICE 'foreign key "%" is left out: a temporary table cannot reference %', thing.conname, thing.referenced;
			CONTINUE;
		ELSE
			definition := thing.definition;
		END IF;
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', target, thing.conname, definition);
		IF thing.comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', thing.conname, target, thing.comment);
		END IF;
	END LOOP;
END $$;
COMMENT ON PROCEDURE @extschema@.copy_finish(regclass, regclass, oid, text, text) IS 'gives a copy the indexes and keys of its source';

CREATE PROCEDURE @extschema@.create_copy(source regclass, target text, generator @extschema@.generator, users bigint DEFAULT NULL, seed bigint DEFAULT 0, options jsonb DEFAULT '{}')
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	home text := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'synrec');
	o record;
	step record;
	model @extschema@.model;
	has jsonb;
	lacking text;
	filled jsonb;
	target_name text;
	users_name text;
BEGIN
	EXECUTE format('SELECT FROM %s.copy_guard()', home);
	EXECUTE format('SELECT * FROM %s.copy_options($1, $2, $3, $4, $5, $6)', home) INTO o USING source, target, generator, users, seed, options;
	IF (options ->> 'dry_run')::boolean THEN
		FOR step IN EXECUTE format('SELECT * FROM %s.copy_plan($1, $2, $3, $4, $5, $6)', home) USING source, target, generator, users, seed, options
		LOOP
			RAISE NOTICE '% %: %', step.subject, step.name, step.plan;
		END LOOP;
		RETURN;
	END IF;
	EXECUTE format('SELECT %s.copy_filled($1)', home) INTO filled USING options;
	target_name := format('%I.%I', o.target_schema, o.target_table);
	users_name := CASE WHEN o.users_table IS NOT NULL THEN format('%I.%I', o.users_schema, o.users_table) END;

	-- whatever is wrong with rules is said before anything takes long
	EXECUTE format('SELECT count(*) FROM %s.copy_rules($1, $2, $3, ''columns'')', home) USING source, filled, coalesce(options -> 'columns', '{}');
	IF o.users_source IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FROM %s.copy_rules($1, $2, $3, ''users_columns'')', home)
			USING o.users_source, jsonb_build_object(o.users_key, 'user'), coalesce(options -> 'users_columns', '{}');
	END IF;
	EXECUTE format('CALL %s.copy_shell($1, $2, $3, $4, $5)', home) USING source, o.target_schema, o.target_table, o.persistence, o.partitioned;

	EXECUTE format('SELECT m, %1$s.describe(m) FROM (SELECT %1$s.fit(%1$s.read($1, $2, $3, $4, $5), $6, $7) AS m OFFSET 0) AS f', home) INTO model, has
		USING source::text, o.user_column, o.item_column, o.at_column, o.rating_column, generator, seed;
	lacking := CASE WHEN o.rating_column IS NOT NULL AND NOT has ? 'ratings' THEN o.rating_column WHEN o.at_column IS NOT NULL AND NOT has ? 'times' THEN o.at_column END;
	IF lacking IS NOT NULL THEN
		RAISE 'the model has nothing to fill column "%" with', lacking USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'It knows ratings and times of at least 5 users, and none when its generator is differentially private.',
			HINT = 'Give the column a rule in the option columns.';
	END IF;

	-- what was left out should not come as a surprise
	EXECUTE format('SELECT count(*) FILTER (WHERE %1$s) AS unfit, count(*) AS rows FROM %2$s',
			concat_ws(' OR ', 'false', quote_ident(o.rating_column) || ' IS NULL', quote_ident(o.at_column) || ' IS NULL'), source) INTO step;
	IF step.unfit > 0 THEN
		RAISE NOTICE '% of % rows have no rating or no time and were not fitted', step.unfit, step.rows;
	END IF;

	-- in a select list, so that rows are made one by one and none is stored on the way
	EXECUTE format('CALL %s.copy_fill($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)', home)
		USING source, target_name::regclass, o.user_column, coalesce(options -> 'columns', '{}'), 'columns',
			format('(SELECT %s.generate(NULL::%s, $1, $2, $3, $4, 1, %L, %L, %L, %L) AS g) AS s', home, target_name, o.user_column, o.item_column, o.rating_column, o.at_column),
			'(s.g)', filled, model, coalesce(users, (has ->> 'users')::bigint), seed, coalesce(options -> 'generate', '{}');
	IF o.users_source IS NOT NULL THEN
		EXECUTE format('CALL %s.copy_shell($1, $2, $3, $4, false)', home) USING o.users_source, o.users_schema, o.users_table, o.persistence;
		EXECUTE format('CALL %s.copy_fill($1, $2, NULL, $3, $4, $5, $6, $7, NULL, NULL, $8, NULL)', home)
			USING o.users_source, users_name::regclass, coalesce(options -> 'users_columns', '{}'), 'users_columns',
				format('(SELECT DISTINCT %I AS %I FROM %s) AS s', o.user_column, o.users_key, target_name), 's', jsonb_build_object(o.users_key, 'user'), seed;
		EXECUTE format('CALL %s.copy_finish($1, $2, NULL, NULL, $3)', home) USING o.users_source, users_name::regclass, o.persistence;
	END IF;
	EXECUTE format('CALL %s.copy_finish($1, $2, $3, $4, $5)', home) USING source, target_name::regclass, o.users_constraint, users_name, o.persistence;
END $$;
COMMENT ON PROCEDURE @extschema@.create_copy(regclass, text, @extschema@.generator, bigint, bigint, jsonb) IS 'a new table like another, filled with synthetic users';
