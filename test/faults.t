#!/usr/bin/perl
# Faults of the machine: a backend that is killed in the middle of work, a full
# disk, no more memory.  Each ends in a clean error of that session or in
# PostgreSQL's own recovery; nothing else is lost.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Cluster;
use Test::More;
use Time::HiRes qw(sleep);

my $cluster = Cluster->new('max_parallel_workers_per_gather = 2', 'min_parallel_table_scan_size = 0', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0');
$cluster->start;
$cluster->sql('CREATE EXTENSION synrec',
	'CREATE TABLE ratings AS SELECT * FROM synrec.rows(synrec.simulate(users => 5000, items => 500))',
	'ANALYZE ratings',
	'CREATE TABLE sets AS SELECT synrec.read($$ratings$$) AS data, synrec.simulate(5000, 500, seed => 2) AS other',
	'CREATE TABLE models AS SELECT method, synrec.fit(data, generator, 1) AS model FROM sets,
		(VALUES ($$unigrams$$, synrec.unigrams()), ($$bigrams$$, synrec.bigrams()), ($$clustering$$, synrec.clustering(k => 20))) AS g (method, generator)');

# Each operation, n being a number that changes its seed where it has one.
my %operation = (
	'the aggregate' => 'synrec.interactions(user_id + n, item_id) FROM ratings',
	'merge' => 'synrec.merge(data) FROM sets',
	'read' => 'synrec.read($$SELECT * FROM ratings WHERE user_id <> $$ || n)',
	'simulate' => 'synrec.simulate(5000, 500, seed => n)',
	'filter_histories' => 'synrec.filter_histories(data, 2, n) FROM sets',
	'truncate_histories' => 'synrec.truncate_histories(data, 5, n) FROM sets',
	'rows' => 'sum(r.user_id + n) FROM sets, synrec.rows(data) AS r',
	'membership' => 'synrec.membership_identifiability(data, other, n::int) FROM sets',
	'deanonymization' => 'synrec.deanonymization_identifiability(data, other, 1 + n::int) FROM sets',
	'attribute' => 'synrec.attribute_identifiability(data, other, seed => n) FROM sets',
	'all measures' => 'sum(i.value) FROM sets, synrec.identifiability(data, other, seed => n) AS i');
for my $method (qw(unigrams bigrams clustering))
{
	$operation{"fitting $method"} = "synrec.fit(data, synrec.$method(), n) FROM sets";
	$operation{"generating by $method"} = "sum(g.item_id) FROM models, synrec.generate(model, 20000, n) AS g WHERE method = '$method'";
}
my $lost = 'SELECT md5(string_agg(r::text, $$$$ ORDER BY r)) FROM ratings AS r; SELECT md5((s.*)::text) FROM sets AS s; SELECT method, md5(model::text) FROM models ORDER BY method';
my $content = $cluster->sql($lost);
$cluster->sql('CREATE TABLE seconds (name text, n int)');    # seconds that fitting took are no part of a result
my %result = map { $_ => $cluster->sql("SELECT md5(regexp_replace((SELECT s FROM (SELECT $operation{$_}) AS s)::text, 'x', ''))" =~ s/\bn\b/3/gr) }
	grep { !/^fitting/ } keys %operation;

# Repeats the operation in a session until a process of that kind, which works
# for it, is killed; tells whether the session was lost with it.
sub kill_during
{
	my ($name, $kind) = @_;
	my $statement = $operation{$name} =~ s/\bn\b/number/gr;
	my $session = $cluster->begin("DO \$do\$ /* killed in vain */ BEGIN FOR number IN 1 .. 1000000 LOOP PERFORM $statement; END LOOP; END \$do\$");
	my $killed = 0;
	for (1 .. 200)
	{
		my $pid = $cluster->try("SELECT pid FROM pg_stat_activity WHERE (query ~ 'killed in vain' AND pid <> pg_backend_pid() OR backend_type <> 'client backend') AND backend_type = '$kind' LIMIT 1");
		next unless $pid =~ /^[1-9]\d*$/;
		sleep rand(0.3) if $kind eq 'client backend';
		last if $killed = kill 'KILL', $pid;
	}
	$cluster->try("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'killed in vain' AND pid <> pg_backend_pid()") unless $killed;
	my $said = do { local $/; <$session> } // '';
	close($session);
	return $killed && $said =~ /server closed the connection|because of crash of another server process/;
}

srand(1);
for my $name (sort keys %operation)
{
	ok(kill_during($name, 'client backend'), "killed during $name") or next;
	ok($cluster->wait_for('SELECT true'), 'and the cluster recovers');
}
ok(kill_during('the aggregate', 'parallel worker'), 'killed a worker during the aggregate');
ok($cluster->wait_for('SELECT true'), 'and the cluster recovers');
is($cluster->sql($lost), $content, 'nothing is lost');
for my $name (sort keys %result)
{
	is($cluster->sql("SELECT md5(regexp_replace((SELECT s FROM (SELECT $operation{$name}) AS s)::text, 'x', ''))" =~ s/\bn\b/3/gr), $result{$name}, "$name gives what it gave");
}
unlike($cluster->log, qr/PANIC|terminated by signal (?!9)/, 'and no backend fell by itself');
done_testing();
