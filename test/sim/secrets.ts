/** Words that no pattern takes for a secret: only who knows them can keep them from being told. */
const SECRET = /ordinary words of \d+/;

/** The secret of the config with this number. */
export function secretOf(number: number): string {
  return `ordinary words of ${number}`;
}

/** The secret that a text holds; empty where it holds none. */
export function secretIn(text: string): string {
  return SECRET.exec(text)?.[0] ?? '';
}
