package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

//go:embed gates.go.txt
var gatesSource []byte

// registration is one feature gate as a module registers it.
type registration struct {
	ID          string `json:"id"`
	Stage       string `json:"stage"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Description string `json:"description,omitempty"`
}

// moduleGates is what one module at one version registers, and which of our modules it asks for.
type moduleGates struct {
	Module  string         `json:"module"`
	Minor   int            `json:"minor"`
	Gates   []registration `json:"gates"`
	Asks    []string       `json:"asks,omitempty"`
	Unclear int            `json:"unclear,omitempty"`
}

// dumpGates lets the compiled collector name the gates of its registry: OUT/gates/VERSION.json.
func dumpGates(folder, output string) error {
	data, err := exec.Command(filepath.Join(folder, "otelcol"), "gates").Output()
	if err != nil {
		return err
	}
	var checked struct {
		Gates  []registration `json:"gates"`
		Linked []string       `json:"linked"`
	}
	if err := json.Unmarshal(data, &checked); err != nil {
		return err
	}
	return writeJSON(output, checked)
}

// readGates reads the registrations in the sources of every module of the two repositories that the module cache has, whatever it
// was fetched for: nothing is downloaded. OUT/gates/sources.json.
func readGates(p *proxy, out string) error {
	var all []moduleGates
	for _, root := range []string{core, contrib} {
		err := filepath.WalkDir(filepath.Join(p.cache, root), func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.IsDir() {
				return err
			}
			module, at, is := moduleAt(p.cache, path)
			if !is {
				return nil
			}
			if at > 0 {
				all = append(all, gatesIn(path, module, at))
			}
			return filepath.SkipDir
		})
		if err != nil {
			return err
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].Module < all[j].Module || (all[i].Module == all[j].Module && all[i].Minor < all[j].Minor)
	})
	return writeJSON(filepath.Join(out, "gates", "sources.json"), all)
}

var moduleFolder = regexp.MustCompile(`@v([01])\.(\d+)\.0$`)

// moduleAt names the module of a folder in the cache and the minor of the collector that it belongs to (0: none of ours).
func moduleAt(cache, path string) (string, int, bool) {
	relative, _ := filepath.Rel(cache, path)
	name, _, is := strings.Cut(relative, "@")
	if !is {
		return "", 0, false
	}
	match := moduleFolder.FindStringSubmatch(path)
	if match == nil {
		return "", 0, true
	}
	at, _ := strconv.Atoi(match[2])
	if match[1] == "1" {
		at += 94
	}
	if at < first || at > last {
		at = 0
	}
	return shorten(name), at, true
}

func gatesIn(dir, module string, at int) moduleGates {
	found := moduleGates{Module: module, Minor: at, Gates: []registration{}}
	files := map[string][]*ast.File{}
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "collector/featuregate") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err == nil {
			files[filepath.Dir(path)] = append(files[filepath.Dir(path)], file)
		}
		return nil
	})
	for _, together := range files {
		texts := constants(together)
		for _, file := range together {
			ast.Inspect(file, func(node ast.Node) bool {
				if call, is := node.(*ast.CallExpr); is {
					if one, known, isGate := registered(call, texts); known {
						found.Gates = append(found.Gates, one)
					} else if isGate {
						found.Unclear++
					}
				}
				return true
			})
		}
	}
	sort.Slice(found.Gates, func(i, j int) bool { return found.Gates[i].ID < found.Gates[j].ID })
	asked, _ := requires(dir)
	for name := range asked {
		if short := shorten(name); short != name {
			found.Asks = append(found.Asks, short)
		}
	}
	sort.Strings(found.Asks)
	return found
}

// constants are the texts that names of a package stand for.
func constants(files []*ast.File) map[string]string {
	found := map[string]string{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is {
				return true
			}
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					if text, is := textOf(spec.Values[i], found); is {
						found[name.Name] = text
					}
				}
			}
			return true
		})
	}
	return found
}

func textOf(expression ast.Expr, texts map[string]string) (string, bool) {
	switch one := expression.(type) {
	case *ast.BasicLit:
		if one.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(one.Value)
		return text, err == nil
	case *ast.Ident:
		text, found := texts[one.Name]
		return text, found
	case *ast.BinaryExpr:
		left, isLeft := textOf(one.X, texts)
		right, isRight := textOf(one.Y, texts)
		return left + right, isLeft && isRight && one.Op == token.ADD
	}
	return "", false
}

// registered reads `…MustRegister("id", featuregate.StageAlpha, featuregate.With…("…"))`; isGate where it is one, but not known.
func registered(call *ast.CallExpr, texts map[string]string) (one registration, known, isGate bool) {
	method, is := call.Fun.(*ast.SelectorExpr)
	if !is || (method.Sel.Name != "MustRegister" && method.Sel.Name != "Register") || len(call.Args) < 2 {
		return one, false, false
	}
	stage, is := call.Args[1].(*ast.SelectorExpr)
	if !is || !strings.HasPrefix(stage.Sel.Name, "Stage") {
		return one, false, false
	}
	id, is := textOf(call.Args[0], texts)
	if !is {
		return one, false, true
	}
	one = registration{ID: id, Stage: strings.ToLower(strings.TrimPrefix(stage.Sel.Name, "Stage"))}
	for _, argument := range call.Args[2:] {
		option, is := argument.(*ast.CallExpr)
		if !is || len(option.Args) != 1 {
			continue
		}
		text, _ := textOf(option.Args[0], texts)
		if selector, is := option.Fun.(*ast.SelectorExpr); is {
			switch selector.Sel.Name {
			case "WithRegisterFromVersion":
				one.From = text
			case "WithRegisterToVersion":
				one.To = text
			case "WithRegisterDescription":
				one.Description = text
			}
		}
	}
	return one, true, true
}

// gatesOutput is where the gates of one compiled collector go.
func gatesOutput(out, version string) string {
	return filepath.Join(out, "gates", fmt.Sprintf("%s.json", version))
}
