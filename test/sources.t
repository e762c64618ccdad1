#!/usr/bin/perl
# What must hold of the sources themselves.
use strict;
use warnings;
use JSON::PP;
use Test::More tests => 4;

sub text { open(my $in, '<', $_[0]) or die "$_[0]: $!"; local $/; return scalar <$in>; }

my ($version) = text('synrec.control') =~ /^default_version = '(.*)'/m;
my $meta = decode_json(text('META.json'));
is($meta->{version}, $version, 'META.json has the version of synrec.control');
is($meta->{provides}{synrec}{version}, $version, 'and says so of the extension');
my ($newest) = text('CHANGELOG.md') =~ /^## (\S+)/m;
is($newest, $version, 'CHANGELOG.md begins with it');

my @core = split /\n/, `find src/core -name '*.[ch]'`;
my @own = map { s{^src/core/}{}r } @core;
my %own = map { $_ => 1 } @own;
my @foreign;
for my $file (@core)
{
	push @foreign, "$file: $_" for grep { !$own{$_} } text($file) =~ /^#include "(.*)"/mg;
	push @foreign, "$file: $_" for grep { /postgres|pg_|utils/ } text($file) =~ /^#include <(.*)>/mg;
}
is(join("\n", @foreign), '', 'src/core includes its own headers and the system\'s only');
