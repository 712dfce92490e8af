/** Base64 (RFC 4648 section 4), which neither host offers for bytes in every version that counts. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter.charCodeAt(0), value]));

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  for (; at + 2 < bytes.length; at += 3) {
    const word = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text += `${ALPHABET[word >> 18]}${ALPHABET[(word >> 12) & 63]}${ALPHABET[(word >> 6) & 63]}${ALPHABET[word & 63]}`;
  }
  if (at === bytes.length) return text;
  const hasTwo = at + 1 < bytes.length;
  const word = (bytes[at]! << 16) | (hasTwo ? bytes[at + 1]! << 8 : 0);
  return `${text}${ALPHABET[word >> 18]}${ALPHABET[(word >> 12) & 63]}${hasTwo ? ALPHABET[(word >> 6) & 63] : '='}=`;
}

/** Throws a RangeError for text that is not base64 with its padding. */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) throw new RangeError(`base64: ${text.length} characters are no multiple of 4`);
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, at = 0; from < text.length; from += 4) {
    let word = 0;
    for (let index = from; index < from + 4; index++) {
      const isPadding = index >= text.length - padding;
      const value = isPadding ? 0 : VALUES.get(text.charCodeAt(index));
      if (value === undefined) throw new RangeError(`base64: ${JSON.stringify(text[index])} at ${index}`);
      word = (word << 6) | value;
    }
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (word >> shift) & 255;
  }
  return bytes;
}
