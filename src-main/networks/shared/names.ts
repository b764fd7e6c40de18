/**
 * How members call themselves: data of their own under one name space, so that nobody names another one. Two names
 * that a person may take for one are marked, at the member that came later.
 */
import unhomoglyph from 'unhomoglyph';
import type { PeerText } from '../../core/types.ts';
import { NAME_NAMESPACE } from '../../node/facade.ts';
import type { ChainReader } from '../../node/ports.ts';

export const MAX_NAME_CHARACTERS = 64;

export interface MemberName {
  /** Null: it has not said one, or nothing that can be shown. */
  readonly name: string | null;
  /** A member that came before and has a name which looks like this one. */
  readonly looksLike: PeerText | null;
}

interface Known {
  readonly height: number;
  readonly names: ReadonlyMap<PeerText, MemberName>;
}

/** Names change with blocks only, and windows ask several times a second. */
const newest = new WeakMap<ChainReader, Known>();

/** Of these members, in the order of their ids. */
export function memberNames(
  reader: ChainReader,
  height: number,
  members: readonly { readonly publicKey: PeerText }[],
): ReadonlyMap<PeerText, MemberName> {
  const known = newest.get(reader);
  if (known?.height === height) return known.names;
  const said = members.map(({ publicKey }) => [publicKey, nameOf(reader, publicKey)] as const);
  const names = withLookAlikes(said);
  newest.set(reader, { height, names });
  return names;
}

export function nameOf(reader: ChainReader, publicKey: PeerText): string | null {
  const value = reader.value(`${NAME_NAMESPACE}:${publicKey}`)?.value;
  return value === undefined ? null : shownName(value);
}

/** What can be shown of what somebody wrote: one line of at most 64 characters that do not turn the text around. */
export function shownName(text: string): string | null {
  const line = text
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  const short = [...line].slice(0, MAX_NAME_CHARACTERS).join('').slice(0, MAX_NAME_CHARACTERS).trim();
  return /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{M}]/u.test(short) ? short : null;
}

export function withLookAlikes(
  said: readonly (readonly [PeerText, string | null])[],
): ReadonlyMap<PeerText, MemberName> {
  const first = new Map<string, PeerText>();
  return new Map(
    said.map(([publicKey, name]) => {
      const forms = name === null ? [] : formsOf(name);
      const looksLike = forms.map((form) => first.get(form)).find((key) => key !== undefined) ?? null;
      for (const form of forms) if (!first.has(form)) first.set(form, publicKey);
      return [publicKey, { name, looksLike }];
    }),
  );
}

/**
 * Equal for names that a person may take for one: after compatibility forms and case (UTS #39 is about the rest), and
 * with letters of one shape, whatever alphabet they are of. Blanks and what is not drawn do not count.
 */
function formsOf(name: string): readonly string[] {
  const bare = name.normalize('NFKC').replaceAll(/[\p{Default_Ignorable_Code_Point}\s\p{P}]/gu, '');
  const folded = bare.toLowerCase();
  const shape = (text: string): string => unhomoglyph(text.normalize('NFD')).normalize('NFD').toLowerCase();
  return [`case ${folded}`, `shape ${shape(bare)}`, `shape ${shape(folded)}`];
}
