//go:build !(linux || darwin || freebsd)

package doctor

import (
	"errors"
	"os"
)

func diskOf(string) (disk, error) {
	return disk{}, errors.New("not on this operating system")
}

func writable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 != 0
}
