#!/usr/bin/perl
# The statements and the properties on a server that was built with assertions
# (make cassert); skipped on any other.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Cluster;
use Test::More;

my $config = $ENV{PG_CONFIG} // 'pg_config';
plan skip_all => 'the server has no assertions: see make cassert' unless `$config --configure` =~ /--enable-cassert/;

my $cluster = Cluster->new;
$cluster->start;
is($cluster->sql('SHOW debug_assertions'), 'on', 'the server checks its assertions');
@ENV{qw(PGHOST PGPORT PGUSER PGDATABASE)} = ($cluster->{folder}, 5432, 'postgres', 'postgres');
is(system("make -s installcheck PG_CONFIG=$config >build/assertions.log 2>&1"), 0, 'statements and their outputs') or diag(`cat build/regress/regression.diffs build/assertions.log`);
$cluster->sql('CREATE DATABASE properties');
SKIP:
{
	skip 'pgTAP is not there', 1 unless $cluster->sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'});
	system('psql', qw(-qX -d properties -c), 'CREATE EXTENSION pgtap', '-c', 'CREATE EXTENSION synrec');
	is(system('pg_prove -d properties test/pgtap/plans.sql test/pgtap/ways.sql test/pgtap/streaming.sql test/pgtap/measures.sql >build/assertions.log 2>&1'), 0, 'properties')
		or diag(`cat build/assertions.log`);
}
unlike($cluster->log, qr/TRAP:|terminated by signal/, 'no assertion failed');
done_testing();
