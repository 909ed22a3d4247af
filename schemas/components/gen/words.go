package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// literal texts that may be a word of an enumeration.
var literal = regexp.MustCompile("[\"`]([A-Za-z0-9][A-Za-z0-9_.+-]{0,27})[\"`]")

// writeWords collects the literals in the sources of the collector's own packages: a key that takes only some words compares with
// them somewhere in there.
func writeWords(sources, output string) error {
	command := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Dir}}", ".")
	command.Dir = sources
	command.Env = environment()
	listed, err := command.Output()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, line := range strings.Split(string(listed), "\n") {
		path, dir, is := strings.Cut(line, " ")
		if !is || !(strings.HasPrefix(path, core) || strings.HasPrefix(path, contrib)) {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.Contains(path, "/semconv/") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			for _, match := range literal.FindAllStringSubmatch(string(data), -1) {
				found[match[1]] = true
			}
		}
	}
	words := make([]string, 0, len(found))
	for word := range found {
		words = append(words, word)
	}
	sort.Strings(words)
	return os.WriteFile(output, []byte(strings.Join(words, "\n")+"\n"), 0o644)
}
