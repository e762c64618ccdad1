#!/usr/bin/perl
# The upgrade from the last released version: it ends where a fresh install
# does, object by object, and what users made with the old version survives.
use strict;
use warnings;
use Test::More;

sub text { open(my $in, '<', $_[0]) or die "$_[0]: $!"; local $/; return scalar <$in>; }
sub sql
{
	my ($database, $statements) = @_;
	open(my $out, '>', 'build/upgrade.sql') or die $!;
	print $out $statements;
	close($out);
	my $printed = `psql -qXAt -v ON_ERROR_STOP=1 -d $database -f build/upgrade.sql 2>&1`;
	die $printed if $?;
	chomp $printed;
	return $printed;
}

# What only one of two lists of objects has, for the eye.
sub difference
{
	my ($old, $new) = @_;
	my %old = map { $_ => 1 } split /\n/, $old;
	my %new = map { $_ => 1 } split /\n/, $new;
	return join('', map({ "only after the upgrade: $_\n" } sort grep { !$new{$_} } keys %old),
		map({ "only in a fresh install: $_\n" } sort grep { !$old{$_} } keys %new));
}

my ($old) = text('Makefile') =~ /^LAST_RELEASE = (.*)/m;
my ($new) = text('synrec.control') =~ /^default_version = '(.*)'/m;
my ($upgraded, $fresh) = ('synrec_upgraded', 'synrec_fresh');
for my $database ($upgraded, $fresh)
{
	system('createdb', $database) == 0 or die 'createdb failed';
}

# Everything that can depend on the extension's objects, made with the old version.
sql($upgraded, <<"SQL");
CREATE EXTENSION synrec VERSION '$old';
CREATE TABLE sets AS SELECT n, synrec.simulate(users => 50 * n, items => 30) AS data FROM generate_series(1, 3) AS n;
CREATE INDEX sets_by_data ON sets USING hash (data);
ALTER TABLE sets ADD CHECK ((synrec.summary(data)).users < 1000), ADD generator synrec.generator DEFAULT synrec.unigrams();
CREATE TABLE models AS SELECT n, synrec.fit(data, generator, 7) AS model FROM sets;
CREATE VIEW synthetic AS SELECT n, g.* FROM models, synrec.generate(model, 5, seed => 3) AS g;
CREATE VIEW whole AS SELECT synrec.merge(data) AS data, synrec.interactions(n, n) AS other, bool_or(data OPERATOR(synrec.=) data) AS same FROM sets;
CREATE MATERIALIZED VIEW figures AS SELECT synrec.membership_identifiability(a.data, b.data) AS figure FROM sets AS a, sets AS b;
CREATE FUNCTION made(int) RETURNS SETOF synthetic LANGUAGE sql BEGIN ATOMIC SELECT * FROM synthetic WHERE n = \$1; END;
CREATE TABLE before AS SELECT (SELECT string_agg(s::text, '') FROM synthetic AS s) AS rows, (SELECT w::text FROM whole AS w) AS whole,
	(SELECT string_agg(m::text, '' ORDER BY n) FROM models AS m) AS models;
SQL
is(sql($upgraded, "SELECT extversion FROM pg_extension WHERE extname = 'synrec'"), $old, "version $old can be installed with the library of $new");

sql($upgraded, 'ALTER EXTENSION synrec UPDATE');
sql($fresh, 'CREATE EXTENSION synrec');
is(sql($upgraded, "SELECT extversion FROM pg_extension WHERE extname = 'synrec'"), $new, "and is upgraded to $new");
my $objects = text('test/objects.sql');
my ($after, $installed) = (sql($upgraded, $objects), sql($fresh, $objects));
cmp_ok(scalar(split /\n/, $installed), '>', 200, 'the catalogues have much to compare');
unlike($installed, qr/is not described/, 'and every kind of object is described');
is(difference($after, $installed), '', 'an upgraded extension is the same as a fresh one')
	or diag("sql/upgrade/synrec--$old--$new.sql must say what no comparison of scripts can tell");

is(sql($upgraded, <<'SQL'), 't|t|t', 'tables, views and functions of users give what they gave');
SELECT rows = (SELECT string_agg(s::text, '') FROM synthetic AS s), whole = (SELECT w::text FROM whole AS w),
	models = (SELECT string_agg(m::text, '' ORDER BY n) FROM models AS m) FROM before;
SQL
is(sql($upgraded, <<'SQL'), '2|t|unigrams', 'indexes, materialized views and defaults too');
SET enable_seqscan = off;
REFRESH MATERIALIZED VIEW figures;
INSERT INTO sets SELECT 4, synrec.simulate(1, 1);
SELECT (SELECT n FROM sets WHERE data OPERATOR(synrec.=) synrec.simulate(users => 100, items => 30)),
	(SELECT count(*) = 9 AND bool_and(figure IS NOT NULL) FROM figures), (SELECT generator ->> 'method' FROM sets WHERE n = 4);
SQL
is(sql($upgraded, 'SELECT count(DISTINCT user_id) FROM made(2)'), '5', 'and functions over views');

