// MessagePack as a value: walked first, decoded after. Binary fields are views into the bytes given.

import { DecodeError, Decoder } from "@msgpack/msgpack";
import { WireError } from "../errors.ts";
import type { Budget } from "../generated/limits.ts";
import { scan } from "./scan.ts";

const decoder = new Decoder();

export function decodeValue(bytes: Uint8Array, budget: Budget): unknown {
  scan(bytes, budget);
  try {
    return decoder.decode(bytes);
  } catch (thrown) {
    // After the walk one thing is left that the decoder refuses: the key __proto__.
    if (thrown instanceof DecodeError) throw new WireError("unknown_field", thrown.message, "__proto__");
    throw thrown;
  }
}
