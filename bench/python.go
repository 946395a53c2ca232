package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed requirements-*.txt python/*.py
var pythonFiles embed.FS

// python is an interpreter with pinned packages, in a folder of the user's cache that is named after them.
type python struct {
	binary, scripts string
	pins            string // as text
}

// newPython installs the packages of a requirements file unless they are there, and puts the scripts among the programs of this run. Without
// a Python it says so.
func newPython(ctx context.Context, name, programs string) (p python, missing string, err error) {
	pins, err := pythonFiles.ReadFile("requirements-" + name + ".txt")
	if err != nil {
		return p, "", err
	}
	system, version := findPython(ctx)
	if system == "" {
		return p, "no Python 3.11 or newer with venv is on the path", nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return p, "", err
	}
	var words []string
	for line := range strings.Lines(string(pins)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			words = append(words, line)
		}
	}
	p.pins = strings.Join(words, ", ")
	sum := sha256.Sum256([]byte(p.pins + version))
	venv := filepath.Join(cache, "featops-bench", fmt.Sprintf("%s-%x", name, sum[:8]))
	p.binary, p.scripts = filepath.Join(venv, "bin", "python"), filepath.Join(programs, name)
	complete := filepath.Join(venv, "complete")
	if _, err := os.Stat(complete); errors.Is(err, fs.ErrNotExist) {
		fmt.Printf("%-8s installing %s in %s\n", name, p.pins, venv)
		if err := os.RemoveAll(venv); err != nil {
			return p, "", err
		}
		for _, command := range [][]string{
			{system, "-m", "venv", venv},
			append([]string{p.binary, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"}, words...),
		} {
			if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
				return p, fmt.Sprintf("its packages could not be installed: %v: %s", err, tail(out)), ctx.Err()
			}
		}
		if err := os.WriteFile(complete, nil, 0o644); err != nil {
			return p, "", err
		}
	}
	scripts, err := fs.Sub(pythonFiles, "python")
	if err == nil {
		err = os.CopyFS(p.scripts, scripts)
	}
	return p, "", err
}

func findPython(ctx context.Context) (path, version string) {
	for _, name := range []string{"python3", "python3.13", "python3.12", "python3.11"} {
		out, err := exec.CommandContext(ctx, name, "-c", "import sys, venv; print(sys.version); sys.exit(sys.version_info < (3, 11))").Output()
		if err == nil {
			return name, string(out)
		}
	}
	return "", ""
}

// command runs a script on a task.
func (p python) command(ctx context.Context, script string, t task) (*exec.Cmd, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, p.binary, filepath.Join(p.scripts, script), string(text)), nil
}
