#!/usr/bin/perl
# Runs the shell script of docs/etl.md: it publishes and ends with 0 when the
# limit holds, and ends with another status and publishes nothing when not.
use strict;
use warnings;
use Test::More tests => 6;

open(my $in, '<', 'docs/etl.md') or die $!;
my ($script) = join('', <$in>) =~ /^```sh\n(.*?)^```/ms;
close($in);
ok(defined $script, 'docs/etl.md has a shell script');
open(my $out, '>', 'build/release.sh') or die $!;
print $out $script;
close($out);

my $database = 'synrec_etl';
system('createdb', $database) == 0 or die 'createdb failed';
$ENV{PGDATABASE} = $database;
sub sql { my $r = `psql -qXAt -v ON_ERROR_STOP=1 -c "$_[0]"`; chomp $r; return $r; }
sql('CREATE EXTENSION synrec');
sql('CREATE TABLE ratings AS SELECT user_id, item_id FROM synrec.rows(synrec.simulate(users => 2000, items => 500))');

$ENV{MAX_LIFT} = '0.1';
my $printed = `sh build/release.sh 2>&1`;
isnt($? >> 8, 0, 'a limit that is broken stops the script');
like($printed, qr/release refused: membership lift/, 'and says which limit');
is(sql("SELECT to_regclass('ratings_public') IS NULL"), 't', 'and leaves nothing behind');

$ENV{MAX_LIFT} = '100';
system('sh build/release.sh >/dev/null 2>&1');
is($? >> 8, 0, 'a limit that holds lets it pass');
is(sql('SELECT count(DISTINCT user_id) FROM ratings_public'), '2000', 'and the copy is there');
