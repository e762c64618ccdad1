#!/usr/bin/perl
# Rights: who may install and use the extension, and that nothing planted where
# names are looked up is ever called: functions, operators, types and casts of
# somebody who may create objects, in schemas in front of all others.
use strict;
use warnings;
use Test::More;

# What one session of the superuser prints, errors included.
sub sql
{
	my ($database, @statements) = @_;
	open(my $out, '>', 'build/rights.sql') or die $!;
	print $out "$_;\n" for @statements;
	close($out);
	my $printed = `psql -qXAt -v VERBOSITY=terse -d $database -f build/rights.sql 2>&1`;
	chomp $printed;
	$printed =~ s/^psql:\S+ //mg;
	return $printed;
}

sub text { open(my $in, '<', $_[0]) or die "$_[0]: $!"; local $/; return scalar <$in>; }

# Every function of the extension is called; no name is left to the search path.
my @statements = map { "SELECT $_" } (
	'pg_catalog.md5(synrec.read($$public.ratings$$)::pg_catalog.text)',
	'pg_catalog.md5(synrec.read($$SELECT user_id, item_id FROM public.ratings WHERE user_id OPERATOR(pg_catalog.<) 50$$)::pg_catalog.text)',
	'pg_catalog.md5(synrec.interactions(user_id, item_id)::pg_catalog.text) FROM public.ratings',
	'pg_catalog.md5(synrec.merge(data)::pg_catalog.text) FROM public.sets',
	'pg_catalog.md5((data OPERATOR(synrec.||) data)::pg_catalog.text) FROM public.sets',
	'pg_catalog.count(r.*) FROM public.sets, synrec.rows(data) AS r',
	'pg_catalog.count(r.*) FROM public.sets, synrec.rows(NULL::public.ratings, data) AS r',
	's.* FROM public.sets, synrec.summary(data) AS s',
	'pg_catalog.md5(synrec.sample_users(data, 9)::pg_catalog.text) FROM public.sets',
	'pg_catalog.md5((synrec.split_users(data))::pg_catalog.text) FROM public.sets',
	'pg_catalog.md5(synrec.truncate_histories(data, 2)::pg_catalog.text) FROM public.sets',
	'pg_catalog.md5(synrec.filter_histories(data, 2)::pg_catalog.text) FROM public.sets',
	'pg_catalog.md5(synrec.simulate(9, 9)::pg_catalog.text)',
	'synrec.unigrams(), synrec.bigrams(), synrec.clustering(), synrec.topics(), synrec.topic_pairs(), synrec.cooccurrence(), synrec.vae(), synrec.time_gan(), synrec.identity_gan()',
	's.trial, s.generator, s.error FROM synrec.search_generators($$public.ratings$$, $$identity_gan$$, 1, 1, options => $${"epochs": 1, "sampler_steps": 2}$$) AS s',
	't.* FROM public.sets, synrec.topics_of(synrec.fit(data, synrec.topics(2))) AS t',
	'pg_catalog.md5(synrec.generate_interactions(synrec.fit(data, synrec.topics(2)), 5, options => $${"sharpen": 1}$$)::pg_catalog.text) FROM public.sets',
	'$${"method": "unigrams"}$$::synrec.generator',
	'$${"method": 1}$$::synrec.generator',
	'synrec.fit($$public.ratings$$, synrec.bigrams()) OPERATOR(synrec.=) synrec.fit(data, synrec.bigrams()) FROM public.sets',
	'synrec.fit(data, synrec.clustering(3)) OPERATOR(synrec.<>) synrec.fit(data, synrec.unigrams()) FROM public.sets',
	'pg_catalog.count(*) FROM (SELECT DISTINCT data FROM public.sets UNION SELECT data FROM public.sets) AS s GROUP BY data',
	'pg_catalog.count(*) FROM public.sets AS a JOIN public.sets AS b ON a.data OPERATOR(synrec.=) b.data',
	'g.* FROM public.models, synrec.generate(model, 3) AS g',
	'g.* FROM public.models, synrec.generate(NULL::public.ratings, model, 3) AS g',
	'pg_catalog.md5(synrec.generate_interactions(model, 5)::pg_catalog.text) FROM public.models',
	'synrec.describe(model) OPERATOR(pg_catalog.->>) $$method$$ FROM public.models',
	'synrec.membership_identifiability($$public.ratings$$, $$public.others$$)',
	'r.* FROM synrec.membership_ranks($$public.ratings$$, $$public.others$$) AS r',
	'synrec.deanonymization_identifiability($$public.ratings$$, $$public.others$$)',
	'synrec.attribute_identifiability($$public.ratings$$, $$public.others$$)',
	'i.* FROM synrec.identifiability($$public.ratings$$, $$public.others$$, $$public.others$$) AS i',
	'synrec.assert_release($$public.ratings$$, $$public.others$$, max_membership => 1)',
	's.* FROM synrec.membership_inference($$public.ratings$$, $$public.others$$, $$public.others$$) AS s',
	's.* FROM synrec.closest_record($$public.ratings$$, $$public.others$$, $$public.others$$) AS s',
	'pg_catalog.md5(synrec.as_sets(synrec.sequences(user_id, item_id, item_id))::pg_catalog.text) FROM public.ratings',
	'pg_catalog.md5(synrec.read($$public.ratings$$, $$user_id$$, $$item_id$$, $$item_id$$, $$user_id$$)::pg_catalog.text)',
	'pg_catalog.md5(synrec.without_ratings(synrec.sequences(user_id, item_id, item_id, user_id))::pg_catalog.text) FROM public.ratings',
	'r.* FROM (SELECT synrec.ratings(user_id, item_id, user_id) AS data FROM public.ratings) AS d, synrec.rating_summary(data) AS r',
	'pg_catalog.count(r.*) FROM (SELECT synrec.ratings(user_id, item_id, user_id) AS data FROM public.ratings) AS d,
		synrec.rows(NULL::public.ratings, data, $$user_id$$, $$item_id$$, NULL, NULL) AS r',
	'synrec.top_popular(), synrec.item_knn(), synrec.svd(), synrec.ease(), synrec.reference_recommenders()',
	'$${"method": 1}$$::synrec.recommender',
	'synrec.fractal_expansion(), pg_catalog.array_length(synrec.paper_generators(), 1)',
	'e.name, e.membership, e.realism FROM synrec.evaluate_generators($$public.ratings$$, ARRAY[synrec.unigrams()], users => 50, trials => 1,
		options => $${"runs": 2}$$) AS e',
	'pg_catalog.md5(synrec.frontier_chart($$SELECT $a$x$a$ AS name, 0.1 AS membership, 0.2 AS realism, NULL AS membership_reference, NULL AS realism_reference$$))',
	'p.* FROM synrec.projection($$public.ratings$$, $$public.others$$) AS p',
	'pg_catalog.md5(synrec.projection_chart($$public.ratings$$, $$public.others$$))',
	'c.* FROM synrec.membership_curve($$public.ratings$$, $$public.others$$, 5) AS c',
	'pg_catalog.md5(synrec.membership_chart($$SELECT $a$x$a$ AS name, 1 AS k, 0.5 AS identifiability$$))',
	'r.* FROM synrec.recommend($$public.ratings$$, synrec.item_knn(), 2) AS r',
	'e.* FROM synrec.evaluate($$public.ratings$$, ARRAY[synrec.top_popular(), synrec.svd(2)], 2) AS e',
	't.* FROM synrec.transfer_performance($$public.ratings$$, $$public.others$$, ARRAY[synrec.top_popular()], 2) AS t',
	'synrec.realism($$public.ratings$$, $$public.others$$)',
	'r.* FROM synrec.realism_report($$public.ratings$$, $$public.others$$) AS r',
	'pg_catalog.count(c.*) FROM synrec.realism_comparisons($$public.ratings$$, $$public.others$$) AS c',
	'f.* FROM synrec.fidelity($$public.ratings$$, $$public.others$$, $$public.others$$) AS f',
	'synrec.popularity_divergence($$public.ratings$$, $$public.others$$), synrec.activity_divergence($$public.ratings$$, $$public.others$$),
		synrec.catalogue_coverage($$public.ratings$$, $$public.others$$), synrec.spectrum_distance($$public.ratings$$, $$public.others$$),
		synrec.cooccurrence_distance($$public.ratings$$, $$public.others$$), synrec.gini($$public.ratings$$),
		synrec.rating_divergence($$public.ratings$$, $$public.ratings$$, $$item_id$$), synrec.transition_distance($$public.ratings$$, $$public.ratings$$, $$item_id$$),
		synrec.autocorrelation_distance($$public.ratings$$, $$public.ratings$$, $$item_id$$)',
	'synrec.transition_distance(data, data), synrec.autocorrelation_distance(data, data)
		FROM (SELECT synrec.sequences(user_id, item_id, item_id) AS data FROM public.ratings) AS s',
	'synrec.report_json($$public.ratings$$, $$public.others$$, $$public.others$$, 1, $${"parts": ["privacy", "fidelity", "shapes", "inference"]}$$) OPERATOR(pg_catalog.-) $$seconds$$::pg_catalog.text OPERATOR(pg_catalog.-) $$made$$::pg_catalog.text',
	'pg_catalog.length(synrec.report($$public.ratings$$, $$public.others$$, options => $${"parts": []}$$)), pg_catalog.md5(synrec.report_html($${"schema": 1}$$))',
	'pg_catalog.count(p.*) FROM synrec.progress_of_backends() AS p',
	'pg_catalog.count(p.*) FROM synrec.progress AS p',
	'synrec.copy_guard(), pg_catalog.count(p.*) FROM synrec.copy_plan($$public.ratings$$, $$made$$, synrec.unigrams(), options => $${"persistence": "temporary"}$$) AS p',
	'o.target_table FROM synrec.copy_options($$public.ratings$$, $$made$$, synrec.unigrams(), 5, 0, $${"persistence": "temporary"}$$) AS o',
	'r.* FROM synrec.copy_rules($$public.ratings$$, synrec.copy_filled($${}$$), $${}$$, $$columns$$) AS r');
