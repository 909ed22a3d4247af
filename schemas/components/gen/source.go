package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// shape is a struct of a config: its keys by kind. A kind is string, bool, int, float, duration, any, list or map, or struct:KEY,
// list:KEY, map:KEY where KEY names another shape.
type shape struct {
	Fields map[string]string `json:"fields"`
	// Squash names shapes whose keys stand among these.
	Squash []string `json:"squash,omitempty"`
	// Open: takes any further key.
	Open bool `json:"open,omitempty"`
	// Custom: decodes itself, so the keys may not be all it takes.
	Custom bool `json:"custom,omitempty"`
	// Incomplete: a part of it could not be read.
	Incomplete bool `json:"incomplete,omitempty"`
}

// source reads shapes from the Go sources of a module and of what its go.mod requires.
type source struct {
	proxy    *proxy
	requires map[string]string
	dirs     map[string]string
	packages map[string]*goPackage
	shapes   map[string]*shape
}

type goPackage struct {
	path    string
	types   map[string]*ast.TypeSpec
	methods map[string]map[string]*ast.FuncDecl
	funcs   map[string]*ast.FuncDecl
	files   map[ast.Node]*ast.File
}

func newSource(p *proxy, module, dir string) (*source, error) {
	required, err := requires(dir)
	if err != nil {
		return nil, err
	}
	required[module] = ""
	return &source{p, required, map[string]string{module: dir}, map[string]*goPackage{}, map[string]*shape{}}, nil
}

// load parses a package of the two repositories; nil for others and for what cannot be had.
func (s *source) load(path string) *goPackage {
	if found, known := s.packages[path]; known {
		return found
	}
	s.packages[path] = nil
	if !strings.HasPrefix(path, core) && !strings.HasPrefix(path, contrib) {
		return nil
	}
	module := ""
	for candidate := range s.requires {
		if (path == candidate || strings.HasPrefix(path, candidate+"/")) && len(candidate) > len(module) {
			module = candidate
		}
	}
	if module == "" {
		return nil
	}
	dir, known := s.dirs[module]
	if !known {
		found, err := s.proxy.folder(module, s.requires[module])
		if err != nil {
			return nil
		}
		dir = found
		s.dirs[module] = dir
	}
	s.packages[path] = parsePackage(path, filepath.Join(dir, strings.TrimPrefix(path, module)))
	return s.packages[path]
}

func parsePackage(path, dir string) *goPackage {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	found := &goPackage{path, map[string]*ast.TypeSpec{}, map[string]map[string]*ast.FuncDecl{}, map[string]*ast.FuncDecl{}, map[ast.Node]*ast.File{}}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if fits, err := build.Default.MatchFile(dir, name); err != nil || !fits {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, declaration := range file.Decls {
			found.add(file, declaration)
		}
	}
	return found
}

func (p *goPackage) add(file *ast.File, declaration ast.Decl) {
	switch one := declaration.(type) {
	case *ast.GenDecl:
		for _, spec := range one.Specs {
			if named, is := spec.(*ast.TypeSpec); is {
				p.types[named.Name.Name] = named
				p.files[named] = file
			}
		}
	case *ast.FuncDecl:
		p.files[one] = file
		if one.Recv == nil {
			p.funcs[one.Name.Name] = one
			return
		}
		receiver := baseName(one.Recv.List[0].Type)
		if p.methods[receiver] == nil {
			p.methods[receiver] = map[string]*ast.FuncDecl{}
		}
		p.methods[receiver][one.Name.Name] = one
	}
}

func baseName(expression ast.Expr) string {
	switch one := expression.(type) {
	case *ast.StarExpr:
		return baseName(one.X)
	case *ast.IndexExpr:
		return baseName(one.X)
	case *ast.Ident:
		return one.Name
	}
	return ""
}

// importPath of the package that a file calls by a name.
func importPath(file *ast.File, name string) string {
	for _, one := range file.Imports {
		path, _ := strconv.Unquote(one.Path.Value)
		if (one.Name != nil && one.Name.Name == name) || (one.Name == nil && path[strings.LastIndex(path, "/")+1:] == name) {
			return path
		}
	}
	return ""
}

var basic = map[string]string{
	"string": "string", "bool": "bool", "float32": "float", "float64": "float", "any": "any", "error": "any",
	"int": "int", "int8": "int", "int16": "int", "int32": "int", "int64": "int", "rune": "int", "byte": "int",
	"uint": "int", "uint8": "int", "uint16": "int", "uint32": "int", "uint64": "int",
}

// kind of a type expression as it stands in a file of a package.
func (s *source) kind(in *goPackage, file *ast.File, expression ast.Expr) string {
	switch one := expression.(type) {
	case *ast.ParenExpr:
		return s.kind(in, file, one.X)
	case *ast.StarExpr:
		return s.kind(in, file, one.X)
	case *ast.ArrayType:
		return container("list", s.kind(in, file, one.Elt))
	case *ast.MapType:
		return container("map", s.kind(in, file, one.Value))
	case *ast.StructType:
		key := fmt.Sprintf("%s.literal%d", shorten(in.path), len(s.shapes))
		s.shapes[key] = s.shape(in, file, one)
		return "struct:" + key
	case *ast.Ident:
		if in.types[one.Name] == nil {
			if known, found := basic[one.Name]; found {
				return known
			}
		}
		return s.named(in.path, one.Name)
	case *ast.SelectorExpr:
		if outer, is := one.X.(*ast.Ident); is {
			return s.named(importPath(file, outer.Name), one.Sel.Name)
		}
	case *ast.IndexExpr:
		if selector, is := one.X.(*ast.SelectorExpr); is && selector.Sel.Name == "Optional" {
			return s.optional(s.kind(in, file, one.Index))
		}
	}
	return "any"
}

