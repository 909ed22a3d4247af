import type { createEngine } from '@promptctl/go-template-js';

type Engine = ReturnType<typeof createEngine<string>>;

interface Scope {
  readonly dot: unknown;
  readonly root: unknown;
  readonly parent: Scope | undefined;
  readonly vars: Map<string, unknown>;
}

interface Pipe {
  readonly isAssign: boolean;
  readonly decls: readonly { readonly idents: readonly string[] }[];
}

/** The part of the engine's evaluator that decides about variables (version 0.9.0, pinned). */
interface Evaluator {
  evalPipe: (pipe: Pipe, scope: Scope, context: unknown) => unknown;
  evalPipeWithoutDecls: (pipe: Pipe, scope: Scope, context: unknown) => unknown;
  evalIf: (node: unknown, scope: Scope, context: unknown) => void;
  evalWith: (node: unknown, scope: Scope, context: unknown) => void;
}

/**
 * Gives an engine the variables of Go's text/template: `=` changes the variable where it was declared, and what is declared in an `if` or
 * `with` ends with it (text/template/exec.go, `setVar` and `walkIfOrWith`). As shipped, the engine makes a new variable for each `=` inside
 * a `range`, so that a template that counts or remembers there renders something else than the server does.
 */
export function withGoVariables(engine: Engine): Engine {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- its methods are no part of its types; template-scope.test.ts notices when they change
  const evaluator = engine as unknown as Evaluator;
  const { evalPipe, evalIf, evalWith } = evaluator;
  evaluator.evalPipe = (pipe, scope, context) => {
    if (!pipe.isAssign) return evalPipe.call(evaluator, pipe, scope, context);
    const value = evaluator.evalPipeWithoutDecls(pipe, scope, context);
    for (const { idents } of pipe.decls) assign(scope, idents[0] ?? '$', value);
    return value;
  };
  evaluator.evalIf = (node, scope, context) => evalIf.call(evaluator, node, inside(scope), context);
  evaluator.evalWith = (node, scope, context) => evalWith.call(evaluator, node, inside(scope), context);
  return engine;
}

function inside(scope: Scope): Scope {
  return { dot: scope.dot, root: scope.root, parent: scope, vars: new Map() };
}

function assign(scope: Scope, name: string, value: unknown): void {
  let owner: Scope | undefined = scope;
  while (owner !== undefined && !owner.vars.has(name)) owner = owner.parent;
  (owner ?? scope).vars.set(name, value);
}
