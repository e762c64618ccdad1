#!/usr/bin/perl
# A cancel is answered within 100 ms, whatever the operation is doing: each one
# is interrupted at several moments spread over its whole length, by
# pg_cancel_backend; and by statement_timeout and by a client that goes away, at
# one moment.  A moment that is answered late is tried again, up to four times
# in all, since other processes may have the processors: code that does not look
# for interrupts is late every time.  An argument picks operations by their names.
use strict;
use warnings;
use DBI;
use DBD::Pg ':async';
use List::Util qw(max min);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $moments = 5;
my $limit = 0.1;
my $tries = 4;
my $longest = 2;    # seconds of an operation that are looked at

my $database = 'synrec_cancel';
system('createdb', $database) == 0 or die 'createdb failed';
sub session
{
	my $session = DBI->connect("dbi:Pg:dbname=$database", $ENV{PGUSER}, $ENV{PGPASSWORD}, {RaiseError => 1, PrintError => 0});
	$session->do('SET client_min_messages = warning');
	return $session;
}
my $control = session();
$control->do('CREATE EXTENSION synrec');
$control->do(q{
	CREATE TABLE sets AS SELECT synrec.simulate(100000, 20000, mean_items => 60, topics => 2, seed => 1) AS data;
	CREATE TABLE many AS SELECT user_id, item_id FROM sets, synrec.rows(data) LIMIT 3000000;
	CREATE TABLE texts AS SELECT md5(user_id::text) AS user_id, 'item ' || item_id AS item_id FROM many LIMIT 1000000;
	CREATE TABLE catalogue AS SELECT synrec.simulate(10000, 3000, mean_items => 20, zipf => 0.1, policy => 'uniform', seed => 1) AS data;
	CREATE TABLE models AS SELECT synrec.fit(data, synrec.unigrams()) AS unigrams, synrec.fit(data, synrec.bigrams()) AS bigrams,
		synrec.fit(data, synrec.clustering(20, starts => 1, rounds => 2)) AS clustering, synrec.fit(data, synrec.cooccurrence(rounds => 1)) AS cooccurrence FROM catalogue;
	CREATE TABLE nets AS SELECT synrec.fit(data, synrec.vae(epochs => 1)) AS vae,
		synrec.fit(data, synrec.time_gan('flow', decoder => 'gru', epochs => 1, sampler_steps => 10)) AS time_gan FROM catalogue;
	CREATE TABLE huge AS SELECT synrec.interactions(n % 138000, n * 7919 % 27011) AS data FROM generate_series(1, 20000000::bigint) AS n;
	CREATE TABLE ordered AS SELECT synrec.sequences(user_id, item_id, item_id, item_id % 5) AS data FROM many;
	CREATE TABLE shop (user_id text, item_id text);
});
$control->do('VACUUM ANALYZE');

