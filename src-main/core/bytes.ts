/** Small helpers on byte strings. Text form is base64url without padding (RFC 4648, section 5). */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CODES: readonly number[] = [...ALPHABET].map((character) => character.charCodeAt(0));
const VALUE_OF = new Map(CODES.map((code, value) => [code, value]));
/** Characters that are made into a string at once: it has one piece then, and is quickly hashed and compared. */
const CHUNK_CHARACTERS = 4096;

function fromCodes(codes: readonly number[]): string {
  if (codes.length <= CHUNK_CHARACTERS) return String.fromCharCode.apply(null, codes as number[]);
  let text = '';
  for (let i = 0; i < codes.length; i += CHUNK_CHARACTERS)
    text += String.fromCharCode.apply(null, codes.slice(i, i + CHUNK_CHARACTERS));
  return text;
}

/** Bytes to base64url: 32 bytes give 43 characters, 64 bytes give 86. */
export function toText(bytes: Uint8Array): string {
  const codes: number[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    codes.push(CODES[word >>> 18]!, CODES[(word >>> 12) & 63]!);
    if (left > 1) codes.push(CODES[(word >>> 6) & 63]!);
    if (left > 2) codes.push(CODES[word & 63]!);
  }
  return fromCodes(codes);
}

/** Base64url to bytes; undefined unless the text is canonical (alphabet, length, zero trailing bits). */
export function fromText(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUE_OF.get(text.charCodeAt(i));
    if (value === undefined) return undefined;
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (word >>> bits) & 255;
    }
  }
  return (word & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Lexicographic order of byte strings; the only order in which keys are ever sorted. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Order of ASCII strings by code unit; never locale dependent. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** UTF-8 encoding of a string (the core knows no TextEncoder); unpaired surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Nearly everything is ASCII.
    if (code >= 0x80) return utf8OfAny(text);
    bytes[i] = code;
  }
  return bytes;
}

function utf8OfAny(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    let code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes[length++] = code;
    else if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6);
      bytes[length++] = 0x80 | (code & 63);
    } else if (code < 0x10000) {
      bytes[length++] = 0xe0 | (code >> 12);
      bytes[length++] = 0x80 | ((code >> 6) & 63);
      bytes[length++] = 0x80 | (code & 63);
    } else {
      bytes[length++] = 0xf0 | (code >> 18);
      bytes[length++] = 0x80 | ((code >> 12) & 63);
      bytes[length++] = 0x80 | ((code >> 6) & 63);
      bytes[length++] = 0x80 | (code & 63);
    }
  }
  return bytes.slice(0, length);
}

/** Decodes UTF-8 strictly: undefined on overlong forms, surrogates and truncated sequences (RFC 3629). */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  const codes: number[] = [];
  for (const byte of bytes) {
    if (byte >= 0x80) return fromAnyUtf8(bytes);
    codes.push(byte);
  }
  return fromCodes(codes);
}

function fromAnyUtf8(bytes: Uint8Array): string | undefined {
  let text = '';
  let i = 0;
  while (i < bytes.length) {
    const first = bytes[i]!;
    const extra = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4)) return undefined;
    if (i + extra >= bytes.length) return undefined;
    let code = extra === 0 ? first : first & (0x3f >> extra);
    for (let j = 1; j <= extra; j++) {
      const next = bytes[i + j]!;
      if ((next & 0xc0) !== 0x80) return undefined;
      code = (code << 6) | (next & 63);
    }
    const smallest = extra === 0 ? 0 : extra === 1 ? 0x80 : extra === 2 ? 0x800 : 0x10000;
    if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
    text += String.fromCodePoint(code);
    i += extra + 1;
  }
  return text;
}
