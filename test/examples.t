#!/usr/bin/perl
# Runs the examples of the documents: every ```sql block, file by file, each
# file in a database of its own.  Where a ```text block follows at once, the
# statements must print just that; decimals may differ by 2 %, since BLAS and
# the C library round differently on other processors.
use strict;
use warnings;
use Test::More;

# Tells whether two outputs agree word by word.
sub agree
{
	my @words = map { [grep { !/^[-+]+$/ } split /[\s|]+/, $_] } @_;
	return 0 if @{$words[0]} != @{$words[1]};
	for my $i (0 .. $#{$words[0]})
	{
		my ($got, $want) = ($words[0][$i], $words[1][$i]);
		next if $got eq $want;
		return 0 unless $got =~ /^-?\d+\.\d+$/ && $want =~ /^-?\d+\.\d+$/;
		return 0 if abs($got - $want) > 0.02 * abs($want) + 0.0005;
	}
	return 1;
}

my @files = @ARGV ? @ARGV : ('README.md', sort glob('docs/*.md'));

for my $file (@files)
{
	open(my $in, '<', $file) or die "$file: $!";
	my @blocks;                 # [line, sql, expected output or undef]
	my ($kind, $text, $line, $gap) = ('', '', 0, 0);
	while (<$in>)
	{
		if (/^```(\w*)/)
		{
			if ($kind ne '')    # a block ends
			{
				push @blocks, [$line, $text, undef] if $kind eq 'sql';
				$blocks[-1][2] = $text if $kind eq 'text' && $gap == 1;
				$gap = $kind eq 'sql' ? 1 : 0;
				$kind = '';
			}
			else
			{
				($kind, $text, $line) = ($1 || 'other', '', $.);
			}
		}
		elsif ($kind ne '') { $text .= $_; }
		elsif (/\S/)        { $gap = 0; }
	}
	close($in);
	next unless @blocks;

	(my $database = "synrec_$file") =~ s/\W/_/g;
	system('createdb', $database) == 0 or die "createdb failed";
	open(my $script, '>', "build/$database.sql") or die $!;
	print $script "\\echo \@\@$_->[0]\n$_->[1]\n" for @blocks;
	close($script);
	my $output = `psql -qX -v ON_ERROR_STOP=1 -d $database -f build/$database.sql 2>&1`;
	my $status = $?;
	my %printed = $output =~ /^\@\@(\d+)\n(.*?)(?=^\@\@|\z)/gms;

	for my $block (@blocks)
	{
		my ($at, undef, $expected) = @$block;
		my $name = "$file, example at line $at";
		if (!exists $printed{$at} || ($printed{$at} =~ /^psql:\S+ ERROR/m))
		{
			fail($name);
			diag($printed{$at} // 'not reached');
		}
		elsif (defined $expected)
		{
			ok(agree($printed{$at}, $expected), $name)
				or diag("printed:\n$printed{$at}\nin the document:\n$expected");
		}
		else { pass($name); }
	}
	is($status, 0, "$file runs through");
}
done_testing();
