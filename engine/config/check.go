package config

import (
	"maps"
	"slices"
)

// Known is what other packages know and the configuration refers to.
type Known struct {
	// Tables are the names of the feature tables.
	Tables []string
	// Sources are the names of the source tables, without their database.
	Sources []string
	// Parameter checks a task parameter; nil allows all. Its error says what was found and what
	// is allowed.
	Parameter func(name, value string) error
	// Keys checks the keys of actions and tells what is wrong with them, by action; nil allows all.
	Keys func(keys map[string][]string) map[string]error
}

// Check finds references to feature tables and source tables that do not exist, task parameters that no task
// takes, and keys that the console cannot have. Its error is an [*Error] with all problems.
//
// A task of a Databricks workspace that [registration.tables] maps to tables may build a table of
// another name, or none: its jobs are defined elsewhere.
func (c Config) Check(known Known) error {
	k := checker{Config: c, known: known}
	for _, name := range slices.Sorted(maps.Keys(c.Tables)) {
		key := "tables." + quoteKey(name)
		k.table(key, key, name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		if !slices.Contains(known.Sources, name) {
			key := "sources." + quoteKey(name)
			k.problems = append(k.problems, c.origins[key].problem(key, "there is no source table "+found(name)+choices(name, known.Sources)))
		}
	}
	for _, task := range slices.Sorted(maps.Keys(c.Registration.Tables)) {
		key := "registration.tables." + quoteKey(task)
		for _, name := range c.Registration.Tables[task] {
			k.table(key, key, name)
		}
	}
	for _, w := range c.Workspaces {
		for _, j := range w.Jobs {
			job := "workspace[" + w.Name + "].job[" + j.Name + "]"
			k.parameters(job, j.Parameters)
			for _, t := range j.Tasks {
				task := job + ".task[" + t.Key + "]"
				_, mapped := c.Registration.Tables[t.Key]
				if t.Table != "" && !(mapped && w.Kind == Databricks) {
					k.table(task+".table", task+".key", t.Table)
				}
				k.parameters(task, t.Parameters)
			}
		}
	}
	k.keys()
	return asError(k.problems)
}

type checker struct {
	Config
	known    Known
	problems []Problem
}

// table reports a table that does not exist, at key or, where the file has no such key, at
// fallback.
func (k *checker) table(key, fallback, name string) {
	if slices.Contains(k.known.Tables, name) {
		return
	}
	origin, ok := k.origins[key]
	if !ok || origin == (Origin{}) {
		origin = k.origins[fallback]
	}
	k.problems = append(k.problems, origin.problem(key, "there is no feature table "+found(name)+choices(name, k.known.Tables)))
}

func (k *checker) keys() {
	if k.known.Keys == nil {
		return
	}
	problems := k.known.Keys(k.Console.Keys)
	for _, action := range slices.Sorted(maps.Keys(problems)) {
		key := "console.keys." + quoteKey(action)
		k.problems = append(k.problems, k.origins[key].problem(key, problems[action].Error()))
	}
}

func (k *checker) parameters(owner string, parameters map[string]string) {
	if k.known.Parameter == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if err := k.known.Parameter(name, parameters[name]); err != nil {
			key := owner + ".parameters." + quoteKey(name)
			k.problems = append(k.problems, k.origins[key].problem(key, err.Error()))
		}
	}
}
