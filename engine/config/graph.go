package config

import (
	"fmt"
	"slices"
	"strings"
)

// checkGraph reports dependencies on tasks that the job does not have, and cycles, each once and by
// name. list holds the sections of the tasks, in the same order.
func checkGraph(list []*section, tasks []Task) {
	index := make(map[string]int, len(tasks))
	for i, t := range tasks {
		if _, taken := index[t.Key]; !taken {
			index[t.Key] = i
		}
	}
	for i, t := range tasks {
		for _, d := range t.DependsOn {
			if _, ok := index[d]; !ok {
				others := slices.DeleteFunc(labels(tasks, func(t Task) string { return t.Key }), func(k string) bool { return k == t.Key || k == "" })
				list[i].problem("depends_on", fmt.Sprintf("the job has no task %q", d)+choices(d, others))
			}
		}
	}

	const unseen, open, closed = 0, 1, 2
	state := make([]int, len(tasks))
	var path []string // keys of the open tasks, each depending on the next
	var visit func(i int)
	visit = func(i int) {
		state[i] = open
		path = append(path, tasks[i].Key)
		for _, d := range tasks[i].DependsOn {
			next, ok := index[d]
			if !ok {
				continue
			}
			switch state[next] {
			case unseen:
				visit(next)
			case open:
				cycle := append(slices.Clone(path[slices.Index(path, d):]), d)
				list[i].problem("depends_on", "the tasks wait for each other: "+strings.Join(cycle, " → "))
			}
		}
		path = path[:len(path)-1]
		state[i] = closed
	}
	for i := range tasks {
		if state[i] == unseen {
			visit(i)
		}
	}
}
