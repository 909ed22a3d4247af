package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// observation is what one module says of its component at one version.
type observation struct {
	Module        string                     `json:"module"`
	Class         string                     `json:"class"`
	Version       string                     `json:"version"`
	Tier          string                     `json:"tier"`
	Type          string                     `json:"type"`
	Deprecated    string                     `json:"deprecated,omitempty"`
	Stability     map[string][]string        `json:"stability"`
	Distributions []string                   `json:"distributions,omitempty"`
	Metrics       map[string]bool            `json:"metrics,omitempty"`
	Scrapers      map[string]map[string]bool `json:"scrapers,omitempty"`
	Attributes    map[string]bool            `json:"attributes,omitempty"`
	Config        string                     `json:"config,omitempty"`
	Shapes        map[string]*shape          `json:"shapes,omitempty"`
}

const first, last = 100, 158

// grid holds the minors that are read of every module; between two neighbours that differ the ones in between are read too.
var grid = []int{100, 105, 111, 116, 120, 124, 129, 133, 135, 139, 142, 146, 149, 152, 155, 158}

// sparse holds the minors at which the other components are read: those at which the proxy gives most modules.
var sparse = []int{111, 118, 121, 128, 136, 139, 144, 149, 152, 155, 158}

func readAll(p *proxy, out string, only map[string]bool) error {
	for _, one := range components {
		if len(only) == 0 || only[one.name()] {
			between(p, out, one, at(p, out, one, grid))
		}
	}
	for _, one := range others {
		if len(only) == 0 || only[one.name()] {
			at(p, out, one, sparse)
		}
	}
	return nil
}

func at(p *proxy, out string, one component, minors []int) map[int]string {
	read := map[int]string{}
	for _, minor := range minors {
		if digest, found := observe(p, out, one, minor); found {
			read[minor] = digest
		}
	}
	fmt.Fprintf(os.Stderr, "%s: %d versions of %d\n", one.name(), len(read), len(minors))
	return read
}

// between reads the middle of every two neighbours that differ until what came or went is known to the minor.
func between(p *proxy, out string, one component, read map[int]string) {
	asked := map[int]bool{}
	for again := true; again; {
		again = false
		var minors []int
		for at := range read {
			minors = append(minors, at)
		}
		sort.Ints(minors)
		for i := 1; i < len(minors); i++ {
			from, to := minors[i-1], minors[i]
			if read[from] == read[to] {
				continue
			}
			if at := unasked(from, to, asked); at > 0 {
				asked[at] = true
				again = true
				if digest, found := observe(p, out, one, at); found {
					read[at] = digest
				}
			}
		}
	}
}

// unasked is the minor nearest to the middle that was not asked yet; 0 when there is none.
func unasked(from, to int, asked map[int]bool) int {
	middle := (from + to) / 2
	for step := 0; step < to-from; step++ {
		for _, at := range []int{middle - step, middle + step} {
			if at > from && at < to && !asked[at] {
				return at
			}
		}
	}
	return 0
}

// observe reads a module at v0.N.0 and writes what it says; the digest is of everything but the version.
func observe(p *proxy, out string, one component, at int) (string, bool) {
	path := filepath.Join(out, "source", one.name(), fmt.Sprintf("0.%d.0.json", at))
	var found observation
	if readJSON(path, &found) != nil {
		dir, err := p.folder(one.module(), minor(at))
		if err != nil {
			return "", false
		}
		read, err := readModule(p, one, dir)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s %s: %v\n", one.name(), minor(at), err)
			return "", false
		}
		found = *read
		found.Version = fmt.Sprintf("0.%d.0", at)
		if err := writeJSON(path, found); err != nil {
			fail(err.Error())
		}
	}
	found.Version = ""
	digest, _ := json.Marshal(found)
	return string(digest), true
}

func readModule(p *proxy, one component, dir string) (*observation, error) {
	meta, err := readMetadata(filepath.Join(dir, "metadata.yaml"))
	if err != nil {
		return nil, err
	}
	if meta.Deprecated == "" {
		meta.Deprecated = deprecatedAlias(dir)
	}
	found := &observation{
		Module: shorten(one.module()), Class: one.class(), Tier: "metadata", Type: meta.Type, Deprecated: meta.Deprecated,
		Stability: meta.Status.Stability, Distributions: meta.Status.Distributions,
		Metrics: switches(meta.Metrics), Scrapers: scraperMetadata(dir), Attributes: switches(meta.Attributes),
	}
	from, err := newSource(p, one.module(), dir)
	if err != nil {
		return nil, err
	}
	if config := from.configType(one.module()); config != "" {
		found.Tier, found.Config, found.Shapes = "source", config, reachable(from.shapes, config)
	}
	return found, nil
}

// reachable keeps the shapes that a config can hold.
func reachable(all map[string]*shape, root string) map[string]*shape {
	kept := map[string]*shape{}
	var keep func(string)
	keep = func(key string) {
		one := all[key]
		if one == nil || kept[key] != nil {
			return
		}
		kept[key] = one
		for _, squashed := range one.Squash {
			keep(squashed)
		}
		for _, kind := range one.Fields {
			for i := range kind {
				if kind[i] == ':' {
					keep(kind[i+1:])
					break
				}
			}
		}
	}
	keep(root)
	return kept
}
