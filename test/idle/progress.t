#!/usr/bin/perl
# The view synrec.progress and the notices: what is shown, to whom, and that
# nothing stays of an operation that has ended, however it ended.
use strict;
use warnings;
use DBI;
use DBD::Pg ':async';
use Test::More;
use Time::HiRes qw(sleep time);

my $database = 'synrec_progress';
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
	CREATE TABLE models AS SELECT synrec.fit(data, synrec.unigrams()) AS model FROM sets;
	CREATE TABLE catalogue AS SELECT synrec.simulate(10000, 3000, mean_items => 20, zipf => 0.1, policy => 'uniform', seed => 1) AS data;
	CREATE ROLE synrec_progress_other LOGIN;
	CREATE ROLE synrec_progress_auditor;
	GRANT pg_read_all_stats TO synrec_progress_auditor;
	GRANT SELECT ON sets TO synrec_progress_other});

sub rows { return $control->selectall_arrayref('SELECT * FROM synrec.progress', {Slice => {}}); }
sub begin { my ($session, $statement) = @_; $session->do($statement, {pg_async => PG_ASYNC}); }
sub finish { my $session = shift; return eval { $session->pg_result; 1 } ? '' : $session->state; }

# Waits for a row that fits, at most 10 s; gives it back.
sub wait_for
{
	my $fits = shift;
	my $start = time;

	while (time - $start < 10)
	{
		for my $row (@{rows()}) { return $row if $fits->($row); }
		sleep(0.002);
	}
	return {};
}
sub none { my $start = time; while (@{rows()} && time - $start < 5) { sleep(0.01); } return @{rows()} == 0; }

my $endless = 'SELECT synrec.membership_identifiability(data, data) FROM sets';
my $session = session();
is(scalar @{rows()}, 0, 'nothing runs, nothing is shown');

