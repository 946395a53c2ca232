// Package bundle writes a Databricks Asset Bundle: the jobs of the configuration as jobs of Databricks, whose tasks build the
// feature tables by SQL files on a serverless SQL warehouse, in every environment of every workspace.
//
// A target of the bundle is an environment of a workspace. What is deployed to the environments of a workspace is written once, and
// they differ in the values of variables only. A SQL file holds flat statements that are run one after the other in
// one session; what depends on a parameter or on the state of the table is put into a variable and run from there, since
// not every place that runs SQL files keeps a BEGIN … END block together.
//
// A task cannot ask a question. What featops would ask before, such as the loss of a column, ends the task with an error that names
// the command that asks.
package bundle

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"featops/engine"
	"featops/engine/config"
)

// File is a file of the bundle.
type File struct {
	Name    string // its path in the bundle, with slashes
	Content []byte // with the line that marks it as made by featops
}

// Files makes the files of the bundle for a configuration, in the order of their names. The same configuration gives the same
// bytes. The environment in use makes no difference: the bundle has all of them.
func Files(p engine.Plan) ([]File, error) {
	b := builder{Plan: p}
	b.add("databricks.yml", b.root())
	for _, w := range p.Config.Workspaces {
		if len(w.Jobs) > 0 {
			b.add("resources/"+w.Name+".yml", b.resources(w))
		}
	}
	b.text("README.md", "readme.md.tmpl", b.targets())
	if err := errors.Join(b.problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(b.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return b.files, nil
}

// builder makes the files and collects what keeps it from that.
type builder struct {
	engine.Plan
	files    []File
	problems []error
}

func (b *builder) problem(format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf(format, args...))
}

// add adds a YAML file.
func (b *builder) add(name string, content any) {
	text, err := encode(content)
	if err != nil {
		b.problem("write %s: %w", name, err)
		return
	}
	b.files = append(b.files, File{Name: name, Content: stamp(name, text)})
}

// text adds a file that a template writes.
func (b *builder) text(name, template string, data any) {
	text, err := execute(template, data)
	if err != nil {
		b.problem("write %s: %w", name, err)
		return
	}
	b.files = append(b.files, File{Name: name, Content: stamp(name, text)})
}

// target is an environment of a workspace.
type target struct {
	Name        string
	Environment string
	Database    string
	Workspace   config.Workspace
}

// targets lists the environments of all workspaces that have jobs.
func (b *builder) targets() []target {
	var out []target
	for _, env := range config.EnvironmentNames() {
		for _, w := range b.Config.Workspaces {
			if len(w.Jobs) > 0 {
				out = append(out, target{
					Name: targetName(env, w), Environment: env, Database: b.Config.Environments[env].Database, Workspace: w,
				})
			}
		}
	}
	return out
}

func targetName(env string, w config.Workspace) string { return env + "_" + w.Target }

var notInKey = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// key is what a name is called where only letters, digits and _ may stand.
func key(name string) string { return notInKey.ReplaceAllString(name, "_") }
