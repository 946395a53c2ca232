package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// list is a flag of several words, separated by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	*l = strings.Split(text, ",")
	return nil
}

// runs says how often contestants run: every one so often, but for those with a number of their own.
type runs struct {
	every int
	own   map[string]int
}

func (r *runs) String() string {
	words := []string{strconv.Itoa(r.every)}
	for name, n := range r.own {
		words = append(words, fmt.Sprintf("%s=%d", name, n))
	}
	slices.Sort(words[1:])
	return strings.Join(words, ",")
}

func (r *runs) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		name, number, own := strings.Cut(word, "=")
		if !own {
			name, number = "", word
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return fmt.Errorf("%q: allowed is a number from 1 on, alone or as NAME=NUMBER", word)
		}
		if !own {
			r.every = n
			continue
		}
		if r.own == nil {
			r.own = map[string]int{}
		}
		r.own[name] = n
	}
	return nil
}

func (r *runs) of(contestant string) int {
	if n, ok := r.own[contestant]; ok {
		return n
	}
	return r.every
}

// most is how often who runs most does.
func (r *runs) most(all []contestant) int {
	n := 0
	for _, c := range all {
		n = max(n, r.of(c.name()))
	}
	return n
}
