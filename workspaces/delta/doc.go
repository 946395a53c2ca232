// Package delta reads and writes Delta Lake tables on a local file system.
//
// A Delta table is a directory of Parquet files and a log, _delta_log, of numbered JSON files.
// Each JSON file is one commit: a list of actions, one a line, that add and remove data files or
// set the table's metadata. The table at version N is what remains after the actions of commits
// 0…N have been applied in order. Data files never change, so every version stays readable until
// somebody vacuums its files away.
//
// A commit becomes visible in one step: its actions are written to a temporary file, which is
// then hard-linked to the name of the next version. Linking onto a name that exists fails, so of
// two writers that race for a version exactly one wins; the other reads what the winner did and
// either tries the next version or gives up with a [ConflictError]. A crash at any moment leaves
// at worst files that no commit names, and readers never look at those.
//
// Writing takes two steps. [WriteFiles] turns Arrow records into Parquet files that belong to no
// table; [Table.Create], [Table.Append], [Table.Overwrite] and [Table.Merge] then adopt such files
// in one commit. The first step is the slow one and can run for partitions of the data at once.
//
// Every tenth commit also writes a checkpoint: the state of the table at that version in one Parquet
// file, so that readers need not go through the log from its beginning. It is a shortcut and never
// the only truth: a checkpoint that could not be written is reported in [Commit], one that cannot
// be read is passed over.
//
// What piles up is cleared by two operations that change no row: [Table.Optimize] puts small files
// together, [Table.Vacuum] deletes files that no version of the last days needs. The log is cleared by
// itself: when a checkpoint has been written, the commits go that an older checkpoint stands for and
// that are past the table's delta.logRetentionDuration, 30 days where it is not set.
//
// Tables are written for reader version 1 and writer version 2, without partitions, and are
// readable by Spark, delta-rs, DuckDB and Polars. A table that needs a newer feature is refused
// with an [UnsupportedError] that names the feature. The authority for all of this is the Delta
// transaction log protocol, https://github.com/delta-io/delta/blob/master/PROTOCOL.md; section
// names in comments are that document's.
package delta
