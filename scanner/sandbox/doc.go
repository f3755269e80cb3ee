// Package sandbox runs the parsers in worker processes: children of this very
// program, started with a command line of the caller's, that hold no credential,
// no network and no file, and whose memory is limited. A parser that dies takes
// its process along and nothing else.
//
// Pool is the Runner in the scanning process, Main the whole life of a worker.
// The two speak frames over the worker's standard input and output:
//
//	pool to worker                         worker to pool
//	job      what to examine, first bytes  hello    protocol and what it would find
//	data     the bytes asked for           read     offset and length
//	failed   no bytes: the read failed     result   of a job
//	cancel   the result is not wanted      beat     jobs that have run for long
//	release  the result was let go of       heads    it sees the shared memory
//
// On Linux the first bytes of an object lie in memory that the pool writes and the
// worker may only read; elsewhere, and where there is no room, they follow in the
// pipe.
//
// Many jobs are under way in one worker at the same time, most of them waiting
// for reads. Personal values are in these pipes and in memory, nowhere else.
//
// When a worker dies, each of its jobs is tried once more, alone in a worker. The
// one that kills that too is reported failed: crashed, or limit.time if it had to
// be stopped. The others are none the worse.
package sandbox
