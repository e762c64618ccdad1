# Cluster.pm: PostgreSQL clusters of a test, in temporary folders.
#
# They listen to nothing but a socket in their folder, so any number of them
# can run beside others.  The server refuses to be root: for root it runs as the
# user postgres.  When the test ends, they are stopped and removed.
package Cluster;
use strict;
use warnings;
use Cwd;
use File::Temp;
use Time::HiRes qw(sleep);

my @clusters;
my @folders;
$SIG{INT} = $SIG{TERM} = sub { exit 1 };    # by way of END
my $bin = `${\($ENV{PG_CONFIG} // 'pg_config')} --bindir`;
chomp $bin;

# Runs a command as the user that the server runs as; dies unless it succeeds.
sub as_server
{
	my @command = @_;
	unshift @command, 'runuser', '-u', 'postgres', '--' if $> == 0;
	my $here = getcwd();
	chdir '/' or die $!;    # that user may not be able to enter where we are
	my $status = system(@command);
	chdir $here or die $!;
	die "@command failed" if $status;
}

# A new temporary folder of the user that the server runs as.
sub folder
{
	my $folder = File::Temp::tempdir("synrec_test_XXXXXX", TMPDIR => 1);
	push @folders, $folder;
	if ($> == 0)
	{
		my (undef, undef, $uid, $gid) = getpwnam('postgres') or die 'no user postgres';
		chown $uid, $gid, $folder;
	}
	return $folder;
}

# A new cluster, with these lines in its configuration, that is not yet started.
sub new
{
	my ($class, @settings) = @_;
	my $self = bless { folder => folder() }, $class;
	push @clusters, $self;
	as_server('sh', '-c', "$bin/initdb -N -A trust -U postgres --encoding=UTF8 --locale=C.UTF-8 -D " . $self->data . ' >/dev/null');
	$self->configure('max_wal_senders = 5', 'wal_level = logical', @settings);
	return $self;
}

# A standby of a running cluster, by pg_basebackup, that is not yet started.
sub standby
{
	my ($class, $primary, @settings) = @_;
	my $self = bless { folder => folder() }, $class;
	push @clusters, $self;
	as_server("$bin/pg_basebackup", '-h', $primary->{folder}, '-U', 'postgres', '-R', '-c', 'fast', '-D', $self->data);
	$self->configure(@settings);
	return $self;
}

sub data { return "$_[0]{folder}/data"; }

sub log { open(my $in, '<', "$_[0]{folder}/log") or return ''; local $/; return scalar <$in>; }

# The address space of the running server's first process, in kilobytes.
sub size
{
	my ($self) = @_;
	open(my $in, '<', $self->data . '/postmaster.pid') or die $!;
	my $pid = <$in> + 0;
	open(my $status, '<', "/proc/$pid/status") or die $!;
	my ($size) = join('', <$status>) =~ /^VmSize:\s+(\d+) kB/m;
	return $size;
}

sub configure
{
	my ($self, @settings) = @_;
	open(my $out, '>>', $self->data . '/postgresql.conf') or die $!;
	print $out "$_\n" for "listen_addresses = ''", "unix_socket_directories = '$self->{folder}'", 'fsync = off', @settings;
	close($out);
}

# Starts the server; "before" is shell, such as a ulimit.
sub start
{
	my ($self, $before) = @_;
	as_server('sh', '-c', ($before // ':') . "; exec $bin/pg_ctl start -s -w -D " . $self->data . " -l $self->{folder}/log");
}

sub stop
{
	my ($self, $mode) = @_;
	as_server("$bin/pg_ctl", 'stop', '-s', '-w', '-m', $mode // 'fast', '-D', $self->data) if -e $self->data . '/postmaster.pid';
}

# How psql is called for this cluster.
sub psql
{
	my ($self, $database) = @_;
	return ('psql', '-qXAt', '-v', 'VERBOSITY=verbose', '-h', $self->{folder}, '-p', '5432', '-U', 'postgres', '-d', $database // 'postgres');
}

# Starts statements in a session of their own; gives back a handle to close.
sub begin
{
	my ($self, @statements) = @_;
	my $pid = open(my $out, '-|') // die $!;
	if ($pid == 0)
	{
		open(STDERR, '>&', \*STDOUT);
		{ exec $self->psql, map { ('-c', $_) } @statements; }
		kill 'KILL', $$;    # not by way of END
	}
	return $out;
}

# What the statements print, errors included.  They run in one session, one after the other.
sub try
{
	my ($self, @statements) = @_;
	my $out = $self->begin(@statements);
	my $printed = do { local $/; <$out> } // '';
	close($out);
	chomp $printed;
	return $printed;
}

# Likewise, but the test ends when there is an error.
sub sql
{
	my ($self, @statements) = @_;
	my $printed = $self->try(@statements);
	die "@statements:\n$printed" if $printed =~ /^(ERROR|FATAL|PANIC|psql:)/m;
	return $printed;
}

# Waits until the query gives t; tells whether it did within a minute.
sub wait_for
{
	my ($self, $query) = @_;
	for (1 .. 1200)
	{
		return 1 if $self->try($query) eq 't';
		sleep 0.05;
	}
	return 0;
}

END
{
	my $status = $?;
	eval { $_->stop('immediate') } for reverse @clusters;
	system('rm', '-rf', @folders) if @folders;
	$? = $status;
}

1;
