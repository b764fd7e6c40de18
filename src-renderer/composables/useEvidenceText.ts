import { useI18n } from 'vue-i18n';
import type { LaneFork, Statement } from '../../src-main/app/contract/node.ts';
import { useFormat } from './useFormat.ts';

/** One of two things that a member signed: its title, and what is under the signature. */
export interface SignedThing {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly text: string }[];
  /** Hashes and signatures: shortened, whole on request, and to copy. */
  readonly keys: readonly { readonly name: string; readonly label: string; readonly value: string }[];
}

interface Pair<Thing> {
  readonly first: Thing;
  readonly second: Thing;
}

/** What a member signed against the rules, in words. */
export function useEvidenceText() {
  const { t } = useI18n();
  const { number } = useFormat();

  function whatItDid({ first, second }: Pair<Statement>): string {
    const kind = first.kind === second.kind ? first.kind : 'mixed';
    // Only the mixed pair names a round: that of the stamp which the commitment saw and the skip denies.
    const { view } = second.kind === 'commit' ? second : first;
    return t(`evidence.pairs.${kind}`, { height: number(first.height), round: number(view + 1) });
  }

  function statements({ first, second }: Pair<Statement>): SignedThing[] {
    return [first, second].map((statement, index) => {
      const title = t(`evidence.kinds.${statement.kind}`, { n: index + 1 });
      const { hash, hn } = statement;
      return {
        title,
        facts: [
          { label: t('evidence.block'), text: number(statement.height) },
          { label: t('evidence.round'), text: number(statement.view + 1) },
          ...(hn === null ? [] : [{ label: t('evidence.stamp'), text: stamp(hn) }]),
        ],
        keys: [
          ...(hash === null ? [] : [key('hash', title, hash)]),
          key('signature', title, statement.signature),
        ],
      };
    });
  }

  function stamp(hn: number): string {
    return hn < 0 ? t('evidence.noStamp') : t('evidence.stampRound', { n: number(hn + 1) });
  }

  function pages({ seq, first, second }: LaneFork): SignedThing[] {
    return [first, second].map(({ digest, signature }, index) => {
      const title = t('evidence.page', { page: number(seq), n: index + 1 });
      return {
        title,
        facts: [],
        keys: [key('digest', title, digest), key('signature', title, signature)],
      };
    });
  }

  function key(what: 'hash' | 'digest' | 'signature', title: string, value: string) {
    const name = t(`evidence.${what}`);
    return { name, label: `${title}, ${name}`, value };
  }

  return { whatItDid, statements, pages };
}
