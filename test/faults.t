#!/usr/bin/perl
# Faults of the machine: a backend that is killed in the middle of work, a full
# disk, no more memory.  Each ends in a clean error of that session or in
# PostgreSQL's own recovery; nothing else is lost.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Cluster;
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep);

# Generators, with as little work as shows everything that they do.
my %generator = (
	unigrams => 'unigrams()', bigrams => 'bigrams()', clustering => 'clustering(k => 20)', fractal_expansion => 'fractal_expansion()',
	topics => 'topics(k => 10, passes => 3)', topic_pairs => 'topic_pairs(k => 10, passes => 3, epochs => 1)', cooccurrence => 'cooccurrence(factors => 10)',
	vae => 'vae(hidden => 50, code => 8, epochs => 3)', identity_gan => q{identity_gan('flow', epochs => 2, sampler_steps => 20)},
	time_gan => q{time_gan('gan', epochs => 1, decoder => 'gru', sampler_steps => 20)});
my $cluster = Cluster->new('max_parallel_workers_per_gather = 2', 'min_parallel_table_scan_size = 0', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0');
$cluster->start;
$cluster->sql('CREATE EXTENSION synrec',
	'CREATE TABLE ratings AS SELECT * FROM synrec.rows(synrec.simulate(users => 5000, items => 500))',
	'ANALYZE ratings',
	'CREATE TABLE sets AS SELECT synrec.read($$ratings$$) AS data, synrec.simulate(5000, 500, seed => 2) AS other',
	'CREATE TABLE models (method text, model synrec.model)',
	map { "INSERT INTO models SELECT '$_', synrec.fit(data, synrec.$generator{$_}, 1) FROM sets" } sort keys %generator);

my $brief = '{"runs": 2, "recommenders": [{"method": "top_popular"}, {"method": "ease"}]}';    # evaluations

# Each operation, n being a number that changes its seed where it has one.
my %operation = (
	'the aggregate' => 'synrec.interactions(user_id + n, item_id) FROM ratings',
	'the aggregate of sequences' => 'synrec.sequences(user_id + n, item_id, item_id) FROM ratings',
	'recommend' => 'sum(r.rank * n) FROM sets, synrec.recommend(data, synrec.item_knn()) AS r',
	'evaluate' => 'sum(e.value) FROM sets, synrec.evaluate(data, ARRAY[synrec.svd(8), synrec.ease()], 1, seed => n) AS e',
	'membership_inference' => '(synrec.membership_inference(data, other, synrec.sample_users(other, 1000 + n))).auc FROM sets',
	'merge' => 'synrec.merge(data) FROM sets',
	'read' => 'synrec.read($$SELECT * FROM ratings WHERE user_id <> $$ || n)',
	'simulate' => 'synrec.simulate(5000, 500, seed => n)',
	'filter_histories' => 'synrec.filter_histories(data, 2, n) FROM sets',
	'truncate_histories' => 'synrec.truncate_histories(data, 5, n) FROM sets',
	'rows' => 'sum(r.user_id + n) FROM sets, synrec.rows(data) AS r',
	'membership' => 'synrec.membership_identifiability(data, other, n::int) FROM sets',
	'deanonymization' => 'synrec.deanonymization_identifiability(data, other, 1 + n::int) FROM sets',
	'attribute' => 'synrec.attribute_identifiability(data, other, seed => n) FROM sets',
	'all measures' => 'sum(i.value) FROM sets, synrec.identifiability(data, other, seed => n) AS i',
	'realism' => "synrec.realism(data, other, n, '$brief') FROM sets",
	'fidelity' => 'sum(f.value) FROM sets, synrec.fidelity(data, other, seed => n) AS f',
	'projection' => 'sum(p.component_1) FROM sets, synrec.projection(data, other, n) AS p',
	'report' => q{md5((synrec.report_json(data, other, seed => n, options => '{"parts": ["privacy", "fidelity", "shapes"]}') - 'made' - 'seconds')::text) FROM sets},
	'evaluate_generators' => "sum(e.membership) FROM sets, synrec.evaluate_generators(data, ARRAY[synrec.unigrams()], 5000, 1, n, options => '$brief') AS e",
	'search_generators' => q{min(distance) FROM sets, synrec.search_generators(data, 'identity_gan', 1, 1, n, '{"epochs": 2, "sampler_steps": 5}')});
for my $method (sort keys %generator)
{
	$operation{"fitting $method"} = "synrec.fit(data, synrec.$generator{$method}, n) FROM sets";
	$operation{"generating by $method"} = "sum(g.item_id) FROM models, synrec.generate(model, 20000, n) AS g WHERE method = '$method'";
}
my $lost = 'SELECT md5(string_agg(r::text, $$$$ ORDER BY r)) FROM ratings AS r; SELECT md5((s.*)::text) FROM sets AS s; SELECT method, md5(model::text) FROM models ORDER BY method';
my $content = $cluster->sql($lost);

# What an operation gives for n = 3; of a fitted model, what it generates.
sub result_of
{
	my ($name) = @_;
	my $statement = $operation{$name} =~ s/\bn\b/3/gr;
	$statement =~ s/^(.*?\)) FROM/synrec.generate_interactions($1, 30) FROM/ if $name =~ /^fitting/;
	return $cluster->sql("SELECT md5((SELECT s FROM (SELECT $statement) AS s)::text)");
}
my %result = map { $_ => result_of($_) } keys %operation;

