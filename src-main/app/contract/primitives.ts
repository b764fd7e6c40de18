/**
 * The bounded building blocks of the contract. Everything that crosses between window and host is plain JSON: it is
 * structured-cloned by Electron and sent as text by the browser host, and must mean the same in both.
 */
import { Type, type Static, type TEnum, type TSchema } from 'typebox';

/** 32 bytes (public key, hash, digest, chain id) as base64url without padding. */
export const Text32 = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', minLength: 43, maxLength: 43 });
export type Text32 = Static<typeof Text32>;

/** 64 bytes (signature) as base64url without padding. */
export const Text64 = Type.String({ pattern: '^[A-Za-z0-9_-]{86}$', minLength: 86, maxLength: 86 });
export type Text64 = Static<typeof Text64>;

/** A network's folder name: chosen by the host, never a path. */
export const NetworkId = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$', minLength: 1, maxLength: 64 });
export type NetworkId = Static<typeof NetworkId>;

/** The name of a person, a node or a network: one line that can be read aloud. */
export const DisplayName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[^\\u0000-\\u001f\\u007f]+$',
});
export type DisplayName = Static<typeof DisplayName>;

/** Identifies a transaction within the lane of its origin (DESIGN, Ledger). */
export const Ident = Type.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', minLength: 1, maxLength: 32 });
export type Ident = Static<typeof Ident>;

/** The name space of a record (DESIGN, Ledger). */
export const NameSpace = Type.String({
  pattern: '^([A-Za-z_-]{4,15}:){1,4}[A-Za-z0-9_-]{1,64}$',
  minLength: 6,
  maxLength: 128,
});
export type NameSpace = Static<typeof NameSpace>;

/** The content of a record: at most 8192 characters (DESIGN, Ledger). */
export const DataText = Type.String({ maxLength: 8192 });

/** A machine-readable word: error reason, stage, kind. Turned into a sentence by the window, never shown as it is. */
export const Code = Type.String({ pattern: '^[a-zA-Z0-9-]{1,64}$', minLength: 1, maxLength: 64 });

export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Genesis is block 1. */
export const Height = Type.Integer({ minimum: 1, maximum: 2 ** 48 });
/** Whole units of stake; the sum over all members stays below 2^50 (PROTOCOL section 2). */
export const Stake = Type.Integer({ minimum: 0, maximum: 2 ** 50 });
export const View = Type.Integer({ minimum: 0, maximum: 2 ** 32 });
export const Milliseconds = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** Local wall-clock time in milliseconds since 1970: a claim of this machine alone, never part of the protocol. */
export const LocalTimeMs = Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 });

export const Empty = Type.Object({}, { additionalProperties: false });

/** An object that knows all its fields; unknown ones are refused, so that a typing error is not silently ignored. */
export function Record<Fields extends { [key: string]: TSchema }>(fields: Fields) {
  return Type.Object(fields, { additionalProperties: false });
}

export function Nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** A closed set of words. */
export function Word<const Words extends string[]>(...words: Words): TEnum<Words> {
  return Type.Enum<Words>([...words]);
}
