// One MessagePack token at a time, without decoding it: what it is, where its body lies, how much it claims.

import { WireError } from "../errors.ts";

export type TokenType =
  | "nil"
  | "boolean"
  | "integer"
  | "float"
  | "string"
  | "binary"
  | "array"
  | "map"
  | "extension";

/** How a head byte goes on: the width of the size behind it, or the length of the body where that is fixed. */
interface Head {
  readonly type: TokenType;
  readonly sizeWidth: number;
  readonly length: number;
}

const fixed = (type: TokenType, length: number): Head => ({ type, sizeWidth: 0, length });
const sized = (type: TokenType, sizeWidth: number): Head => ({ type, sizeWidth, length: 0 });
const EXTENSION = fixed("extension", 0);

/** The heads 0xc0 to 0xdf, in order; 0xc1 begins no value. */
const HEADS: readonly (Head | undefined)[] = [
  ...[fixed("nil", 0), undefined, fixed("boolean", 0), fixed("boolean", 0)],
  ...[sized("binary", 1), sized("binary", 2), sized("binary", 4)],
  ...[EXTENSION, EXTENSION, EXTENSION],
  ...[fixed("float", 4), fixed("float", 8)],
  ...[fixed("integer", 1), fixed("integer", 2), fixed("integer", 4), fixed("integer", 8)],
  ...[fixed("integer", 1), fixed("integer", 2), fixed("integer", 4), fixed("integer", 8)],
  ...[EXTENSION, EXTENSION, EXTENSION, EXTENSION, EXTENSION],
  ...[sized("string", 1), sized("string", 2), sized("string", 4)],
  ...[sized("array", 2), sized("array", 4), sized("map", 2), sized("map", 4)],
];

/** Reads tokens front to back. The fields describe the token read last; no token allocates. */
export class TokenReader {
  type: TokenType = "nil";
  /** First byte after the token's own head. */
  body = 0;
  /** Bytes of the body of a string, binary or number. */
  length = 0;
  /** Entries an array or map claims to have. */
  count = 0;
  /** First byte not read yet. */
  at = 0;

  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  next(): void {
    const first = this.view.getUint8(this.#take(1));
    if (first <= 0x7f || first >= 0xe0) this.#set("integer", 0);
    else if (first <= 0x8f) this.#set("map", first & 0x0f);
    else if (first <= 0x9f) this.#set("array", first & 0x0f);
    else if (first <= 0xbf) this.#set("string", first & 0x1f);
    else this.#marked(HEADS[first - 0xc0]);
  }

  #marked(head: Head | undefined): void {
    if (head === undefined) throw new WireError("malformed", "the byte 0xc1 begins no value");
    this.#set(head.type, head.sizeWidth === 0 ? head.length : this.#size(head.sizeWidth));
  }

  /** A container's size counts its entries, any other size counts the bytes of its body. */
  #set(type: TokenType, size: number): void {
    const isContainer = type === "map" || type === "array";
    this.type = type;
    this.count = isContainer ? size : 0;
    this.length = isContainer ? 0 : size;
    this.body = this.#take(this.length);
  }

  #size(width: number): number {
    const at = this.#take(width);
    if (width === 1) return this.view.getUint8(at);
    return width === 2 ? this.view.getUint16(at) : this.view.getUint32(at);
  }

  #take(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start)
      throw new WireError("malformed", "the value ends before its bytes do");
    this.at = start + length;
    return start;
  }
}
