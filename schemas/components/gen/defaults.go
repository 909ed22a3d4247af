package main

import (
	"go/ast"
	"regexp"
)

var creates = regexp.MustCompile(`(?i)^(create|new)\w*default\w*config$`)

// configType finds the type that a component's factory makes as its default config: what the function that creates it returns.
func (s *source) configType(path string) string {
	in := s.load(path)
	if in == nil {
		return ""
	}
	var candidates []*ast.FuncDecl
	for _, name := range []string{"createDefaultConfig", "CreateDefaultConfig", "NewDefaultConfig", "createDefaultReceiverConfig"} {
		if one := in.funcs[name]; one != nil {
			candidates = append(candidates, one)
		}
	}
	for name, one := range in.funcs {
		if creates.MatchString(name) {
			candidates = append(candidates, one)
		}
	}
	for _, methods := range in.methods {
		if one := methods["CreateDefaultConfig"]; one != nil {
			candidates = append(candidates, one)
		}
	}
	candidates = append(candidates, in.literals("NewFactory")...)
	for _, one := range candidates {
		if found := s.returned(in, one, 0); found != "" {
			return found
		}
	}
	if in.types["Config"] != nil {
		return s.structKey(s.named(path, "Config"))
	}
	return ""
}

// literals are the functions without parameters that stand in the body of another one, as a factory's default config may.
func (p *goPackage) literals(name string) []*ast.FuncDecl {
	outer := p.funcs[name]
	if outer == nil || outer.Body == nil {
		return nil
	}
	var found []*ast.FuncDecl
	ast.Inspect(outer.Body, func(node ast.Node) bool {
		if one, is := node.(*ast.FuncLit); is && one.Type.Params.NumFields() == 0 {
			declared := &ast.FuncDecl{Name: ast.NewIdent("literal"), Type: one.Type, Body: one.Body}
			p.files[declared] = p.files[outer]
			found = append(found, declared)
		}
		return true
	})
	return found
}

func (s *source) structKey(kind string) string {
	if len(kind) > 7 && kind[:7] == "struct:" {
		return kind[7:]
	}
	return ""
}

// returned finds the struct that a function returns: by its result type, else by the expression of its first return.
func (s *source) returned(in *goPackage, function *ast.FuncDecl, depth int) string {
	results := function.Type.Results
	if results == nil || len(results.List) == 0 || function.Body == nil || depth > 4 {
		return ""
	}
	if found := s.structKey(s.kind(in, in.files[function], results.List[0].Type)); found != "" {
		return found
	}
	found := ""
	ast.Inspect(function.Body, func(node ast.Node) bool {
		if one, is := node.(*ast.ReturnStmt); is && found == "" && len(one.Results) > 0 {
			found = s.value(in, function, one.Results[0], depth)
		}
		return found == ""
	})
	return found
}

func (s *source) value(in *goPackage, function *ast.FuncDecl, expression ast.Expr, depth int) string {
	file := in.files[function]
	switch one := expression.(type) {
	case *ast.UnaryExpr:
		return s.value(in, function, one.X, depth)
	case *ast.CompositeLit:
		return s.structKey(s.kind(in, file, one.Type))
	case *ast.CallExpr:
		return s.call(in, file, one, depth)
	case *ast.Ident:
		found := ""
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if assigned, is := node.(*ast.AssignStmt); is && found == "" && len(assigned.Lhs) > 0 && len(assigned.Rhs) > 0 {
				if name, is := assigned.Lhs[0].(*ast.Ident); is && name.Name == one.Name {
					found = s.value(in, function, assigned.Rhs[0], depth+1)
				}
			}
			return found == ""
		})
		return found
	}
	return ""
}

func (s *source) call(in *goPackage, file *ast.File, call *ast.CallExpr, depth int) string {
	switch one := call.Fun.(type) {
	case *ast.Ident:
		if called := in.funcs[one.Name]; called != nil {
			return s.returned(in, called, depth+1)
		}
	case *ast.SelectorExpr:
		if outer, is := one.X.(*ast.Ident); is {
			if other := s.load(importPath(file, outer.Name)); other != nil && other.funcs[one.Sel.Name] != nil {
				return s.returned(other, other.funcs[one.Sel.Name], depth+1)
			}
		}
	}
	return ""
}