# A copy, into a temporary table; what it calls may be called by itself.
push @statements, 'CALL synrec.create_copy($$public.ratings$$, $$made$$, synrec.unigrams(), 20, options => $${"persistence": "temporary"}$$)',
	'SELECT pg_catalog.count(*) FROM pg_temp.made', 'DROP TABLE pg_temp.made',
	'CALL synrec.copy_shell($$public.ratings$$, $$pg_temp$$, $$made$$, $$temporary$$, false)',
	'CALL synrec.copy_fill($$public.ratings$$, $$pg_temp.made$$, NULL, $${"item_id": {"constant": 3}}$$, $$columns$$, $$(SELECT 5 AS user_id) AS s$$, $$s$$, $${"user_id": "user"}$$, NULL, NULL, 0, NULL)',
	'CALL synrec.copy_finish($$public.ratings$$, $$pg_temp.made$$, NULL, NULL, $$temporary$$)', 'SELECT m.* FROM pg_temp.made AS m', 'DROP TABLE pg_temp.made';

# A database owned by one who is no superuser, who installs and upgrades.
my ($old) = text('Makefile') =~ /^LAST_RELEASE = (.*)/m;
sql('postgres', map { "CREATE ROLE synrec_test_$_" } qw(owner mallory user stranger));
sql('postgres', 'CREATE DATABASE synrec_rights OWNER synrec_test_owner');
is(sql('synrec_rights', 'SET SESSION AUTHORIZATION synrec_test_owner', "CREATE EXTENSION synrec VERSION '$old'", 'ALTER EXTENSION synrec UPDATE',
	'DROP EXTENSION synrec', 'DROP SCHEMA synrec', 'CREATE EXTENSION synrec'), '', 'the owner of a database installs, upgrades, drops');
