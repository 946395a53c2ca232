package plain

import (
	"bufio"
	"io"
	"sync"

	"github.com/muesli/cancelreader"
)

// longest is how long a line may be, in bytes; a longer one ends the input.
const longest = 64 << 10

// read reads lines in a goroutine until the input ends, and then closes the channel. stop ends it before that and waits for
// it, unless the input is one whose reads cannot be taken back: then it ends with the next line.
func read(in io.Reader) (lines <-chan string, stop func()) {
	out, stopped := make(chan string), make(chan struct{})
	reader, err := cancelreader.NewReader(in)
	if err != nil { // files that are always ready, which never keep a read waiting
		reader, _ = cancelreader.NewReader(struct{ io.Reader }{in})
	}
	var running sync.WaitGroup
	running.Go(func() {
		defer close(out)
		s := bufio.NewScanner(reader)
		s.Buffer(nil, longest)
		for s.Scan() {
			select {
			case out <- s.Text():
			case <-stopped:
				return
			}
		}
	})
	return out, func() {
		close(stopped)
		if reader.Cancel() {
			running.Wait()
		}
		reader.Close()
	}
}