begin($session, $endless);
my $row = wait_for(sub { ($_[0]{stage} // '') eq 'membership' && $_[0]{done} > 0 });
is($row->{pid}, $session->{pg_pid}, 'its process');
is($row->{datname}, $database, 'its database');
is($row->{usename}, $ENV{PGUSER} // scalar getpwuid($<), 'its user');
is($row->{operation}, 'membership_identifiability', 'its function');
is($row->{total}, $control->selectrow_array('SELECT (synrec.summary(data)).users FROM sets'), 'how much there is to do');
ok(abs($row->{share} - $row->{done} / $row->{total}) < 1e-9 && $row->{share} > 0 && $row->{share} < 1, 'the share that is done');
ok($control->selectrow_array(q{SELECT elapsed BETWEEN '0' AND now() - started + '1 s' AND remaining > '0' FROM synrec.progress}), 'the time that it took and will take');
my $later = wait_for(sub { $_[0]{done} > $row->{done} });
ok($later->{done} // 0 > $row->{done}, 'it goes on');

sub seen_by
{
	my $role = shift;
	$control->do("SET ROLE $role");
	my $seen = rows()->[0];
	$control->do('RESET ROLE');
	return join(' ', map { defined $seen->{$_} ? $_ : () } qw(pid datid usesysid usename operation stage done total share started elapsed remaining));
}
is(seen_by('synrec_progress_other'), 'pid datid', 'others see that there is something');
like(seen_by('synrec_progress_auditor'), qr/^pid datid usesysid usename operation stage done total share/, 'members of pg_read_all_stats see all of it');

$control->do('SELECT pg_cancel_backend(?)', undef, $session->{pg_pid});
is(finish($session), '57014', 'a cancel');
ok(none(), 'nothing stays of an operation that was cancelled');
$session->do('SELECT 1');

$session->do('SET SESSION AUTHORIZATION synrec_progress_other');
$session->do('RESET SESSION AUTHORIZATION');
begin($session, $endless);
wait_for(sub { 1 });
$control->do('SELECT pg_terminate_backend(?)', undef, $session->{pg_pid});
finish($session);
ok(none(), 'nor of one whose backend was told to go');

# Errors that a block catches: the statement goes on, the operation does not.
$session = session();
begin($session, q{DO $$ BEGIN
	BEGIN PERFORM synrec.fit(data, synrec.clustering(100000000)) FROM sets; EXCEPTION WHEN OTHERS THEN END;
	PERFORM pg_sleep(1); END $$});
sleep(0.7);
ok($control->selectrow_array(q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) && none(), 'nor of one that failed in a block');
is(finish($session), '', 'the block ended well');
# ... and the operation around it goes on.
$session->do(q{CREATE FUNCTION failing() RETURNS TABLE (user_id bigint, item_id bigint) LANGUAGE plpgsql AS $$ BEGIN
	BEGIN PERFORM synrec.fit(data, synrec.clustering(100000000)) FROM sets; EXCEPTION WHEN OTHERS THEN END;
	PERFORM pg_sleep(1); RETURN QUERY VALUES (1::bigint, 2::bigint); END $$});
begin($session, q{SELECT (synrec.summary(synrec.read('SELECT * FROM failing()'))).users});
sleep(0.7);
is(rows()->[0]{operation}, 'read', 'an operation in whose query another one failed');
is(finish($session), '', 'which ends well');
ok(none(), 'and goes');

# Stages of everything that may take long.
for my $work (
	['simulate', 'SELECT synrec.simulate(20000, 20000, 20) IS NULL', 'simulating users'],
	['read', q{SELECT synrec.read('many') IS NULL}, 'collecting rows', 'counting items of users', 'sorting items of users'],
	['interactions', q{SELECT synrec.interactions(user_id, item_id) IS NULL FROM many}, 'counting items of users', 'sorting items of users'],
	['sequences', q{SELECT synrec.sequences(user_id, item_id, item_id) IS NULL FROM many}, 'sorting by time'],
	['interactions_concat', 'SELECT data OPERATOR(synrec.||) data IS NULL FROM sets', 'counting what is merged', 'merging'],
	['fit', 'SELECT synrec.fit(data, synrec.clustering(300, 300, starts => 1, rounds => 2)) IS NULL FROM sets', 'k-means: choosing centres', 'k-means: rounds', 'k-means: merging clusters'],
	['fit', 'SELECT synrec.fit(data, synrec.bigrams(20)) IS NULL FROM sets', 'counting pairs', 'collecting pairs'],
	['generate', 'SELECT count(*) FROM models, synrec.generate(model, 50000)', 'generating users'],
	['generate_interactions', 'SELECT synrec.generate_interactions(model, 50000) IS NULL FROM models', 'generating users'],
	['deanonymization_identifiability', 'SELECT synrec.deanonymization_identifiability(data, data) FROM (SELECT synrec.sample_users(data, 20000) AS data FROM sets) AS s', 'de-anonymization'],
	['attribute_identifiability', 'SELECT synrec.attribute_identifiability(data, data) FROM catalogue', 'counting pairs of items', 'inverting a matrix', 'guessing attributes'],
	['identifiability', 'SELECT count(*) FROM catalogue, synrec.identifiability(data, data, data)', 'membership', 'de-anonymization', 'guessing attributes'],
	['assert_release', 'SELECT synrec.assert_release(data, data, data, max_lift => 100) FROM catalogue', 'membership', 'inverting a matrix'])
{
	my ($operation, $statement, @stages) = @$work;
	my %seen;
	# a stage may be over before it is looked at: look again
	for my $try (1 .. 20)
	{
		begin($session, "SET max_parallel_workers_per_gather = 0; $statement");
		until ($session->pg_ready)
		{
			for (@{rows()}) { $seen{$_->{stage}} = 1 if $_->{operation} eq $operation && defined $_->{stage}; }
		}
		$session->pg_result;
		last unless grep { !$seen{$_} } @stages;
	}
	is(join(', ', grep { $seen{$_} } @stages), join(', ', @stages), "stages of $operation");
}

# A parallel worker is shown like any other process.
$session->do('SET max_parallel_workers_per_gather = 2; SET force_parallel_mode = on');
begin($session, $endless);
$row = wait_for(sub { ($_[0]{stage} // '') eq 'membership' });
isnt($row->{pid}, $session->{pg_pid}, 'a parallel worker');
is($row->{operation}, 'membership_identifiability', 'says what it does');
$control->do('SELECT pg_cancel_backend(?)', undef, $session->{pg_pid});
finish($session);
ok(none(), 'and goes when it is cancelled');

# Notices for psql.
sub printed { return `psql -qXAt -d $database -c "SET statement_timeout = '1500ms'; $_[0]" -c "$endless" 2>&1`; }
my @notices = printed('SET synrec.progress_notices = 200') =~ /^(NOTICE: .*)$/mg;
ok(@notices >= 2 && @notices <= 8, 'a notice every 200 ms') or diag(scalar @notices);
like($notices[-1] // '', qr/^NOTICE:  membership_identifiability: membership, \d+ % done, \d\.\d s so far, about \d+\.\d s left of this stage$/, 'says how far it is');
unlike(printed(q{SET synrec.progress_notices = '1h'}), qr/NOTICE/, 'none sooner than asked for');
unlike(printed('SELECT 1'), qr/NOTICE/, 'none unless asked for');
is($session->selectrow_array('SHOW synrec.progress_notices'), '0', 'off by default');

# A backend that is killed: the server starts anew.
$session = session();
begin($session, $endless);
wait_for(sub { 1 });
kill('KILL', $session->{pg_pid}) or $control->do(q{COPY (SELECT 1) TO PROGRAM 'kill -KILL } . $session->{pg_pid} . q{'});
sleep(0.5);
for my $try (1 .. 100) { last if eval { $control = session(); 1 }; sleep(0.1); }
is(scalar @{rows()}, 0, 'nothing stays of a backend that was killed');
$control->do("DROP OWNED BY synrec_progress_other; DROP ROLE synrec_progress_other, synrec_progress_auditor");
done_testing();