# Repeats the operation, or the statements, in a session until a process of that kind, which works
# for it, is killed; tells whether the session was lost with it.
sub kill_during
{
	my ($name, $kind) = @_;
	my $statement = $operation{$name} ? 'PERFORM ' . $operation{$name} =~ s/\bn\b/number/gr : $name;
	my $session = $cluster->begin("SET statement_timeout = '2min'", "DO \$do\$ /* killed in vain */ BEGIN FOR number IN 1 .. 1000000 LOOP $statement; END LOOP; END \$do\$");
	my $killed = 0;
	for (1 .. 200)
	{
		my $pid = $cluster->try("SELECT pid FROM pg_stat_activity WHERE (query ~ 'killed in vain' AND pid <> pg_backend_pid() OR backend_type <> 'client backend') AND backend_type = '$kind' LIMIT 1");
		next unless $pid =~ /^[1-9]\d*$/;
		sleep rand(0.3) if $kind eq 'client backend';
		kill 'KILL', $pid;
		# A process that had ended by itself takes a signal too, until its parent looks.
		last if $killed = IO::Select->new($session)->can_read(2);
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
ok(kill_during(q{CALL synrec.create_copy('ratings', 'copied', synrec.unigrams(), 20000, number); DROP TABLE copied}, 'client backend'), 'killed during create_copy');
ok($cluster->wait_for(q{SELECT to_regclass('copied') IS NULL}), 'and nothing is left of the copy');
is($cluster->sql($lost), $content, 'nothing is lost');
for my $name (sort keys %result)
{
	is(result_of($name), $result{$name}, "$name gives what it gave");
}
unlike($cluster->log, qr/PANIC|terminated by signal (?!9)/, 'and no backend fell by itself');

# A full disk.  A tablespace on a small file system of its own takes a superuser of the machine.
my $disk = $cluster->folder;
my $mounted = $> == 0 && system("mount -t tmpfs -o size=16m,mode=0700,uid=\$(id -u postgres) tmpfs $disk 2>/dev/null") == 0;
END { local $?; system('umount', '-l', $disk) if $mounted; }
SKIP:
{
	skip 'no right to mount a small file system', 7 unless $mounted;
	$cluster->sql("CREATE TABLESPACE small LOCATION '$disk'");
	my $full = qr/ERROR:  53100: could not (?:extend|write).*No space left on device/;
	like($cluster->try('CREATE TABLE too_large TABLESPACE small AS SELECT g.* FROM models, synrec.generate(model, users => 100000) AS g'), $full,
		'a full disk while generated rows are kept for a join');
	like($cluster->try('SET temp_tablespaces = small', 'SELECT count(*) FROM synrec.generate((SELECT model FROM models LIMIT 1), users => 100000)'), $full,
		'and in temporary files');
	like($cluster->try('CREATE TABLE too_large TABLESPACE small AS SELECT synrec.generate(NULL::ratings, (SELECT model FROM models LIMIT 1), users => 100000)', 'SELECT 1'), qr/$full.*^1\z/sm,
		'a full disk during CREATE TABLE AS generate(), and the session goes on');
	like($cluster->try('CREATE TABLE too_large TABLESPACE small AS SELECT synrec.simulate(users => 300000, items => 500) AS data'), $full, 'and while a value is stored');
	is($cluster->sql("SELECT to_regclass('too_large') IS NULL, pg_tablespace_size('small') < 100000"), 't|t', 'nothing of it is left');
	is($cluster->sql('CREATE TABLE fits TABLESPACE small AS SELECT synrec.generate(NULL::ratings, (SELECT model FROM models LIMIT 1), users => 1000)', 'SELECT count(DISTINCT (g).user_id) FROM (SELECT generate AS g FROM fits) AS f',
		'DROP TABLE fits', 'DROP TABLESPACE small'), '1000', 'what fits is stored');
	unlike($cluster->log, qr/PANIC/, 'and the server never stopped');
}
$cluster->stop;

# No more memory, though synrec.max_memory would allow it.
my $poor = Cluster->new('shared_buffers = 1MB', 'max_connections = 10', 'jit = off', 'synrec.max_memory = 100GB', 'max_parallel_workers_per_gather = 0');
$poor->start;
$poor->sql('CREATE EXTENSION synrec', 'CREATE TABLE sets AS SELECT synrec.simulate(users => 20000, items => 6000, mean_items => 30) AS data',
	'CREATE TABLE ratings AS SELECT r.* FROM sets, synrec.rows(data) AS r', 'CREATE TABLE models AS SELECT synrec.fit(data, synrec.unigrams()) AS model FROM sets');
my $size = $poor->size;
$poor->stop;
$poor->start('ulimit -v ' . ($size + 95000));    # kilobytes: 95 MB beyond what the server takes for itself
my %hungry = (
	'simulate' => 'synrec.simulate(users => 20000000, items => 1000, mean_items => 1)',
	'fitting bigrams' => 'synrec.fit(data, synrec.bigrams(min_pair_count => 1)) FROM sets',
	'fitting clustering' => 'synrec.fit(data, synrec.clustering(k => 5000)) FROM sets',
	'generate_interactions' => 'synrec.generate_interactions(model, 1000000) FROM models',
	'attribute, in OpenBLAS' => 'synrec.attribute_identifiability(synrec.filter_histories(data, 1, 200), data) FROM sets',
	'membership' => 'synrec.membership_identifiability(data, synrec.generate_interactions(model, 600000)) FROM sets, models',
	'the aggregate' => 'synrec.interactions(user_id * n, item_id) FROM ratings, generate_series(1, 20) AS n',
	'merge' => 'synrec.merge(synrec.generate_interactions(model, 20000, n, n * 20000)) FROM models, generate_series(1, 50) AS n',
	'a text form' => 'length((data || synrec.generate_interactions(model, 500000))::text) FROM sets, models');
for my $name (sort keys %hungry)
{
	like($poor->try('SET search_path = public, synrec', "SELECT $hungry{$name}", 'SELECT 1'), qr/^ERROR:  53200: out of memory\n.*^1\z/sm, "no memory: $name fails cleanly");
}
is($poor->sql('SELECT count(DISTINCT g.user_id) FROM models, synrec.generate(model, 100) AS g'), '100', 'what needs little works');
unlike($poor->log, qr/PANIC|terminated by|exited with exit code [^1]/, 'no backend fell');
done_testing();
