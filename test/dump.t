#!/usr/bin/perl
# Values leave a database by pg_dump and by binary COPY, and come back as the
# same bytes; the dump of docs/dba.md has the copy, with its keys, and goes into a
# database without synrec.
use strict;
use warnings;
use Test::More tests => 10;

sub run { system('bash', '-o', 'pipefail', '-c', $_[0]) == 0 or die "failed: $_[0]"; }
sub sql
{
	my ($database, $statements) = @_;
	open(my $psql, '-|', 'psql', qw(-qXAt -v ON_ERROR_STOP=1 -d), $database, '-c', $statements) or die $!;
	my $printed = join('', <$psql>);
	close($psql) or die "failed: $statements";
	chomp $printed;
	return $printed;
}

run('createdb synrec_dump && createdb synrec_restored && createdb synrec_archived');
sql('synrec_dump', <<'SQL');
CREATE EXTENSION synrec;
CREATE SCHEMA kept;
CREATE TABLE kept.sets AS
SELECT 'integers' AS name, synrec.simulate(users => 300, items => 80) AS data
UNION ALL SELECT 'texts', synrec.interactions('u' || user_id, repeat(chr(233), item_id::int)) FROM synrec.rows(synrec.simulate(users => 50, items => 80))
UNION ALL SELECT 'large', synrec.simulate(users => 20000, items => 2000)
UNION ALL SELECT 'rated', synrec.sequences(user_id, item_id, user_id * 100 + item_id, item_id % 9 * 0.5) FROM synrec.rows(synrec.simulate(users => 200, items => 60))
UNION ALL SELECT 'empty', synrec.interactions(1, 1) FILTER (WHERE false)
UNION ALL SELECT 'none', NULL;
CREATE INDEX ON kept.sets USING hash (data);
CREATE TABLE kept.models (name text, model synrec.model, generator synrec.generator DEFAULT synrec.clustering(k => 7));
INSERT INTO kept.models SELECT name, synrec.fit(data, generator, 3) FROM kept.sets, (VALUES (synrec.unigrams()), (synrec.bigrams()), (synrec.clustering(k => 3))) AS g (generator)
WHERE name IN ('integers', 'texts', 'rated');
CREATE VIEW kept.synthetic AS SELECT m.name, g.* FROM kept.models AS m, synrec.generate(model, 3) AS g WHERE name = 'integers';
CREATE VIEW kept.whole AS SELECT synrec.merge(data) AS data FROM kept.sets WHERE name = 'integers' GROUP BY data OPERATOR(synrec.=) data;
CREATE MATERIALIZED VIEW kept.figures AS SELECT synrec.membership_identifiability(data, data) AS figure FROM kept.sets WHERE name = 'integers';
CREATE FUNCTION kept.fresh(bigint) RETURNS synrec.interactions LANGUAGE sql
	RETURN (SELECT synrec.generate_interactions(model, $1) FROM kept.models WHERE name = 'integers' LIMIT 1);
SQL

# The bytes of everything, and what views make of them.
my $content = <<'SQL';
SELECT name, md5(synrec.interactions_send(data)), octet_length(synrec.interactions_send(data)) FROM kept.sets ORDER BY name;
SELECT name, md5(synrec.model_send(model)), generator FROM kept.models ORDER BY 1, 2;
SELECT md5(string_agg(s::text, '')) FROM kept.synthetic AS s;
SELECT md5(w::text) FROM kept.whole AS w;
SELECT figure FROM kept.figures;
SELECT md5(kept.fresh(9)::text);
SQL
my $before = sql('synrec_dump', $content);
is(scalar(split /\n/, $before), 6 + 9 + 4, 'there is something to lose');

run('pg_dump synrec_dump >build/dump.sql && psql -qX -v ON_ERROR_STOP=1 -d synrec_restored -f build/dump.sql >/dev/null');
is(sql('synrec_restored', $content), $before, 'pg_dump | psql gives back the same bytes');
run('pg_dump synrec_restored >build/dump_again.sql');
# but for the random words of \restrict
run("sed -i '/^\\\\\\(un\\)\\?restrict /d' build/dump.sql build/dump_again.sql");
is(system('cmp', 'build/dump.sql', 'build/dump_again.sql'), 0, 'and the same dump');
run('pg_dump -Fc synrec_dump | pg_restore -d synrec_archived');
is(sql('synrec_archived', $content), $before, 'so does an archive');

for my $table ('sets', 'models')
{
	sql('synrec_restored', "TRUNCATE kept.$table");
	isnt(sql('synrec_restored', $content), $before, "without $table they differ");
	run("psql -qX -d synrec_dump -c '\\copy kept.$table TO build/$table.binary (FORMAT binary)'");
	run("psql -qX -v ON_ERROR_STOP=1 -d synrec_restored -c '\\copy kept.$table FROM build/$table.binary (FORMAT binary)'");
	run("psql -qX -d synrec_restored -c '\\copy kept.$table TO build/$table.again (FORMAT binary)'");
	run("cmp build/$table.binary build/$table.again");
	is(sql('synrec_restored', $content), $before, "binary COPY of $table gives back the same bytes");
}

open(my $page, '<', 'docs/dba.md') or die $!;
my $dba = join('', <$page>);
close($page);
my ($dump) = $dba =~ /^```sh\n(pg_dump .*? shop >)/ms;
$dump =~ s/ shop >$/ synrec_shop/;
open(my $statements, '>', 'build/dba.sql') or die $!;
print $statements "$1\n" while $dba =~ /^```sql\n(.*?)^```/msg;
close($statements);
run('createdb synrec_shop && createdb synrec_received && psql -qX -v ON_ERROR_STOP=1 -d synrec_shop -f build/dba.sql >/dev/null 2>&1');
sql('synrec_received', 'CREATE SCHEMA handover');
run("$dump | psql -qX -v ON_ERROR_STOP=1 -d synrec_received >/dev/null");
my $copy = 'SELECT md5(string_agg(p::text, $$,$$ ORDER BY id)) FROM handover.purchases AS p; SELECT md5(string_agg(u::text, $$,$$ ORDER BY id)) FROM handover.purchases_users AS u;
	SELECT count(*) FROM articles; SELECT conname FROM pg_constraint WHERE connamespace = $$handover$$::regnamespace ORDER BY 1';
is(sql('synrec_received', $copy), sql('synrec_shop', $copy), 'the dump of docs/dba.md has the copy and its constraints');
is(sql('synrec_received', 'SELECT count(*) FROM pg_tables WHERE tablename IN ($$purchases$$, $$customers$$) AND schemaname = $$public$$'), '0', 'and none of the originals');
