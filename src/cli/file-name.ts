/**
 * A file name for a name from outside: letters, digits, `.`, `_` and `-` stay, everything else is percent-encoded; never empty, never
 * hidden, never a path.
 */
export function safeFileName(name: string): string {
  const encoded = Array.from(name.toWellFormed())
    .map((character) => (/[A-Za-z0-9._-]/.test(character) ? character : encodeURIComponent(character)))
    .join('')
    .replace(/^\./, '%2E')
    .replaceAll('/', '%2F')
    .slice(0, 150);
  return encoded === '' ? '_' : encoded;
}
