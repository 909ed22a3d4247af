/** Suffixes of a Kubernetes quantity (apimachinery `resource.Quantity`); of Go's GOMEMLIMIT the binary ones and `B`. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number that a quantity (`500Mi`, `1e9`, `250m`) stands for, or undefined for other texts. */
export function quantityOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text.trim());
  if (match === null) return undefined;
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}

/** Bytes of a GOMEMLIMIT (`1638MiB`, `2GiB`, bytes; package `runtime`), or undefined for `off` and other texts. */
export function goMemoryBytes(text: string): number | undefined {
  const match = /^(\d+)(?:([KMGT]i)?B)?$/.exec(text.trim());
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}

/** Bytes for people: `512 MiB`, `1.5 GiB`. */
export function bytesText(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 1 ? `${round(gib)} GiB` : `${round(bytes / 2 ** 20)} MiB`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
