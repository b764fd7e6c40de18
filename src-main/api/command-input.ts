/**
 * Commands as DIVA clients send them, checked against compiled schemas: accepting a transaction must stay
 * cheap.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { fromText } from '../core/bytes.ts';
import { IDENT_PATTERN } from '../core/encoding.ts';
import { MAX_COMMANDS } from '../core/schemas.ts';
import type { Command } from '../core/types.ts';

const Namespace = Type.String({ pattern: '^([A-Za-z_-]{4,15}:){1,4}[A-Za-z0-9_-]{1,64}$', maxLength: 128 });
const Data = Type.String({ maxLength: 8192 });
const Key = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
const exact = { additionalProperties: false };
const seq = Type.Integer({ minimum: 1, maximum: MAX_COMMANDS });

const SCHEMAS = {
  data: Compile(Type.Object({ seq, command: Type.Literal('data'), ns: Namespace, d: Data }, exact)),
  decision: Compile(
    Type.Object(
      {
        seq,
        command: Type.Literal('decision'),
        ns: Namespace,
        h: Type.Integer({ minimum: 1, maximum: 2 ** 32 - 1 }),
        d: Data,
      },
      exact,
    ),
  ),
  removePeer: Compile(Type.Object({ seq, command: Type.Literal('removePeer'), publicKey: Key }, exact)),
  modifyStake: Compile(
    Type.Object(
      {
        seq,
        command: Type.Literal('modifyStake'),
        publicKey: Key,
        ident: Type.String({ pattern: IDENT_PATTERN.source }),
        stake: Type.Integer({ minimum: -(2 ** 50) + 1, maximum: 2 ** 50 - 1 }),
      },
      exact,
    ),
  ),
} as const;

export type CommandInput =
  | { readonly ok: true; readonly commands: readonly Command[] }
  | { readonly ok: false; readonly reason: string };

/** A parsed JSON body to commands; refused with a reason for people. */
export function readCommands(body: unknown): CommandInput {
  if (!Array.isArray(body)) return refuse('the body must be an array of commands');
  if (body.length === 0 || body.length > MAX_COMMANDS)
    return refuse(`1 to ${MAX_COMMANDS} commands are allowed`);
  const commands: Command[] = [];
  for (const [index, item] of body.entries()) {
    const where = `command ${index + 1}`;
    const command = readCommand(item as unknown);
    if (typeof command === 'string') return refuse(`${where}: ${command}`);
    if ((item as { seq: number }).seq !== index + 1) return refuse(`${where}: seq must be ${index + 1}`);
    commands.push(command);
  }
  return { ok: true, commands };
}

function refuse(reason: string): CommandInput {
  return { ok: false, reason };
}

/** The command, or what is wrong with it. */
function readCommand(item: unknown): Command | string {
  const name = (item as { command?: unknown } | null)?.command;
  switch (name) {
    case 'data':
      if (!SCHEMAS.data.Check(item)) return problem('data', item as object);
      return { kind: 'data', ns: item.ns, d: item.d };
    case 'decision':
      if (!SCHEMAS.decision.Check(item)) return problem('decision', item as object);
      return { kind: 'decision', ns: item.ns, h: item.h, d: item.d };
    case 'removePeer': {
      if (!SCHEMAS.removePeer.Check(item)) return problem('removePeer', item as object);
      const publicKey = fromText(item.publicKey);
      return publicKey === undefined ? 'publicKey is not base64url' : { kind: 'removePeer', publicKey };
    }
    case 'modifyStake': {
      if (!SCHEMAS.modifyStake.Check(item)) return problem('modifyStake', item as object);
      const publicKey = fromText(item.publicKey);
      if (publicKey === undefined) return 'publicKey is not base64url';
      return { kind: 'modifyStake', publicKey, ident: item.ident, delta: item.stake };
    }
    case 'addPeer':
      return 'addPeer needs the signature of the key that joins: a node asks for it by itself';
    default:
      return 'unknown command';
  }
}

interface Checker {
  Errors(value: unknown): Iterable<{ readonly instancePath: string }>;
}

type InputKind = keyof typeof SCHEMAS;

const FIELDS: Readonly<Record<InputKind, readonly string[]>> = {
  data: ['ns', 'd'],
  decision: ['ns', 'h', 'd'],
  removePeer: ['publicKey'],
  modifyStake: ['publicKey', 'ident', 'stake'],
};

const RULES: Readonly<Record<string, string>> = {
  seq: `seq is a whole number from 1 to ${MAX_COMMANDS}`,
  ns:
    'ns is a name space such as test:notes:today: 1 to 4 parts of 4 to 15 characters of A-Z a-z _ -, ' +
    'each with a colon, then 1 to 64 characters of A-Z a-z 0-9 _ -',
  d: 'd is a text of at most 8192 characters',
  h: 'h is a whole number from 1',
  publicKey: 'publicKey has 43 characters of base64url',
  ident: 'ident has 1 to 32 characters of A-Z a-z 0-9 _ -',
  stake: 'stake is a whole number, the change of the stake',
};

/** What is wrong with a command that its schema refuses, for people. */
function problem(kind: InputKind, item: object): string {
  const fields = ['seq', 'command', ...FIELDS[kind]];
  const missing = fields.find((name) => !Object.hasOwn(item, name));
  if (missing !== undefined) return `${missing} is missing`;
  if (Object.keys(item).some((name) => !fields.includes(name)))
    return `${kind} has only ${fields.join(', ')}`;
  const checker: Checker = SCHEMAS[kind];
  for (const { instancePath } of checker.Errors(item)) {
    const rule = RULES[instancePath.slice(1)];
    if (rule !== undefined) return rule;
  }
  return 'it is not well-formed';
}