# The comparison is worth nothing unless it sees a difference of every kind.
my @changes = (
	"ALTER FUNCTION synrec.summary(synrec.interactions) COST 7",
	"ALTER FUNCTION synrec.rows(synrec.interactions) ROWS 7",
	"ALTER FUNCTION synrec.describe(synrec.model) PARALLEL RESTRICTED",
	"ALTER FUNCTION synrec.describe(synrec.model) STABLE",
	"ALTER FUNCTION synrec.describe(synrec.model) CALLED ON NULL INPUT",
	"ALTER FUNCTION synrec.describe(synrec.model) SECURITY DEFINER",
	"ALTER FUNCTION synrec.describe(synrec.model) LEAKPROOF",
	"ALTER FUNCTION synrec.unigrams() SET search_path = public",
	"COMMENT ON FUNCTION synrec.unigrams() IS 'another'",
	"COMMENT ON OPERATOR CLASS synrec.model_ops USING hash IS NULL",
	"REVOKE EXECUTE ON FUNCTION synrec.unigrams() FROM PUBLIC",
	"REVOKE USAGE ON TYPE synrec.model FROM PUBLIC",
	"REVOKE USAGE ON SCHEMA synrec FROM PUBLIC",
	"ALTER EXTENSION synrec DROP FUNCTION synrec.unigrams()",
	"ALTER TYPE synrec.model SET (STORAGE = extended)",
	"ALTER TYPE synrec.model SET (RECEIVE = NONE)",
	"ALTER DOMAIN synrec.generator DROP CONSTRAINT generator_check",
	"ALTER DOMAIN synrec.generator SET DEFAULT '{\"method\": \"unigrams\"}'",
	"ALTER OPERATOR synrec.= (synrec.model, synrec.model) SET (RESTRICT = NONE)",
	"ALTER OPERATOR FAMILY synrec.model_ops USING hash DROP FUNCTION 2 (synrec.model, synrec.model)",
	"CREATE OR REPLACE FUNCTION synrec.unigrams() RETURNS synrec.generator LANGUAGE sql IMMUTABLE PARALLEL SAFE
		RETURN pg_catalog.jsonb_build_object('method', 'bigrams')",
	"CREATE OR REPLACE FUNCTION synrec.fit(source text, generator synrec.generator, seed bigint DEFAULT 1) RETURNS synrec.model
		LANGUAGE sql STABLE PARALLEL UNSAFE COST 2000000 RETURN synrec.fit(synrec.read(source), generator, seed)",
	"CREATE OR REPLACE AGGREGATE synrec.merge(data synrec.interactions) (SFUNC = synrec.interactions_combine, STYPE = synrec.interactions,
		SSPACE = 7, FINALFUNC = synrec.interactions_final, COMBINEFUNC = synrec.interactions_combine, PARALLEL = SAFE)",
	"CREATE CAST (synrec.model AS text) WITH INOUT; ALTER EXTENSION synrec ADD CAST (synrec.model AS text)",
	"CREATE VIEW synrec.extra AS SELECT 1 AS one; ALTER EXTENSION synrec ADD VIEW synrec.extra");
for my $change (@changes)
{
	isnt(difference(sql($fresh, "BEGIN; $change;\n$objects\nROLLBACK;"), $installed), '', "the comparison sees $change");
}

# What upgrade.awk makes of a later script.
my $script = "sql/synrec--$new.sql";
my $later = text($script);
$later =~ s/(FUNCTION \S*unigrams\(\) RETURNS .*\n.*)IMMUTABLE/$1STABLE/ or die;
$later =~ s/'a fitted generator'/'a generator'/ or die;
my $added = <<'SQL';

CREATE AGGREGATE @extschema@.added(integer) (
	SFUNC = pg_catalog.int4pl, STYPE = integer
);

CREATE PROCEDURE @extschema@.added() LANGUAGE plpgsql AS $$
BEGIN
	COMMIT;
END $$;

CREATE FUNCTION @extschema@.added() RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
	SELECT 1;
	SELECT 2;
END;

CREATE VIEW @extschema@.added AS
	SELECT 1 AS one;

CREATE TYPE @extschema@.added;

CREATE OPERATOR @extschema@.= (
	LEFTARG = integer, RIGHTARG = @extschema@.model,
	FUNCTION = @extschema@.added
);

GRANT SELECT ON @extschema@.added TO PUBLIC;
SQL
$later .= "-- a comment\n$added";
# changes of what cannot be replaced are left to the part by hand
$later =~ s/(CREATE OPERATOR \S*= \(\n.*model.*\n.*\n.*)eqsel/$1neqsel/ or die;
$later =~ s/STORAGE = external/STORAGE = extended/ or die;
open(my $out, '>', 'build/later.sql') or die $!;
print $out $later;
close($out);
(my $replaced = $added) =~ s/^CREATE (AGGREGATE|PROCEDURE|FUNCTION|VIEW)/CREATE OR REPLACE $1/mg;
is(scalar `awk -f sql/upgrade.awk $script build/later.sql`, <<'SQL' . $replaced, 'what is new or changed is in the upgrade script, nothing else');

COMMENT ON TYPE @extschema@.model IS 'a generator';

CREATE OR REPLACE FUNCTION @extschema@.unigrams() RETURNS @extschema@.generator
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.jsonb_build_object('method', 'unigrams');
SQL
is(scalar `awk -f sql/upgrade.awk $script $script`, '', 'and nothing when nothing is new');
done_testing();
