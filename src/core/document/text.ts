import type { Finding } from './finding.ts';

/** What bytes say as text. `text` is absent where they are no text; the findings say why. */
export interface DecodedText {
  readonly text?: string;
  readonly findings: readonly Finding[];
}

/**
 * Decodes a file's bytes as UTF-8 without a byte order mark. UTF-16 with a mark is refused by name (Go's YAML reader would
 * accept it, git and GitHub show it as binary), as are bytes that are no UTF-8 and NUL bytes; the finding (rule `CFG-001`) stands on the
 * line and column of the first bad byte. Never throws.
 */
export function decodeText(file: string, bytes: Uint8Array): DecodedText {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { findings: [refusal(file, bytes, 0, 'This file is UTF-16. Save it as UTF-8.')] };
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    return { findings: [refusal(file, bytes, nul, 'This file holds a NUL byte: it is no text.')] };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), findings: [] };
  } catch {
    const offset = firstInvalidByte(bytes);
    const byte = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
    return {
      findings: [
        refusal(
          file,
          bytes,
          offset,
          `This file is not UTF-8: byte 0x${byte} has no meaning here. Save it as UTF-8.`,
        ),
      ],
    };
  }
}

function refusal(file: string, bytes: Uint8Array, offset: number, message: string): Finding {
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < offset; index++) {
    if (bytes[index] === 0x0a) {
      line++;
      lineStart = index + 1;
    }
  }
  const column = new TextDecoder().decode(bytes.subarray(lineStart, offset)).length + 1;
  return {
    rule: 'CFG-001',
    severity: 'error',
    message,
    at: { file, line, column, endLine: line, endColumn: column + 1 },
  };
}

/** Offset of the first byte at which the longest valid UTF-8 prefix ends (Unicode 16, table 3-7). */
function firstInvalidByte(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return 0;
}

/** Length of the well-formed UTF-8 sequence at `offset`, or 0. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  if (length === 0) return 0;
  const second = bytes[offset + 1] ?? 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let index = 2; index < length; index++) {
    const next = bytes[offset + index] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}
