const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;
const UID_LENGTH = 16;

/** The two digits of each byte: uids are read from every message. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * The one text form of an instance uid: lower-case UUID. Takes the 16 bytes of the spec, or the 26 ASCII characters of a
 * ULID that old agents send (the same 16 bytes, spelled differently). Undefined for anything else: that is a bad request.
 */
export function uidText(bytes: Uint8Array): string | undefined {
  if (bytes.length === UID_LENGTH) return uuidText(bytes);
  if (bytes.length !== ULID_LENGTH) return undefined;
  const decoded = ulidBytes(String.fromCharCode(...bytes));
  return decoded === undefined ? undefined : uuidText(decoded);
}

function uuidText(bytes: Uint8Array): string {
  const hex = hexText(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Bytes as lower-case hex digits. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Hex digits as bytes; undefined when the text is no whole number of bytes. */
export function hexBytes(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) =>
    Number.parseInt(text.slice(index * 2, index * 2 + 2), 16),
  );
}

function ulidBytes(text: string): Uint8Array | undefined {
  let value = 0n;
  for (const letter of text.toUpperCase()) {
    const digit = CROCKFORD.indexOf(letter);
    if (digit < 0) return undefined;
    value = value * 32n + BigInt(digit);
  }
  if (value >= 1n << 128n) return undefined;
  return hexBytes(value.toString(16).padStart(UID_LENGTH * 2, '0'));
}
