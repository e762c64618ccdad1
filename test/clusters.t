#!/usr/bin/perl
# More than one cluster: a hot standby, logical replication of values, the
# aggregate pushed down to foreign servers, generation in slices.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Cluster;
use Test::More;

my $everything = q{SELECT md5(string_agg(synrec.interactions_send(data)::text, '' ORDER BY n)) FROM sets};

# A hot standby answers every question that only reads, with the same results.
my $primary = Cluster->new;
$primary->start;
$primary->sql('CREATE EXTENSION synrec',
	'CREATE TABLE ratings AS SELECT * FROM synrec.rows(synrec.simulate(users => 500, items => 100))',
	'CREATE TABLE sets AS SELECT n, synrec.simulate(users => 400, items => 80, seed => n) AS data FROM generate_series(1, 3) AS n',
	'CREATE TABLE models AS SELECT n, synrec.fit(data, synrec.clustering(k => 5), n) AS model FROM sets');
my $standby = Cluster->standby($primary);
$standby->start;
my @questions = ($everything,
	'SELECT md5(synrec.read($$ratings$$)::text)',
	'SELECT md5(synrec.interactions(user_id, item_id)::text) FROM ratings',
	'SELECT md5(string_agg(g::text, $$$$)) FROM models, synrec.generate(model, 50) AS g WHERE n = 1',
	'SELECT synrec.fit(data, synrec.clustering(k => 5), n) OPERATOR(synrec.=) model FROM sets JOIN models USING (n)',
	'SELECT synrec.membership_identifiability(a.data, b.data), synrec.attribute_identifiability(a.data, b.data) FROM sets AS a, sets AS b WHERE a.n = 1 AND b.n = 2',
	'SELECT i.* FROM sets AS a, sets AS b, synrec.identifiability(a.data, b.data) AS i WHERE a.n = 1 AND b.n = 2',
	'SELECT count(*) FROM (SELECT DISTINCT data FROM sets) AS s',
	'BEGIN; DECLARE c SCROLL CURSOR FOR SELECT r.* FROM sets, synrec.rows(data) AS r WHERE n = 1; MOVE 100 IN c; FETCH 3 FROM c; COMMIT');
$primary->sql('CREATE TABLE done ()');
ok($standby->wait_for(q{SELECT to_regclass('done') IS NOT NULL}), 'the standby follows');
is($standby->sql('SELECT pg_is_in_recovery()'), 't', 'and is one');
is($standby->sql($_), $primary->sql($_), "on a standby: $_") for @questions;
like($standby->try('CREATE TABLE t AS SELECT 1'), qr/read-only transaction/, 'which cannot write');
$standby->stop('immediate');

# Logical replication of tables of values, in text and in binary form.
my $subscriber = Cluster->new;
$subscriber->start;
$subscriber->sql('CREATE EXTENSION synrec', 'CREATE TABLE sets (n int PRIMARY KEY, data synrec.interactions)', 'CREATE TABLE models (n int PRIMARY KEY, model synrec.model)');
$primary->sql('ALTER TABLE sets ADD PRIMARY KEY (n)', 'ALTER TABLE models ADD PRIMARY KEY (n)', 'CREATE PUBLICATION values FOR TABLE sets, models');
for my $binary ('false', 'true')
{
	$subscriber->sql("CREATE SUBSCRIPTION values_$binary CONNECTION 'host=$primary->{folder} port=5432 user=postgres dbname=postgres' PUBLICATION values WITH (binary = $binary)");
	ok($subscriber->wait_for(q{SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel}), "tables are copied, binary = $binary");
	$primary->sql('INSERT INTO sets SELECT max(n) + 1, synrec.simulate(300, 50, seed => 9) FROM sets', 'UPDATE sets SET data = data OPERATOR(synrec.||) synrec.simulate(20, 200, seed => 7) WHERE n = 2',
		'DELETE FROM models WHERE n = 3', 'UPDATE models SET model = synrec.fit(synrec.simulate(100, 20, seed => 5), synrec.bigrams()) WHERE n = 2');
	my $lsn = $primary->sql('SELECT pg_current_wal_lsn()');
	ok($primary->wait_for("SELECT bool_and(replay_lsn >= '$lsn') FROM pg_stat_replication WHERE application_name = 'values_$binary'"), 'changes arrive');
	is($subscriber->sql($_), $primary->sql($_), "the same values, binary = $binary")
		for $everything, q{SELECT md5(string_agg(model::text, '' ORDER BY n)), count(*) FROM models};
	$subscriber->sql("DROP SUBSCRIPTION values_$binary", 'TRUNCATE sets, models');
}
$primary->stop('immediate');

# The recipes of docs/scale.md, over two shards and a third cluster that asks.
my ($other, $front) = (Cluster->new, Cluster->new);
$_->start for $other, $front;
my @shards = ($subscriber, $other);
my $rows = q{(SELECT user_id, item_id, CASE item_id % 2 WHEN 0 THEN 'BR' ELSE 'PT' END AS country
	FROM synrec.rows(synrec.simulate(users => 4000, items => 300))) AS r};
