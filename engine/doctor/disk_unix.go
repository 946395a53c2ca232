//go:build linux || darwin || freebsd

package doctor

import "golang.org/x/sys/unix"

// withoutLinks are file systems of Linux that have no hard links, by the numbers that statfs(2) gives them.
var withoutLinks = map[uint32]string{0x4d44: "FAT", 0x2011bab0: "exFAT"}

func diskOf(dir string) (disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return disk{}, err
	}
	name, noLinks := withoutLinks[uint32(s.Type)]
	return disk{free: uint64(s.Bavail) * uint64(s.Bsize), name: name, noLinks: noLinks}, nil
}

func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }
