package tui

import "testing"

func TestTheRunScreen(t *testing.T) {
	opened := func(t *testing.T, w, h int) *console {
		c := open(t, controlled(), w, h)
		c.keys("j", "j", "enter")
		return c
	}
	compare(t, []state{
		{"run_controlled", opened},
		{"run_failed", func(t *testing.T, w, h int) *console {
			c := open(t, broken(), w, h)
			c.keys("tab", "j", "j", "enter")
			return c
		}},
	}, "run_failed", "dark", "contrast")
}