const optionalPackage = core + "/config/configoptional"

// optional is a struct that may be switched off: from some version on it takes `enabled` beside its own keys, at first only behind a
// feature gate. Where the package cannot be read its keys are not known to be all.
func (s *source) optional(inner string) string {
	key, found := strings.CutPrefix(inner, "struct:")
	if !found || s.has(key, "enabled") {
		return inner
	}
	wrapper := &shape{Fields: map[string]string{}, Squash: []string{key}}
	switch s.takesEnabled() {
	case "no":
		return inner
	case "yes":
		wrapper.Fields["enabled"] = "bool"
	default:
		wrapper.Incomplete = true
	}
	s.shapes[key+"?"] = wrapper
	return "struct:" + key + "?"
}

func (s *source) takesEnabled() string {
	if s.load(optionalPackage) == nil {
		return ""
	}
	dir := s.dirs[optionalPackage]
	code, _ := os.ReadFile(filepath.Join(dir, "optional.go"))
	gates, _ := os.ReadFile(filepath.Join(dir, "internal", "metadata", "generated_feature_gates.go"))
	all := string(code) + string(gates)
	if strings.Contains(all, `conf.IsSet("enabled")`) && !strings.Contains(all, "featuregate.StageAlpha") {
		return "yes"
	}
	return "no"
}

func (s *source) has(key, field string) bool {
	found := s.shapes[key]
	if found == nil {
		return false
	}
	if _, has := found.Fields[field]; has {
		return true
	}
	for _, squashed := range found.Squash {
		if s.has(squashed, field) {
			return true
		}
	}
	return false
}

func container(of, element string) string {
	if key, found := strings.CutPrefix(element, "struct:"); found {
		return of + ":" + key
	}
	return of
}

func (s *source) named(path, name string) string {
	if path == "time" && name == "Duration" {
		return "duration"
	}
	key := shorten(path) + "." + name
	if s.shapes[key] != nil {
		return "struct:" + key
	}
	in := s.load(path)
	if in == nil || in.types[name] == nil || in.types[name].TypeParams != nil {
		return "any"
	}
	if in.methods[name]["UnmarshalText"] != nil {
		return "string"
	}
	spec := in.types[name]
	custom := decodesItself(in.methods[name]["Unmarshal"])
	structure, is := spec.Type.(*ast.StructType)
	if !is {
		if custom {
			return "any"
		}
		return s.kind(in, in.files[spec], spec.Type)
	}
	// Entered before it is read: a type may hold itself.
	s.shapes[key] = &shape{Fields: map[string]string{}}
	*s.shapes[key] = *s.shape(in, in.files[spec], structure)
	s.shapes[key].Custom = custom
	if custom && len(s.shapes[key].Fields)+len(s.shapes[key].Squash) == 0 {
		return "any"
	}
	return "struct:" + key
}

// decodesItself: the method is the one that confmap calls.
func decodesItself(method *ast.FuncDecl) bool {
	if method == nil || method.Type.Params.NumFields() != 1 {
		return false
	}
	pointer, is := method.Type.Params.List[0].Type.(*ast.StarExpr)
	if !is {
		return false
	}
	selector, is := pointer.X.(*ast.SelectorExpr)
	return is && selector.Sel.Name == "Conf"
}

func (s *source) shape(in *goPackage, file *ast.File, structure *ast.StructType) *shape {
	found := &shape{Fields: map[string]string{}}
	for _, field := range structure.Fields.List {
		tag := ""
		if field.Tag != nil {
			text, _ := strconv.Unquote(field.Tag.Value)
			tag = reflect.StructTag(text).Get("mapstructure")
		}
		names := []string{baseName(field.Type)}
		if selector, is := field.Type.(*ast.SelectorExpr); is {
			names = []string{selector.Sel.Name}
		}
		if len(field.Names) > 0 {
			names = nil
			for _, name := range field.Names {
				names = append(names, name.Name)
			}
		}
		// What is squashed from an embedded struct counts, also where the struct's own name is not exported.
		squashed := len(field.Names) == 0 && strings.Contains(tag, ",squash")
		for _, name := range names {
			if (ast.IsExported(name) || squashed) && tag != "-" {
				s.field(found, in, file, field.Type, name, tag)
			}
		}
	}
	return found
}

func (s *source) field(to *shape, in *goPackage, file *ast.File, of ast.Expr, name, tag string) {
	key, options, _ := strings.Cut(tag, ",")
	if key == "" {
		key = name
	}
	switch {
	case strings.Contains(options, "remain"):
		to.Open = true
	case strings.Contains(options, "squash"):
		if squashed, found := strings.CutPrefix(s.kind(in, file, of), "struct:"); found {
			to.Squash = append(to.Squash, squashed)
		} else {
			to.Incomplete = true
		}
	default:
		if _, is := of.(*ast.FuncType); !is {
			to.Fields[key] = s.kind(in, file, of)
		}
	}
}
