package config

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func example(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile("../../config.toml.example")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestExampleEqualsTheDefaults(t *testing.T) {
	got := mustLoad(t, example(t))
	want := mustLoad(t, "")
	if diff := cmp.Diff(want, got, sameConfig); diff != "" {
		t.Errorf("(-default +example):\n%s", diff)
	}
	values := func(c Config) []string {
		return labels(c.Settings(), func(s Setting) string { return s.Key + " = " + s.Value })
	}
	if diff := cmp.Diff(values(want), values(got)); diff != "" {
		t.Errorf("settings (-default +example):\n%s", diff)
	}
}

// With all its "#" deleted the example shows every key of the configuration, and is still good.
func TestExampleHasEveryKey(t *testing.T) {
	whole := regexp.MustCompile(`(?m)^#(\S)`).ReplaceAllString(example(t), "$1")
	c := mustLoad(t, whole)
	shown := map[string]bool{}
	for _, s := range c.Settings() {
		if s.Origin.File != "" {
			shown[regexp.MustCompile(`\[[^]]*\]`).ReplaceAllString(s.Key, "")] = true
		}
	}
	for _, key := range structKeys(reflect.TypeFor[Config](), "") {
		key = strings.ReplaceAll(key, "tables.*.", "tables.fs_cus_credit_risk.")
		key = strings.ReplaceAll(key, "sources.*.", "sources.buro_credito.")
		keys := []string{key}
		if strings.Contains(key, "environments.*") {
			keys = nil
			for _, env := range EnvironmentNames() {
				keys = append(keys, strings.ReplaceAll(key, "*", env))
			}
		}
		for _, key := range keys {
			parent, isMap := strings.CutSuffix(key, ".*")
			has := func(k string) bool { return k == key || isMap && strings.HasPrefix(k, parent+".") }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(shown)), has) {
				t.Errorf("the example lacks %s", key)
			}
		}
	}
}

// structKeys are the keys that a struct should have by the names of its fields: MaxSizeMB is
// max_size_mb, and each item of Workspaces is a workspace. "*" stands for a key of a map.
func structKeys(t reflect.Type, prefix string) []string {
	lists := map[string]string{"Workspaces": "workspace", "Jobs": "job", "Tasks": "task"}
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, ok := lists[f.Name]
		if !ok {
			name = snake(f.Name)
		}
		inner := f.Type
		switch {
		case inner.Kind() == reflect.Map:
			name, inner = name+".*", inner.Elem()
		case inner.Kind() == reflect.Slice:
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[Secret]() {
			keys = append(keys, structKeys(inner, prefix+name+".")...)
			continue
		}
		keys = append(keys, prefix+name)
	}
	return keys
}

func snake(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func TestStructKeys(t *testing.T) {
	keys := structKeys(reflect.TypeFor[Config](), "")
	for _, want := range []string{"env", "log.max_size_mb", "tables.*.bad_rows_share", "registration.tables.*", "workspace.token", "workspace.job.task.run_if", "workspace.job.parameters.*"} {
		if !slices.Contains(keys, want) {
			t.Errorf("%s is not in %v", want, keys)
		}
	}
}