# What a cancel can fall into, by two threads and by one.
my @works = (
	['interactions', 'SELECT synrec.interactions(user_id, item_id) IS NULL FROM many'],
	['interactions, text keys', 'SELECT synrec.interactions(user_id, item_id) IS NULL FROM texts'],
	['read', q{SELECT synrec.read('many') IS NULL}],
	['merge', 'SELECT synrec.merge(data) IS NULL FROM (SELECT data FROM sets UNION ALL SELECT synrec.sample_users(data, 50000) FROM sets) AS s'],
	['||', 'SELECT data OPERATOR(synrec.||) data IS NULL FROM sets'],
	['rows', 'SELECT count(*) FROM sets, synrec.rows(data)'],
	['rows, typed', 'SELECT count(*) FROM sets, synrec.rows(NULL::shop, data)'],
	['parts', 'SELECT synrec.sample_users(data, 50000) IS NULL, synrec.split_users(data) IS NULL, synrec.truncate_histories(data, 20) IS NULL, synrec.filter_histories(data, 20, 200) IS NULL FROM sets'],
	['simulate', 'SELECT synrec.simulate(100000, 20000, 20) IS NULL'],
	['fit, unigrams', 'SELECT synrec.fit(data, synrec.unigrams()) IS NULL FROM sets'],
	['fit, bigrams', 'SELECT synrec.fit(data, synrec.bigrams(20)) IS NULL FROM sets'],
	['fit, clustering', 'SELECT synrec.fit(data, synrec.clustering(50, starts => 2, rounds => 5)) IS NULL FROM sets'],
	['fit, many small clusters', 'SELECT synrec.fit(data, synrec.clustering(1000, 200, 1, 1)) IS NULL FROM sets'],
	['fit, clustering of 20 million interactions', 'SELECT synrec.fit(data, synrec.clustering(200, starts => 2, rounds => 1)) IS NULL FROM huge', 12, 15],
	['fit, cooccurrence', 'SELECT synrec.fit(data, synrec.cooccurrence(structured_items => 5000, rounds => 2)) IS NULL FROM sets', 8, 20],
	['fit, private cooccurrence', 'SELECT synrec.fit(data, synrec.cooccurrence(epsilon => 10, delta => 1e-6, structured_items => 3000, rounds => 2)) IS NULL FROM sets', 8, 20],
	['generate, cooccurrence', 'SELECT count(*) FROM models, synrec.generate(cooccurrence, 100000)'],
	['fit, vae', 'SELECT synrec.fit(data, synrec.vae(epochs => 2)) IS NULL FROM catalogue'],
	['fit, vae, long histories', 'SELECT synrec.fit(synrec.sample_users(data, 2000), synrec.vae(epochs => 2)) IS NULL FROM sets'],
	['fit, time_gan', q{SELECT synrec.fit(data, synrec.time_gan(decoder => 'gru', epochs => 1, sampler_steps => 100)) IS NULL FROM catalogue}],
	['fit, identity_gan', 'SELECT synrec.fit(data, synrec.identity_gan(epochs => 1, sampler_steps => 400)) IS NULL FROM catalogue'],
	['fit, identity_gan by a flow', q{SELECT synrec.fit(data, synrec.identity_gan('flow', epochs => 1, sampler_steps => 1000)) IS NULL FROM catalogue}],
	['search_generators', q{SELECT count(*) FROM catalogue, synrec.search_generators(data, 'identity_gan', 2, 1, options => '{"epochs": 1, "sampler_steps": 100}')}],
	['generate, time_gan', 'SELECT count(*) FROM nets, synrec.generate(time_gan, 20000)'],
	['generate', 'SELECT count(*) FROM models, synrec.generate(unigrams, 100000)'],
	['generate, bigrams', 'SELECT count(*) FROM models, synrec.generate(bigrams, 100000)'],
	['generate, vae', 'SELECT count(*) FROM nets, synrec.generate(vae, 100000)'],
	['generate, clustering, typed', 'SELECT count(*) FROM models, synrec.generate(NULL::shop, clustering, 100000)'],
	['generate_interactions', 'SELECT synrec.generate_interactions(unigrams, 200000) IS NULL FROM models'],
	['membership', 'SELECT synrec.membership_identifiability(data, data) FROM sets'],
	['de-anonymization', 'SELECT synrec.deanonymization_identifiability(data, data) FROM sets'],
	['attribute', 'SELECT synrec.attribute_identifiability(data, data) FROM catalogue'],
	['attribute, long histories', q{SELECT synrec.attribute_identifiability(data, data) FROM (SELECT synrec.interactions(u, u * i % 1999) AS data FROM generate_series(1, 200) AS u, generate_series(1, 1500) AS i OFFSET 0) AS s}],
	['evaluate', 'SELECT count(*) FROM catalogue, synrec.evaluate(data, runs => 1)'],
	['evaluate, large catalogue', 'SELECT count(*) FROM sets, synrec.evaluate(data, ARRAY[synrec.top_popular(), synrec.item_knn(300, 10), synrec.svd(64)], runs => 1)'],
	['realism', 'SELECT synrec.realism(data, data) FROM catalogue'],
	['recommend', 'SELECT count(*) FROM sets, synrec.recommend(data, synrec.item_knn(20), 10)'],
	['membership inference', 'SELECT synrec.membership_inference(data, data, data) FROM sets'],
	['closest record', 'SELECT count(*) FROM sets, synrec.closest_record(data, data, data)'],
	['fidelity', 'SELECT count(*) FROM sets, synrec.fidelity(data, data)'],
	['fidelity of sequences with ratings', 'SELECT count(*) FROM ordered, synrec.fidelity(data, data)'],
	['report', q{SELECT synrec.report_json(data, data, data, options => '{"parts": ["privacy", "inference", "shapes"]}') IS NULL FROM catalogue}],
	['input', q{SELECT data::text::synrec.interactions IS NULL FROM (SELECT synrec.sample_users(data, 50000) AS data FROM sets) AS s}],
	['=', 'SELECT data OPERATOR(synrec.=) data FROM sets'],
);
my $chosen = shift // '';
@works = grep { $_->[0] =~ /$chosen/ } @works;

