/** Rules of what a real collector says about a config when it is given one, each in one line. */
export const COLLECTOR_RULES: ReadonlyMap<string, string> = new Map([
  ['collector-validate', "A config that a collector's own `validate` refuses"],
  ['collector-start', 'A config that validates, and that a collector does not start with'],
  ['collector-run', 'A config with which a collector ends by itself soon after its start'],
  ['collector-untried', 'What a collector on this machine cannot tell about a config'],
  [
    'collector-version',
    'A config that was judged by a collector of another version than the ones that run it',
  ],
]);
