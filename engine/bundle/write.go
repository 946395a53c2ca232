package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Report says what writing a bundle did.
type Report struct {
	Dir       string   `json:"dir"`
	Written   []string `json:"written"`   // new or changed
	Unchanged []string `json:"unchanged"` // as they were
	Removed   []string `json:"removed"`   // of an earlier bundle, and not of this one
}

// ForeignError lists files that are in the way: featops did not make them, or somebody has changed them since. Nothing was
// written.
type ForeignError struct {
	Dir     string
	Foreign []string // not made by featops
	Changed []string // made by featops and changed since
}

func (e *ForeignError) Error() string {
	var parts []string
	if len(e.Foreign) > 0 {
		parts = append(parts, fmt.Sprintf("not made by featops: %s", strings.Join(e.Foreign, ", ")))
	}
	if len(e.Changed) > 0 {
		parts = append(parts, fmt.Sprintf("changed since featops made them: %s", strings.Join(e.Changed, ", ")))
	}
	return fmt.Sprintf("write the bundle to %s: it has files that would be lost, %s; nothing was written: move or delete them, or choose another directory",
		e.Dir, strings.Join(parts, "; "))
}

// Write writes files to a directory, which is made if need be, and removes the files of an earlier bundle that are not among
// them. Other files stay as they are. A file of an earlier bundle is known by its first line, which tells the checksum of the rest.
func Write(dir string, files []File) (Report, error) {
	r := Report{Dir: dir, Written: []string{}, Unchanged: []string{}, Removed: []string{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r, fmt.Errorf("write the bundle: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return r, fmt.Errorf("write the bundle: %w", err)
	}
	defer root.Close()
	stale, err := plan(root, dir, files)
	if err != nil {
		return r, err
	}
	for _, f := range files {
		done := &r.Written
		if old, err := root.ReadFile(f.Name); err == nil && bytes.Equal(old, f.Content) {
			done = &r.Unchanged
		} else if err := replace(root, f); err != nil {
			return r, fmt.Errorf("write the bundle to %s: %w", dir, err)
		}
		*done = append(*done, f.Name)
	}
	for _, name := range stale {
		if err := root.Remove(name); err != nil {
			return r, fmt.Errorf("remove a file of the earlier bundle in %s: %w", dir, err)
		}
		r.Removed = append(r.Removed, name)
		for parent := path.Dir(name); parent != "." && root.Remove(parent) == nil; parent = path.Dir(parent) {
		}
	}
	return r, nil
}

// plan lists the files of an earlier bundle that are not among the new ones. Files in the way are an error.
func plan(root *os.Root, dir string, files []File) (stale []string, err error) {
	blocked := &ForeignError{Dir: dir}
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		isNew := slices.ContainsFunc(files, func(f File) bool { return f.Name == name })
		switch {
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir // what the Databricks CLI and git keep
		case d.IsDir() && !isNew, !isNew && !d.Type().IsRegular():
			return nil
		case !d.Type().IsRegular():
			blocked.Foreign = append(blocked.Foreign, name)
			return nil
		case !isNew && !layout(name):
			return nil
		}
		content, err := root.ReadFile(name)
		if err != nil {
			return err
		}
		switch own, intact := stamped(content); {
		case own && intact && !isNew:
			stale = append(stale, name)
		case own && !intact:
			blocked.Changed = append(blocked.Changed, name)
		case !own && isNew:
			blocked.Foreign = append(blocked.Foreign, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at what is in %s: %w", dir, err)
	}
	if len(blocked.Foreign)+len(blocked.Changed) > 0 {
		return nil, blocked
	}
	return stale, nil
}

// layout reports whether a bundle can have a file of this name.
func layout(name string) bool {
	for _, pattern := range []string{"resources/*.yml", "sql/*/*/*.sql"} {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// replace writes a file whole or not at all.
func replace(root *os.Root, f File) error {
	if err := root.MkdirAll(path.Dir(f.Name), 0o755); err != nil {
		return err
	}
	temporary := path.Join(path.Dir(f.Name), "."+path.Base(f.Name)+".new")
	if err := root.WriteFile(temporary, f.Content, 0o644); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return root.Rename(temporary, f.Name)
}

const mark = "Made by featops bundle, which writes it anew. SHA-256 of the lines below: "

// stamp puts the line before a file by which featops knows it again.
func stamp(name string, content []byte) []byte {
	begin, end := "# ", "\n"
	switch path.Ext(name) {
	case ".sql":
		begin = "-- "
	case ".md":
		begin, end = "<!-- ", " -->\n"
	}
	return append([]byte(begin+mark+checksum(content)+end), content...)
}

// stamped reports whether featops made the file, and whether it is still as it was made.
func stamped(content []byte) (own, intact bool) {
	first, rest, _ := bytes.Cut(content, []byte("\n"))
	_, sum, own := strings.Cut(string(first), mark)
	return own, own && strings.HasPrefix(sum, checksum(rest))
}

// checksum is that of the content. Ends of lines do not count: version control changes them.
func checksum(content []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}
