package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// proxy gives modules through the Go command; a refusal is final and kept, so that nothing is asked twice.
type proxy struct {
	cache   string
	path    string
	refused map[string]string
}

func newProxy(out string) *proxy {
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		fail("go env GOMODCACHE: " + err.Error())
	}
	p := &proxy{strings.TrimSpace(string(cache)), filepath.Join(out, "refused.json"), map[string]string{}}
	_ = readJSON(p.path, &p.refused)
	return p
}

// environment never lets the Go command leave the module proxy for a source repository.
func environment() []string {
	proxies, _ := exec.Command("go", "env", "GOPROXY").Output()
	only := strings.TrimSuffix(strings.TrimSpace(string(proxies)), ",direct")
	return append(os.Environ(), "GOPROXY="+only, "GOFLAGS=-mod=mod", "CGO_ENABLED=0", "GOMAXPROCS=1", "GOWORK=off")
}

// folder of a module at a version, downloaded when it is not there yet.
func (p *proxy) folder(module, version string) (string, error) {
	key := module + "@" + version
	if why, found := p.refused[key]; found {
		return "", errors.New(why)
	}
	dir := filepath.Join(p.cache, escape(module)+"@"+version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	command := exec.Command("go", "mod", "download", "-json", key)
	command.Env = environment()
	command.Dir = os.TempDir()
	answer, _ := command.Output()
	var result struct{ Dir, Error string }
	if err := json.Unmarshal(answer, &result); err != nil || result.Dir == "" {
		p.refused[key] = reason(result.Error)
		if err := writeJSON(p.path, p.refused); err != nil {
			return "", err
		}
		return "", errors.New(p.refused[key])
	}
	return result.Dir, nil
}

func reason(text string) string {
	switch {
	case strings.Contains(text, "/sumdb/"):
		return "no entry in the checksum database"
	case strings.Contains(text, "404"), strings.Contains(text, "403"), strings.Contains(text, "410"):
		return "not served"
	}
	return "failed: " + text
}

// escape writes upper-case letters as the module cache does.
func escape(module string) string {
	var out strings.Builder
	for _, r := range module {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('!')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// requires reads the versions that a module's go.mod asks for.
func requires(dir string) (map[string]string, error) {
	file, err := os.Open(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	found := map[string]string{}
	block := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(strings.SplitN(lines.Text(), "//", 2)[0])
		switch {
		case line == "require (":
			block = true
		case line == ")":
			block = false
		case strings.HasPrefix(line, "require "), block:
			parts := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(parts) == 2 {
				found[parts[0]] = parts[1]
			}
		}
	}
	return found, nil
}

// minor is `v0.N.0` as the modules' tags write it.
func minor(n int) string { return fmt.Sprintf("v0.%d.0", n) }
