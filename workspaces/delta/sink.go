package delta

import "bufio"

// stickySink is the file below Arrow's Parquet writer. That drops some of the errors of the
// sink below it (those of row groups and of the footer), so the first one is kept here.
type stickySink struct {
	out *bufio.Writer
	n   int64
	err error
}

func (s *stickySink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.out.Write(p)
	s.n, s.err = s.n+int64(n), err
	return n, err
}
