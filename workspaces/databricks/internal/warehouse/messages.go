package warehouse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// messages implements [ipc.MessageReader] over a stream that is in memory, without a copy. A length that the stream does not have is an
// error; Arrow's own reader would make room for it first.
type messages struct {
	rest []byte
	last *ipc.Message
}

// continued begins each message; what follows is the length of what describes it, and then that of its values.
const continued = 0xFFFFFFFF

var errShort = errors.New("the stream ends within a message")

// take cuts a number of bytes off the stream.
func (m *messages) take(n int64) (*memory.Buffer, error) {
	if n < 0 || n > int64(len(m.rest)) {
		return nil, errShort
	}
	b := m.rest[:n:n]
	m.rest = m.rest[n:]
	return memory.NewBufferBytes(b), nil
}

// Message returns the next message, which is good until the one after it; io.EOF when there is none.
func (m *messages) Message() (_ *ipc.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("what describes a message cannot be read: %v", p)
		}
	}()
	if len(m.rest) == 0 {
		return nil, io.EOF
	}
	head, err := m.take(8)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head.Bytes()) != continued {
		return nil, errors.New("it is no Arrow stream")
	}
	length := binary.LittleEndian.Uint32(head.Bytes()[4:])
	if length == 0 {
		return nil, io.EOF
	}
	about, err := m.take(int64(length))
	if err != nil {
		return nil, err
	}
	values, err := m.take(ipc.NewMessage(about, memory.NewBufferBytes(nil)).BodyLen())
	if err != nil {
		return nil, err
	}
	m.Release()
	m.last = ipc.NewMessage(about, values)
	return m.last, nil
}

// Retain implements [ipc.MessageReader]: there is one user.
func (m *messages) Retain() {}

// Release implements [ipc.MessageReader].
func (m *messages) Release() {
	if m.last != nil {
		m.last.Release()
		m.last = nil
	}
}
