package delta

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
)

var errFewLevels = errors.New("a page has fewer levels than it says")

// checkLevels goes through the pages of a column and refuses one that has fewer levels than it says: Arrow's batch
// reader, which reads checkpoints and timestamps of 96 bits, would look for the missing ones for ever. Levels are
// runs of equal values and of packed ones (Parquet's encoding RLE).
func checkLevels(g *file.RowGroupReader, column int) error {
	pages, err := g.GetColumnPageReader(column)
	if err != nil {
		return err
	}
	c := g.MetaData().Schema.Column(column)
	for pages.Next() {
		n := int(pages.Page().NumValues())
		if n < 0 {
			return errFewLevels
		}
		switch p := pages.Page().(type) {
		case *file.DataPageV1:
			rest, err := skipLevels(p.Data(), p.RepetitionLevelEncoding(), c.MaxRepetitionLevel(), n)
			if err == nil {
				_, err = skipLevels(rest, p.DefinitionLevelEncoding(), c.MaxDefinitionLevel(), n)
			}
			if err != nil {
				return err
			}
		case *file.DataPageV2:
			repetition, definition := int(p.RepetitionLevelByteLen()), int(p.DefinitionLevelByteLen())
			if repetition < 0 || definition < 0 || repetition+definition > len(p.Data()) {
				return errFewLevels
			}
			levels := p.Data()[:repetition+definition]
			if !holdsLevels(levels[:repetition], c.MaxRepetitionLevel(), n) || !holdsLevels(levels[repetition:], c.MaxDefinitionLevel(), n) {
				return errFewLevels
			}
		}
	}
	return pages.Err()
}

// skipLevels returns what comes after the levels at the beginning of a page of version 1.
func skipLevels(data []byte, encoding parquet.Encoding, most int16, n int) ([]byte, error) {
	switch {
	case most == 0:
		return data, nil
	case encoding == parquet.Encodings.BitPacked:
		size := (n*levelBits(most) + 7) / 8
		if size > len(data) {
			return nil, errFewLevels
		}
		return data[size:], nil
	case encoding != parquet.Encodings.RLE:
		return nil, fmt.Errorf("levels in encoding %s", encoding)
	case len(data) < 4:
		return nil, errFewLevels
	}
	size := int64(binary.LittleEndian.Uint32(data))
	if size > int64(len(data)-4) || !holdsLevels(data[4:4+size], most, n) {
		return nil, errFewLevels
	}
	return data[4+size:], nil
}

func levelBits(most int16) int { return bits.Len16(uint16(most)) }

// holdsLevels reports whether runs hold n levels or more.
func holdsLevels(runs []byte, most int16, n int) bool {
	width := levelBits(most)
	for width > 0 && n > 0 {
		header, size := binary.Uvarint(runs)
		packed := header&1 == 1
		// Arrow's limits, beyond which it reads no further.
		limit := uint64(1<<31 - 1)
		if packed {
			limit /= 8
		}
		if size <= 0 || size > 5 || header>>1 == 0 || header>>1 > limit {
			return false
		}
		runs = runs[size:]
		values, bytes := int(header>>1), (width+7)/8
		if packed {
			values, bytes = values*8, values*width
			if bytes > len(runs) {
				values, bytes = len(runs)*8/width, len(runs)
			}
		}
		if bytes > len(runs) {
			return false
		}
		runs, n = runs[bytes:], n-values
	}
	return true
}
