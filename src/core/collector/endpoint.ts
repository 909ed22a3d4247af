/**
 * An address as a config writes it. Parts that only the collector's environment knows are undefined; a port that was not written is too,
 * and then `portWritten` is false.
 */
export interface Endpoint {
  /** `http`, `https`, `dns`, `unix` …, lower case. */
  readonly scheme?: string;
  readonly host?: string;
  readonly port?: number;
  readonly portWritten: boolean;
  /** What follows host and port, with its slash. */
  readonly path: string;
}

/** Values of the variables that are known, by name. */
export type Variables = ReadonlyMap<string, string>;

const VARIABLE = /\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}/g;

/** The text with its variables put in, as far as they are known or have a default (core `confmap/expand.go`). */
export function expanded(text: string, variables: Variables): string {
  return text.replaceAll(
    VARIABLE,
    (whole, name: string, fallback: string | undefined) => variables.get(name) ?? fallback ?? whole,
  );
}

/** Reads `host:port`, `:port`, `[::1]:port`, `scheme://host:port/path`. Never throws; what is no address has no host. */
export function parseEndpoint(text: string, variables: Variables = new Map()): Endpoint {
  const whole = expanded(text, variables).trim();
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/\/?/.exec(whole);
  const rest = scheme === null ? whole : whole.slice(scheme[0].length);
  const slash = /\/(?![^${]*\})/.exec(rest)?.index ?? rest.length;
  const address = rest.slice(0, slash).replace(/^[^@/]*@/, '');
  const match = /^(\[[^\]]*\]|(?:\$\{[^}]*\}|\$\([^)]*\)|[^:[\]])*)(?::(.*))?$/s.exec(address);
  const host = (match?.[1] ?? '').replace(/^\[|\]$/g, '');
  const port = match?.[2];
  return {
    ...(scheme?.[1] !== undefined && { scheme: scheme[1].toLowerCase() }),
    ...(match !== null && !host.includes('$') && { host: host.toLowerCase() }),
    ...(port !== undefined && /^\d+$/.test(port) && { port: Number(port) }),
    portWritten: port !== undefined,
    path: rest.slice(slash),
  };
}

/** Whether only the machine (or pod) itself reaches an address. */
export function isLoopback(host: string | undefined): boolean {
  return (
    host !== undefined &&
    (host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('unix'))
  );
}

/** Whether a listener there takes connections on every address. */
export function isAnyAddress(host: string | undefined): boolean {
  return host !== undefined && ['', '0.0.0.0', '::', '*'].includes(host);
}

/**
 * Whether a host is one that the public internet may know: neither this machine, a private address, a name without a dot, nor a name of a
 * cluster or of a company's own network.
 */
export function isPublic(host: string | undefined): boolean {
  if (host === undefined || isLoopback(host) || isAnyAddress(host) || !host.includes('.')) return false;
  if (/\.(?:svc|local|internal|localdomain|lan|intranet|corp|home\.arpa|consul)\.?$/.test(host)) return false;
  if (/(?:^|\.)svc(?:\.|$)/.test(host) || host === 'host.docker.internal') return false;
  // A name of two parts may be `service.namespace` as well; these top-level domains are no namespaces.
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return !isPrivateAddress(host);
  return host.split('.').length > 2 || /\.(?:com|io|net|org)$/.test(host);
}

function isPrivateAddress(host: string): boolean {
  return /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    host,
  );
}
