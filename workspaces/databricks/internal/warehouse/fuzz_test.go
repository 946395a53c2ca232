package warehouse

import (
	"bytes"
	"errors"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// streams are five rows, in two records, as a warehouse may write them.
func streams(t testing.TB) (out [][]byte) {
	layout := arrow.NewSchema([]arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "x", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}, {Name: "t", Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, layout)
	for i := range int64(5) {
		b.Field(0).(*array.Int64Builder).Append(i)
		b.Field(1).(*array.StringBuilder).Append("año")
		b.Field(2).AppendNull()
		b.Field(3).(*array.TimestampBuilder).Append(arrow.Timestamp(i))
	}
	record := b.NewRecord()
	for _, option := range [][]ipc.Option{nil, {ipc.WithLZ4()}, {ipc.WithZstd()}} {
		var stream bytes.Buffer
		w := ipc.NewWriter(&stream, append(option, ipc.WithSchema(layout))...)
		if err := errors.Join(w.Write(record.NewSlice(0, 2)), w.Write(record.NewSlice(2, 5)), w.Close()); err != nil {
			t.Fatal(err)
		}
		out = append(out, stream.Bytes())
	}
	return out
}

// A stream is whole or an error, wherever it is cut.
func TestAStreamThatIsCutIsNoStream(t *testing.T) {
	for _, stream := range streams(t) {
		for n := range len(stream) + 1 {
			records, err := decode(stream[:n], 5)
			if whole := n == len(stream) || n == len(stream)-8; (err == nil) != whole { // what marks the end may be missing
				t.Errorf("%d bytes of %d: %v", n, len(stream), err)
			}
			if err != nil && records != nil {
				t.Errorf("%d bytes of %d: records beside the error %v", n, len(stream), err)
			}
			release(records)
		}
	}
}

// Whatever storage gives, messages are within it, and it ends.
func FuzzMessages(f *testing.F) {
	for _, stream := range streams(f) {
		f.Add(stream)
		f.Add(stream[:len(stream)-16])
	}
	f.Add([]byte("<html>Sign in</html>"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		m := &messages{rest: stream}
		for range len(stream) + 1 {
			message, err := m.Message()
			if err != nil {
				return
			}
			if message.BodyLen() < 0 || message.BodyLen() > int64(len(stream)) {
				t.Fatalf("a message of %d bytes in a stream of %d", message.BodyLen(), len(stream))
			}
		}
		t.Error("it does not end")
	})
}
