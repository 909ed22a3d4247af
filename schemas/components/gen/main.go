// Command components writes what is known of collector components at a version: names, signals, metrics and config fields.
//
//	go run . read  -out DIR [-only kubeletstats,batch]        from the modules' sources, without compiling them
//	go run . build -out DIR -version 0.158.0 [-skip a,b]      by reflection, from a program compiled with the modules
//	go run . gates -out DIR                                    feature gates, from the sources that the module cache has
//
// Modules come through the Go command and are checked against the checksum database like any other; what it will not give is
// left out and written to DIR/refused.json. fold.ts turns DIR into the files that are committed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: go run . read|build|gates -out DIR …")
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	out := flags.String("out", "", "folder for the observations")
	only := flags.String("only", "", "comma-separated folder names of the modules to read")
	version := flags.String("version", "", "collector version to build")
	skip := flags.String("skip", "", "comma-separated folder names of modules to leave out of the build")
	_ = flags.Parse(os.Args[2:])
	if *out == "" {
		fail("-out is missing")
	}
	proxy := newProxy(*out)
	var err error
	switch os.Args[1] {
	case "read":
		err = readAll(proxy, *out, set(*only))
	case "build":
		err = buildAndDump(proxy, *out, *version, set(*skip))
	case "gates":
		err = readGates(proxy, *out)
	default:
		fail("unknown command " + os.Args[1])
	}
	if err != nil {
		fail(err.Error())
	}
}

func set(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Split(text, ",") {
		if name != "" {
			names[name] = true
		}
	}
	return names
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(1)
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, value)
}
