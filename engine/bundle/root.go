package bundle

import "featops/engine/config"

// bundleName names the bundle, and the folder of a workspace that it is deployed to.
const bundleName = "feature-store"

// The variables of the bundle.
const (
	varEnvironment = "environment"
	varCatalog     = "catalog"
	varDatabase    = "database"
	varNotify      = "notify_on_failure"
	varSize        = "warehouse_size"
)

// ref is a reference to a variable.
func ref(variable string) string { return "${var." + variable + "}" }

type rootFile struct {
	Bundle    named    `yaml:"bundle"`
	Include   []string `yaml:"include"`
	Variables entries  `yaml:"variables"`
	Targets   entries  `yaml:"targets"`
}

type named struct {
	Name string `yaml:"name"`
}

type variable struct {
	Description string `yaml:"description"`
	Type        string `yaml:"type,omitempty"`
	Default     any    `yaml:"default,omitempty"`
}

type targetSettings struct {
	Mode      string            `yaml:"mode"`
	Workspace place             `yaml:"workspace"`
	Variables map[string]string `yaml:"variables"`
}

// place says where a target is. Without a host and a profile it is where the profile of the target's name leads, and nowhere by default: jobs
// must not get into the workspace that happens to be logged in to.
type place struct {
	Host     string `yaml:"host,omitempty"`
	Profile  string `yaml:"profile,omitempty"`
	RootPath string `yaml:"root_path,omitempty"`
}

// root is databricks.yml.
func (b *builder) root() rootFile {
	f := rootFile{
		Bundle:  named{bundleName},
		Include: []string{"resources/*.yml", "local/*.yml"},
		Variables: entries{
			{varEnvironment, variable{Description: "The environment: dev, staging or prod."}},
			{varCatalog, variable{Description: "The catalog of the feature tables and of their sources, in Unity Catalog."}},
			{varDatabase, variable{Description: "The database of the feature tables."}},
			{varNotify, variable{Description: "Mail addresses that are told of runs that fail.", Type: "complex", Default: []string{}}},
			{varSize, variable{Description: "The size of the SQL warehouse.", Default: "2X-Small"}},
		},
	}
	for _, t := range b.targets() {
		f.Targets = append(f.Targets, entry{t.Name, t.settings()})
	}
	return f
}

func (t target) settings() targetSettings {
	s := targetSettings{
		Mode:      "development",
		Workspace: place{Host: t.Workspace.Host, Profile: t.Workspace.Profile},
		Variables: map[string]string{varEnvironment: t.Environment, varDatabase: t.Database},
	}
	if t.Workspace.Catalog != "" {
		s.Variables[varCatalog] = t.Workspace.Catalog
	}
	if s.Workspace == (place{}) {
		s.Workspace.Profile = t.Name
	}
	if t.Environment != config.Dev {
		s.Mode = "production"
		s.Workspace.RootPath = "/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}"
	}
	return s
}