sql('synrec_rights', 'CREATE TABLE ratings AS SELECT (user_id::int) AS user_id, item_id::int FROM synrec.rows(synrec.simulate(60, 20))',
	'CREATE TABLE others AS SELECT * FROM synrec.rows(synrec.simulate(60, 20, seed => 2))',
	'CREATE TABLE sets AS SELECT synrec.read($$ratings$$) AS data', 'CREATE TABLE models AS SELECT synrec.fit(data, synrec.clustering(2)) AS model FROM sets',
	'CREATE TABLE secret AS SELECT * FROM ratings',
	'ALTER DATABASE synrec_rights SET max_parallel_workers_per_gather = 0');
my $clean = sql('synrec_rights', 'SET search_path = pg_catalog', @statements);
my $all = join(' ', @statements);
my @uncalled = grep { $all !~ /\bsynrec\.\Q$_\E\(/ } split /\n/, sql('synrec_rights', q{SELECT DISTINCT proname FROM pg_proc
	WHERE pronamespace = 'synrec'::regnamespace AND proname !~ '^(interactions|model)_(in|out|recv|send|eq|ne|hash|hash_extended|add|combine|final|concat)$|^(sequences|ratings)_add$'});
is("@uncalled", '', 'every function is called here: the list of statements in rights.t has the new ones too');
is(join("\n", $clean =~ /ERROR.*/g), join("\n", map { "ERROR:  value for domain synrec.$_ violates check constraint \"${_}_check\"" } qw(generator recommender)),
	'and does what it should');

# One who may only use it.
sql('synrec_rights', 'REVOKE USAGE ON SCHEMA synrec FROM PUBLIC', 'GRANT USAGE ON SCHEMA synrec TO synrec_test_user',
	'GRANT SELECT ON ratings, others, sets, models TO synrec_test_user, synrec_test_stranger');
is(sql('synrec_rights', 'SET SESSION AUTHORIZATION synrec_test_user', 'SET search_path = pg_catalog', @statements), $clean, 'USAGE is enough to use all of it');
like(sql('synrec_rights', 'SET SESSION AUTHORIZATION synrec_test_user', 'SELECT synrec.read($$public.secret$$)'),
	qr/permission denied for table secret/, 'but gives no other right');
like(sql('synrec_rights', 'SET SESSION AUTHORIZATION synrec_test_user', 'CREATE FUNCTION synrec.mine() RETURNS int LANGUAGE sql RETURN 1'),
	qr/permission denied for schema synrec/, 'nor the right to add to it');
like(sql('synrec_rights', 'SET SESSION AUTHORIZATION synrec_test_stranger', 'SELECT synrec.unigrams()'),
	qr/permission denied for schema synrec/, 'without USAGE it is closed');
sql('synrec_rights', 'GRANT USAGE ON SCHEMA synrec TO PUBLIC', 'REVOKE USAGE ON SCHEMA synrec FROM synrec_test_user');

# Mallory plants everything that has a name which we use.
my $plant = <<'SQL';
SET SESSION AUTHORIZATION synrec_test_mallory;
CREATE SCHEMA planted;
SET check_function_bodies = off;
CREATE FUNCTION pg_temp.plant(name text, arguments text, result text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE FUNCTION planted.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', name, arguments, result,
		format('BEGIN RAISE EXCEPTION %L; END', format('planted %s(%s) was called', name, arguments)));
EXCEPTION WHEN feature_not_supported OR invalid_function_definition OR duplicate_function OR insufficient_privilege THEN
	NULL; -- pseudo-types: nobody but a superuser can
END $$;
-- ours, with the same arguments, and the aggregates and the readers with better ones
SELECT pg_temp.plant(proname, array_to_string(proargtypes::oid[]::regtype[], ', '), CASE WHEN proretset THEN 'SETOF ' ELSE '' END
	|| CASE WHEN prorettype = 'record'::regtype THEN 'record' ELSE format_type(prorettype, NULL) END)
FROM pg_proc WHERE pronamespace = 'synrec'::regnamespace;
SELECT pg_temp.plant('interactions', a || ', ' || b, 'synrec.interactions') FROM unnest('{int,bigint,text}'::text[]) AS a, unnest('{int,bigint,text}'::text[]) AS b;
SELECT pg_temp.plant('read', 'text', 'synrec.interactions');
SELECT pg_temp.plant('fit', 'synrec.interactions, synrec.generator', 'synrec.model');
SELECT pg_temp.plant(name, arguments, 'jsonb') FROM unnest('{jsonb_build_object,jsonb_typeof,format,min,count,md5}'::text[]) AS name,
	unnest('{text,jsonb,"text, text","text, text, text, bigint","text, text, text, bigint, text, float8","jsonb, text",oid,""}'::text[]) AS arguments;
SELECT pg_temp.plant('operator_' || n, l || ', ' || r, CASE WHEN o ~ '[=<>]' AND o !~ '->' THEN 'boolean' ELSE 'text' END)
FROM (SELECT row_number() OVER () AS n, o, l, r FROM unnest('{=,<>,<,||,->,->>,~}'::text[]) AS o,
	unnest('{synrec.interactions,synrec.model,synrec.generator,text,name,jsonb,bigint,int,oid,"\"char\"",float8,regnamespace,regclass}'::text[]) AS l,
	unnest('{synrec.interactions,synrec.model,synrec.generator,text,name,jsonb,bigint,int,oid,"\"char\"",float8,regnamespace,regclass}'::text[]) AS r) AS s;
DO $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT o, l, r, n FROM (SELECT row_number() OVER () AS n, o, l, r FROM unnest('{=,<>,<,||,->,->>,~}'::text[]) AS o,
		unnest('{synrec.interactions,synrec.model,synrec.generator,text,name,jsonb,bigint,int,oid,"\"char\"",float8,regnamespace,regclass}'::text[]) AS l,
		unnest('{synrec.interactions,synrec.model,synrec.generator,text,name,jsonb,bigint,int,oid,"\"char\"",float8,regnamespace,regclass}'::text[]) AS r) AS s
	LOOP
		BEGIN
			EXECUTE format('CREATE OPERATOR planted.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = planted.operator_%s)', p.o, p.l, p.r, p.n);
		EXCEPTION WHEN OTHERS THEN NULL; -- over a domain there is none
		END;
	END LOOP;
END $$;
-- types of the same names, and casts to and from them
CREATE TYPE planted.interactions AS (planted int);
CREATE TYPE planted.model AS (planted int);
CREATE DOMAIN planted.generator AS text CHECK (VALUE = 'planted');
CREATE DOMAIN planted.recommender AS text CHECK (VALUE = 'planted');
CREATE DOMAIN planted.jsonb AS text CHECK (VALUE = 'planted');
CREATE DOMAIN planted.text AS int;
CREATE DOMAIN planted.int8 AS pg_catalog.text;
CREATE DOMAIN planted.bool AS pg_catalog.text;
CREATE TYPE planted.evil AS ENUM ('1', '2');
SELECT pg_temp.plant('cast_to_text', 'planted.evil', 'pg_catalog.text'), pg_temp.plant('cast_to_int', 'planted.evil', 'int'),
	pg_temp.plant('cast_from', 'synrec.interactions', 'planted.interactions'), pg_temp.plant('cast_from', 'synrec.model', 'planted.model'),
	pg_temp.plant('cast_to', 'planted.interactions', 'synrec.interactions');
CREATE CAST (planted.evil AS pg_catalog.text) WITH FUNCTION planted.cast_to_text AS IMPLICIT;
CREATE CAST (planted.evil AS int) WITH FUNCTION planted.cast_to_int AS IMPLICIT;
CREATE CAST (synrec.interactions AS planted.interactions) WITH FUNCTION planted.cast_from(synrec.interactions) AS IMPLICIT;
CREATE CAST (synrec.model AS planted.model) WITH FUNCTION planted.cast_from(synrec.model) AS IMPLICIT;
CREATE CAST (planted.interactions AS synrec.interactions) WITH FUNCTION planted.cast_to AS IMPLICIT;
CREATE VIEW planted.ratings AS SELECT 1 / (random() * 0) AS user_id, 1 AS item_id;
GRANT USAGE ON SCHEMA planted TO PUBLIC;
SELECT count(*) > 100 FROM pg_proc WHERE pronamespace = 'planted'::regnamespace AND proowner = 'synrec_test_mallory'::regrole;
SELECT count(*) > 100 FROM pg_operator WHERE oprnamespace = 'planted'::regnamespace;
SQL
$plant =~ s/;\n\z//;
sql('synrec_rights', 'GRANT CREATE ON DATABASE synrec_rights TO synrec_test_mallory', 'GRANT CREATE ON SCHEMA public TO synrec_test_mallory');
my $planted = sql('synrec_rights', $plant);
is($planted =~ s/^\|*\n//mgr, "t\nt", 'much is planted');

# The victim finds it first: in front of pg_catalog, and in her temporary schema.
my @trap = ('SET search_path = planted, public, pg_temp, pg_catalog, synrec', 'CREATE DOMAIN pg_temp.model AS pg_catalog.int4',
	'CREATE DOMAIN pg_temp.interactions AS pg_catalog.int4', 'CREATE DOMAIN pg_temp.generator AS pg_catalog.int4',
	'CREATE VIEW pg_temp.ratings AS SELECT 1 AS user_id, 1 AS item_id');
like(sql('synrec_rights', @trap, $_), qr/planted \S+\(.*\) was called/, "the trap works: $_")
	for 'SELECT read($$ratings$$)', 'SELECT data = data FROM public.sets', 'SELECT fit(data, synrec.unigrams()) FROM public.sets',
	'SELECT jsonb_build_object($$a$$, $$b$$)', 'SELECT interactions(1, 1)', 'SELECT $$a$$::pg_catalog.text || $$b$$::pg_catalog.text';
is(sql('synrec_rights', @trap, @statements), $clean, 'nothing that is planted is called or changes a result');
is(sql('synrec_rights', @trap, 'SELECT synrec.interactions(k, k) OPERATOR(synrec.=) synrec.interactions(k::pg_catalog.text, $$1$$::pg_catalog.text) FROM (VALUES ($$1$$::planted.evil)) AS v (k)'),
	'ERROR:  planted cast_to_text(planted.evil) was called', 'a cast that the caller writes is called');
is(sql('synrec_rights', @trap, 'SELECT synrec.interactions(k, k) OPERATOR(synrec.=) synrec.interactions($$1$$::pg_catalog.text, $$1$$::pg_catalog.text) FROM (VALUES ($$1$$::planted.evil)) AS v (k)'),
	't', 'a key of a type with planted casts is read without them');

# Installing and upgrading in the trap gives the same objects as without it.
my $objects = text('test/objects.sql');
sql('postgres', 'CREATE DATABASE synrec_trapped TEMPLATE synrec_rights OWNER synrec_test_owner');
my @drop = ('SET client_min_messages = error', 'DROP EXTENSION synrec CASCADE', 'DROP SCHEMA synrec CASCADE');
my $expected = sql('synrec_rights', $objects);
for my $version ('', " VERSION '$old'")
{
	my %lines;
	$lines{$_}++ for split /\n/, sql('synrec_trapped', @drop, 'SET SESSION AUTHORIZATION synrec_test_owner', @trap[0 .. 3],
		"CREATE EXTENSION synrec$version", 'ALTER EXTENSION synrec UPDATE', 'RESET SESSION AUTHORIZATION', $objects);
	$lines{$_}-- for split /\n/, $expected;
	is(join("\n", grep { $lines{$_} != 0 } sort keys %lines), '', "CREATE EXTENSION$version in the trap makes the same objects");
}

# A schema that is there already, with a function that suits a call better.
like(sql('synrec_trapped', @drop, 'CREATE SCHEMA synrec AUTHORIZATION synrec_test_mallory',
	'SET SESSION AUTHORIZATION synrec_test_mallory', 'CREATE FUNCTION synrec.read(text) RETURNS int LANGUAGE sql RETURN 1', 'RESET SESSION AUTHORIZATION',
	'CREATE EXTENSION synrec'), qr/schema synrec has a function that is no part of the extension/, 'is refused');
like(sql('synrec_rights', 'CREATE FUNCTION synrec.interactions(int, int) RETURNS synrec.interactions LANGUAGE sql RETURN NULL::synrec.interactions',
	'SELECT synrec.read($$ratings$$)', 'DROP FUNCTION synrec.interactions(int, int)'), qr/hides the aggregate interactions/, 'and so is one that comes later');
is(sql('synrec_rights', 'BEGIN', 'ALTER SCHEMA synrec RENAME TO elsewhere', 'SELECT elsewhere.read($$ratings$$) OPERATOR(elsewhere.=) data FROM sets', 'ROLLBACK'), 't',
	'a renamed schema is found');

sql('postgres', 'DROP DATABASE synrec_trapped', 'DROP DATABASE synrec_rights', map { "DROP ROLE synrec_test_$_" } qw(owner mallory user stranger));
done_testing();