# Runs a statement and has it cancelled after so many seconds; gives back how
# many seconds later it ended, or -1 when it had ended before.
sub cancelled_after
{
	my ($session, $statement, $moment) = @_;
	my ($asked, $ended, $failed);

	$session->do($statement, {pg_async => PG_ASYNC});
	my $start = time;
	while (time - $start < $moment)
	{
		sleep(min(0.005, max(0.0005, $moment - (time - $start))));
		next unless $session->pg_ready;
		$session->pg_result;
		return -1;
	}
	$asked = time;
	$control->selectrow_array('SELECT pg_cancel_backend(?)', undef, $session->{pg_pid});
	$failed = !eval { $session->pg_result; 1 };
	$ended = time;
	die $@ if $failed && $session->state ne '57014';
	return $failed ? $ended - $asked : -1;
}

for my $threads (2, 1)
{
	my $session = session();
	$session->do("SET synrec.threads = $threads");
	# plans without workers: those are cancelled by PostgreSQL itself, one after the other
	$session->do('SET max_parallel_workers_per_gather = 0');
	for my $work (@works)
	{
		my ($name, $statement, $times, $most) = @$work;
		$times //= $moments;
		$most //= $longest;
		next if $threads == 1 && $name !~ /^(simulate|fit|generate|membership|de-anonymization|attribute)$|^fit, (bi|cl|many)/;
		my ($start, $worst, $where) = (time, -1, 0);

		$session->do("SET statement_timeout = ${\($most * 1000)}");
		my $whole = eval { $session->do($statement); 1 };
		my $seconds = time - $start;
		die $@ if !$whole && $session->state ne '57014';
		$session->do('SET statement_timeout = 0');
		for my $n (1 .. $times)
		{
			my $moment = $seconds * ($n - 0.5) / $times;
			my $late;

			for my $try (1 .. $tries)
			{
				my $this = cancelled_after($session, $statement, $moment);
				$late = $this if !defined $late || $this < $late;
				last if $late <= $limit;
			}
			($worst, $where) = ($late, $moment) if $late > $worst;
		}
		ok($worst <= $limit, "$name, $threads thread(s): at most " . sprintf('%.0f ms', 1000 * max($worst, 0)))
			or diag(sprintf('cancelled after %.3f of %.3f s', $where, $seconds));
	}
	$session->disconnect;
}

# statement_timeout, as the server measures it.
{
	my $session = session();
	for my $work (grep { $_->[0] =~ /^(fit, clustering|membership|attribute)$/ } @works)
	{
		my $least = 1000;
		for my $try (1 .. $tries)
		{
			my $start = time;
			$session->do('SET statement_timeout = 150');
			eval { $session->do($work->[1]) };
			is($session->state, '57014', "$work->[0]: statement_timeout") if $try == 1;
			$least = min($least, time - $start - 0.15);
			last if $least <= $limit;
		}
		ok($least <= $limit, sprintf('%s: %.0f ms after the timeout', $work->[0], 1000 * $least));
	}
	$session->disconnect;
}

# A client that is killed: the server notices at the next look at its connection.
for my $work (grep { $_->[0] =~ /^(fit, clustering|membership)$/ } @works)
{
	my $least = 1000;
	for my $try (1 .. $tries)
	{
		my $client = fork();
		if ($client == 0)
		{
			open(STDERR, '>', '/dev/null');
			exec('psql', '-qX', '-d', $database, '-c', "SET application_name = 'closed'", '-c', "SET client_connection_check_interval = '10ms'", '-c', $work->[1]);
		}
		my $there = sub { $control->selectrow_array(q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closed' AND query ~ 'data'}) };
		sleep(0.005) until $there->();
		sleep(0.3);
		die 'not running any more' unless $there->();
		my $start = time;
		kill('KILL', $client);
		sleep(0.002) while $there->() && time - $start < 10;
		$least = min($least, time - $start - 0.01);
		waitpid($client, 0);
		last if $least <= $limit;
	}
	ok($least <= $limit, sprintf('%s: gone %.0f ms after its client', $work->[0], 1000 * $least));
}
$control->disconnect;
done_testing();