for my $k (0, 1)
{
	$shards[$k]->sql('CREATE EXTENSION IF NOT EXISTS synrec',
		"CREATE TABLE ratings AS SELECT * FROM $rows WHERE user_id % 2 = $k", 'ANALYZE ratings');
}
$front->sql('CREATE EXTENSION synrec', 'CREATE EXTENSION postgres_fdw',
	"CREATE TABLE local AS SELECT * FROM $rows",
	'CREATE TABLE ratings (user_id bigint, item_id bigint, country text) PARTITION BY HASH (user_id)',
	map { (
		"CREATE SERVER shard_$_ FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$shards[$_]{folder}', port '5432', dbname 'postgres', extensions 'synrec')",
		"CREATE USER MAPPING FOR PUBLIC SERVER shard_$_ OPTIONS (user 'postgres')",
		"CREATE FOREIGN TABLE ratings_$_ PARTITION OF ratings FOR VALUES WITH (MODULUS 2, REMAINDER $_) SERVER shard_$_ OPTIONS (table_name 'ratings')") } 0, 1);
open(my $in, '<', "$FindBin::Bin/../docs/scale.md") or die $!;
my $manual = do { local $/; <$in> };
my ($recipe) = $manual =~ /^```\n(SELECT synrec\.merge.*?);\n```/ms;
ok($recipe, 'docs/scale.md has the recipe');
my $plan = $front->sql("EXPLAIN (VERBOSE, COSTS off) $recipe");
is(() = $plan =~ /Remote SQL: SELECT synrec\.interactions\(user_id, item_id\) FROM/g, 2, 'the aggregate runs on each shard');
is($front->sql("SELECT ($recipe) OPERATOR(synrec.=) synrec.read('local')"), 't', 'and gives what one machine gives');
$front->sql("ALTER SERVER shard_$_ OPTIONS (ADD async_capable 'true')") for 0, 1;
is(() = $front->sql("EXPLAIN (COSTS off) $recipe") =~ /Async Foreign Scan/g, 2, 'the shards can work at the same time');
$front->sql("ALTER SERVER shard_$_ OPTIONS (DROP async_capable)") for 0, 1;
my ($grouped) = $manual =~ /^```\n(SELECT country, synrec\.merge.*?);\n```/ms;
ok($grouped, 'and one with groups');
is(() = $front->sql("EXPLAIN (VERBOSE, COSTS off) $grouped") =~ /Remote SQL: SELECT .*synrec\.interactions\(user_id, item_id\).* GROUP BY/g, 2, 'which run on each shard too');
is($front->sql("SELECT count(*) FROM ($grouped) AS g JOIN (SELECT country, synrec.interactions(user_id, item_id) AS data FROM local GROUP BY 1) AS l
	ON g.country = l.country AND g.data OPERATOR(synrec.=) l.data"), '2', 'with the same results');
my $parent = 'SELECT synrec.interactions(user_id, item_id) FROM ratings';
$plan = $front->sql("EXPLAIN (VERBOSE, COSTS off) $parent");
is(() = $plan =~ /Remote SQL: SELECT user_id, item_id FROM/g, 2, 'over the partitioned parent rows are shipped');
unlike($plan, qr/Remote SQL: SELECT synrec/, 'and nothing is pushed down');
is($front->sql("SELECT ($parent) OPERATOR(synrec.=) synrec.read('local')"), 't', 'for the same value');
$front->sql("ALTER SERVER shard_$_ OPTIONS (DROP extensions)") for 0, 1;
unlike($front->sql("EXPLAIN (VERBOSE, COSTS off) $recipe"), qr/Remote SQL: SELECT synrec/, 'without the option extensions neither');

# Slices of one copy, made on two clusters.
$front->sql('CREATE TABLE model AS SELECT synrec.fit(synrec.read($$local$$), synrec.clustering(k => 10), 3) AS model');
my $model = $front->sql('SELECT model FROM model');
$_->sql('CREATE TABLE model (model synrec.model)') for @shards;
for my $k (0, 1)
{
	open(my $copy, '|-', $shards[$k]->psql, '-c', 'COPY model FROM STDIN (FORMAT csv)') or die $!;
	print $copy "$model\n";
	close($copy) or die;
	$shards[$k]->sql('CREATE TABLE synthetic AS SELECT g.* FROM model, synrec.generate(model, users => ' . ($k ? 2999 : 2001) . ', seed => 42, first_user => ' . ($k ? 2002 : 1) . ') AS g');
}
$front->sql('CREATE TABLE whole AS SELECT g.* FROM model, synrec.generate(model, users => 5000, seed => 42) AS g',
	map { "CREATE FOREIGN TABLE slice_$_ (user_id bigint, item_id bigint) SERVER shard_$_ OPTIONS (table_name 'synthetic')" } 0, 1);
is($front->sql('SELECT count(*) FROM (TABLE slice_0 UNION ALL TABLE slice_1) AS s') > 10000, 1, 'two slices');
is($front->sql('SELECT count(*) FROM ((TABLE slice_0 UNION ALL TABLE slice_1) EXCEPT ALL TABLE whole) AS d') . $front->sql('SELECT count(*) FROM (TABLE whole EXCEPT ALL (TABLE slice_0 UNION ALL TABLE slice_1)) AS d'),
	'00', 'are the whole');
done_testing();
