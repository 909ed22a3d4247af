package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// metadata is what a metadata.yaml says that a config can meet.
type metadata struct {
	Type       string `yaml:"type"`
	Deprecated string `yaml:"deprecated_type"`
	Status     struct {
		Stability     map[string][]string `yaml:"stability"`
		Distributions []string            `yaml:"distributions"`
	} `yaml:"status"`
	Metrics    map[string]enabled `yaml:"metrics"`
	Attributes map[string]enabled `yaml:"resource_attributes"`
}

type enabled struct {
	Enabled bool `yaml:"enabled"`
}

var alias = regexp.MustCompile(`WithDeprecatedTypeAlias\(component\.MustNewType\("(\w+)"\)\)`)

// deprecatedAlias is the old name that a factory takes besides its type: the first versions of renamed components name it in the
// code and not yet in metadata.yaml.
func deprecatedAlias(dir string) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			if match := alias.FindSubmatch(data); match != nil {
				return string(match[1])
			}
		}
	}
	return ""
}

func readMetadata(path string) (metadata, error) {
	var found metadata
	data, err := os.ReadFile(path)
	if err != nil {
		return found, err
	}
	return found, yaml.Unmarshal(data, &found)
}

// scraperMetadata reads the metadata.yaml of the parts of a module that have a type of their own, as the host metrics scrapers do.
func scraperMetadata(dir string) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "metadata.yaml" || filepath.Dir(path) == dir || strings.Contains(path, "testdata") {
			return nil
		}
		if part, err := readMetadata(path); err == nil && part.Type != "" && len(part.Metrics) > 0 {
			// Before 0.118 the type has the receiver's name in front.
			found[part.Type[strings.LastIndex(part.Type, "/")+1:]] = switches(part.Metrics)
		}
		return nil
	})
	return found
}

func switches(from map[string]enabled) map[string]bool {
	to := map[string]bool{}
	for name, one := range from {
		to[name] = one.Enabled
	}
	return to
}
