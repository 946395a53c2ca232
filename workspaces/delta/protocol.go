package delta

import (
	"fmt"
	"slices"
	"strings"
)

// Protocol says what a reader and a writer must be able to do (section Protocol Evolution).
type Protocol struct {
	MinReaderVersion int      `json:"minReaderVersion"`
	MinWriterVersion int      `json:"minWriterVersion"`
	ReaderFeatures   []string `json:"readerFeatures,omitempty"`
	WriterFeatures   []string `json:"writerFeatures,omitempty"`
}

// ours is the protocol of the tables that this package creates.
var ours = Protocol{MinReaderVersion: 1, MinWriterVersion: 2}

// columnMappingMode is the table property that turns column mapping on.
const columnMappingMode = "delta.columnMapping.mode"

// unreadable names the features of a table that keep it from being read, or returns "".
func unreadable(p Protocol, configuration map[string]string) string {
	if p.MinReaderVersion > 3 {
		return fmt.Sprintf("reader version %d (up to 3 is known)", p.MinReaderVersion)
	}
	if len(p.ReaderFeatures) > 0 && p.MinReaderVersion < 3 || len(p.WriterFeatures) > 0 && p.MinWriterVersion < 7 {
		// Lists of features came with these versions, so nobody can tell whether the list or the version is meant.
		return fmt.Sprintf("%s (listed under reader version %d and writer version %d)",
			strings.Join(append(slices.Clone(p.ReaderFeatures), p.WriterFeatures...), ", "), p.MinReaderVersion, p.MinWriterVersion)
	}
	if p.MinReaderVersion == 3 {
		// That one binds only those who vacuum.
		if features := unknown(p.ReaderFeatures, "vacuumProtocolCheck"); features != "" {
			return features
		}
	}
	if mode := configuration[columnMappingMode]; p.MinReaderVersion >= 2 && mode != "" && mode != "none" {
		return "columnMapping (mode " + mode + ")"
	}
	return ""
}

// unknown lists the features that are not among the known ones, separated by commas.
func unknown(features []string, known ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(features), func(f string) bool { return slices.Contains(known, f) }), ", ")
}

// legacyFeatures is what each writer version before 7 brought, by the protocol's table of feature
// names; a table of version n may use all of those up to n.
var legacyFeatures = [...]string{
	2: "appendOnly, invariants",
	3: "checkConstraints",
	4: "changeDataFeed, generatedColumns",
	5: "columnMapping",
	6: "identityColumns",
}

// unwritable names the features of a table that keep it from being written, or returns "".
func unwritable(p Protocol) string {
	switch v := p.MinWriterVersion; {
	case v <= 2:
		return ""
	case v <= 6:
		return fmt.Sprintf("%s (writer version %d)", strings.Join(legacyFeatures[3:v+1], ", "), v)
	case v > 7:
		return fmt.Sprintf("writer version %d (up to 7 is known)", v)
	}
	return unknown(p.WriterFeatures, "appendOnly", "invariants")
}
