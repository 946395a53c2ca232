package main

import (
	"fmt"
	"io"

	"featops/workspaces/embedded/ingest"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/spf13/cobra"
)

func (a *app) ingestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ingest TABLE FILE --mapping FILE",
		Short: "Read a source table from CSV or Parquet",
		Long: `Reads a CSV or Parquet file through a mapping and replaces a source table of the embedded workspaces by it. A
cell that does not fit stops the reading, names its place, and leaves the table as it was.`,
		Args: arguments(cobra.ExactArgs(2)),
	}
	mapping := cmd.Flags().String("mapping", "", "mapping `file` (TOML)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *mapping == "" {
			return usageError{errMapping}
		}
		m, err := ingest.ReadMapping(*mapping)
		if err != nil {
			return usageError{err}
		}
		ctx := cmd.Context()
		return a.with(ctx, use{}, func(s *session) error {
			src, err := s.Source(args[0])
			if err != nil {
				return err
			}
			if err := m.Check(src); err != nil {
				return usageError{err}
			}
			open := func() (array.RecordReader, error) {
				return ingest.Open(ctx, m, args[1], src, func(rows, read, total int64) {
					if s.screen != nil && total > 0 {
						s.screen.show(fmt.Sprintf("%s %s %d%%", src.Name, counted(rows, "row"), 100*read/total))
					}
				})
			}
			results, err := s.PutSource(ctx, src, open, func(string, int64) {})
			if err != nil {
				return err
			}
			return a.print(results, func(w io.Writer) { printSources(w, results) })
		})
	}
	return cmd
}
