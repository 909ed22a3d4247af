package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed dump.go.txt
var dumpSource []byte

//go:embed trial.go.txt
var trialSource []byte

//go:embed values.go.txt
var valuesSource []byte

// mostLeftOut bounds how often a build starts again without the components that need a module nobody serves.
const mostLeftOut = 15

// buildAndDump compiles a collector of every light component at a version, lets it describe itself and keeps the binary:
// OUT/build/VERSION/otelcol is a whole collector, so what was read can be tried with its `validate`.
func buildAndDump(p *proxy, out, version string, skip map[string]bool) error {
	folder := filepath.Join(out, "build", version)
	left := map[string]string{}
	for round := 0; round < mostLeftOut; round++ {
		chosen := choose(p, version, skip, left)
		failed, err := compile(folder, version, chosen)
		if err == nil {
			if err := writeJSON(filepath.Join(out, "build", version+".left-out.json"), left); err != nil {
				return err
			}
			if err := dumpGates(folder, gatesOutput(out, version)); err != nil {
				return err
			}
			return dump(folder, filepath.Join(out, "build", version+".json"))
		}
		if !leaveOut(p, version, chosen, failed, left) {
			return err
		}
	}
	return errors.New("too many components had to be left out")
}

func choose(p *proxy, version string, skip map[string]bool, left map[string]string) []component {
	var chosen []component
	for _, one := range components {
		if !one.inBuild() || skip[one.name()] || left[one.name()] != "" {
			continue
		}
		if _, err := p.folder(one.module(), "v"+version); err != nil {
			left[one.name()] = err.Error()
			continue
		}
		chosen = append(chosen, one)
	}
	return chosen
}

// compile gives the module that could not be had, if that is why it failed.
func compile(folder, version string, chosen []component) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	manifest := filepath.Join(folder, "builder.yaml")
	sources := filepath.Join(folder, "sources")
	if err := os.WriteFile(manifest, []byte(builderManifest(sources, version, chosen)), 0o644); err != nil {
		return "", err
	}
	if err := os.RemoveAll(sources); err != nil {
		return "", err
	}
	steps := [][]string{
		{"run", core + "/cmd/builder@v" + version, "--skip-strict-versioning", "--skip-compilation", "--skip-get-modules", "--config=" + manifest},
		{"build", "-p", "1", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(folder, "otelcol"), "."},
	}
	for i, arguments := range steps {
		command := exec.Command("go", arguments...)
		command.Env = environment()
		command.Dir = folder
		if i > 0 {
			command.Dir = sources
			if err := addFiles(sources, version, chosen); err != nil {
				return "", err
			}
		}
		if said, err := command.CombinedOutput(); err != nil {
			return missing(string(said)), fmt.Errorf("go %s: %s", arguments[0], tail(string(said)))
		}
	}
	return "", nil
}

// addFiles puts the describing code beside what the builder wrote, and a go.mod where it wrote none (newer ones leave that to the
// step that is skipped, which would download every test's dependencies too).
func addFiles(sources, version string, chosen []component) error {
	for name, text := range map[string][]byte{
		"dump.go": dumpSource, "trial.go": trialSource, "values.go": valuesSource, "gates.go": gatesSource, "validate.go": validateSource(version),
	} {
		if err := os.WriteFile(filepath.Join(sources, name), text, 0o644); err != nil {
			return err
		}
	}
	path := filepath.Join(sources, "go.mod")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	text := fmt.Sprintf("module collie.example/otelcol\n\ngo 1.25.0\n\nrequire (\n\t%s/otelcol v%s\n", core, version)
	for _, one := range chosen {
		text += fmt.Sprintf("\t%s v%s\n", one.module(), version)
	}
	for _, provider := range providers {
		text += fmt.Sprintf("\t%s %s\n", providerModule(provider), stableVersion(version))
	}
	return os.WriteFile(path, []byte(text+")\n"), 0o644)
}

// validateSource calls the collector's own check of configs by the name that it has at a version.
func validateSource(version string) []byte {
	from, call := core+"/confmap/xconfmap", "xconfmap.Validate"
	switch at := minorNumber(version); {
	case at < 122:
		from, call = core+"/component", "component.ValidateConfig"
	case at > 149:
		from, call = core+"/confmap", "confmap.Validate"
	}
	return []byte(fmt.Sprintf("package main\n\nimport %q\n\nfunc validateConfig(config any) error { return %s(config) }\n", from, call))
}

var providers = []string{"file", "env", "yaml"}

func providerModule(name string) string {
	return fmt.Sprintf("%s/confmap/provider/%sprovider", core, name)
}

// stableVersion of the core's stable modules: they are numbered 94 minors behind.
func stableVersion(version string) string {
	return fmt.Sprintf("v1.%d.0", minorNumber(version)-94)
}

func minorNumber(version string) int {
	var number int
	_, _ = fmt.Sscanf(version, "0.%d.", &number)
	return number
}

var missingModule = regexp.MustCompile(`((?:go\.opentelemetry\.io|github\.com)/[^\s@:]+@v[^\s:/]+)[^\n]*(?:verifying|not found|404|403|410)`)

func missing(said string) string {
	// Chains are printed from the main module to the culprit; the last module named before the reason is the culprit.
	found := ""
	for _, line := range strings.Split(said, "\n") {
		if match := missingModule.FindStringSubmatch(line); match != nil {
			found = match[1]
		}
	}
	return found
}

// leaveOut drops the components whose go.mod asks for the module; false when there are none.
func leaveOut(p *proxy, version string, chosen []component, culprit string, left map[string]string) bool {
	module, _, _ := strings.Cut(culprit, "@")
	dropped := false
	for _, one := range chosen {
		dir, err := p.folder(one.module(), "v"+version)
		if err != nil || module == "" {
			continue
		}
		if required, err := requires(dir); err == nil && (required[module] != "" || one.module() == module) {
			left[one.name()] = "needs " + shorten(culprit) + ", which cannot be had"
			dropped = true
		}
	}
	fmt.Fprintf(os.Stderr, "%s: without what needs %s: %d left out\n", version, culprit, len(left))
	return dropped
}

func builderManifest(sources, version string, chosen []component) string {
	text := fmt.Sprintf("dist:\n  name: otelcol\n  output_path: %s\n  version: %s\n", sources, version)
	for _, class := range []string{"receivers", "processors", "exporters", "extensions", "connectors"} {
		text += class + ":\n"
		for _, one := range chosen {
			if one.class() == class {
				text += fmt.Sprintf("  - gomod: %s v%s\n", one.module(), version)
			}
		}
	}
	text += "providers:\n"
	for _, name := range providers {
		text += fmt.Sprintf("  - gomod: %s %s\n", providerModule(name), stableVersion(version))
	}
	return text
}

func dump(folder, output string) error {
	words := filepath.Join(folder, "words.txt")
	if err := writeWords(filepath.Join(folder, "sources"), words); err != nil {
		return err
	}
	command := exec.Command(filepath.Join(folder, "otelcol"), "dump")
	command.Env = append(os.Environ(), "COLLIE_WORDS="+words)
	data, err := command.Output()
	if err != nil {
		return err
	}
	var checked any
	if err := json.Unmarshal(data, &checked); err != nil {
		return err
	}
	return os.WriteFile(output, data, 0o644)
}

func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	return strings.Join(lines, "\n")
}
