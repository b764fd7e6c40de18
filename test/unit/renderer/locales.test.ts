import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeI18n } from '../../../src-renderer/i18n.ts';
import de from '../../../src-renderer/locales/de.json' with { type: 'json' };
import en from '../../../src-renderer/locales/en.json' with { type: 'json' };
import ru from '../../../src-renderer/locales/ru.json' with { type: 'json' };

const root = path.resolve(import.meta.dirname, '../../../src-renderer');
const LOCALES = { en: flat(en), de: flat(de), ru: flat(ru) };
const FORMS = { en: 2, de: 2, ru: 3 };

function flat(messages: object, prefix = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') all.set(prefix + key, value);
    else for (const [inner, text] of flat(value as object, `${prefix}${key}.`)) all.set(inner, text);
  }
  return all;
}

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|vue)$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
}

describe.each(['de', 'ru'] as const)('the messages in %s', (language) => {
  it('have the keys of the English ones, in the same order', () => {
    expect([...LOCALES[language].keys()]).toEqual([...LOCALES.en.keys()]);
  });

  it('have the same placeholders in every message', () => {
    for (const [key, text] of LOCALES.en) {
      expect(placeholders(LOCALES[language].get(key) ?? ''), key).toEqual(placeholders(text));
    }
  });

  it('differ from the English ones where words stand', () => {
    const same = [...LOCALES.en]
      .filter(([key, text]) => LOCALES[language].get(key) === text)
      .map(([key]) => key);
    const allowed =
      language === 'de'
        ? ['block.title', 'command.delta', 'publish.name', 'publish.data']
        : ['command.delta'];
    expect(same.sort()).toEqual(allowed.sort());
  });
});

describe.each(['en', 'de', 'ru'] as const)('plurals in %s', (language) => {
  it('have all forms of the language', () => {
    for (const [key, text] of LOCALES[language]) {
      const isPlural = (LOCALES.en.get(key) ?? '').includes(' | ');
      expect(text.split(' | ').length, key).toBe(isPlural ? FORMS[language] : 1);
    }
  });
});

describe('plural forms', () => {
  it.each([
    ['en', [1, 2, 0, 21], ['1 block behind', '2 blocks behind', '0 blocks behind', '21 blocks behind']],
    ['de', [1, 2, 0], ['1 Block zurück', '2 Blöcke zurück', '0 Blöcke zurück']],
    [
      'ru',
      [1, 2, 5, 11, 21, 22, 25, 111],
      [
        'отстал на 1 блок',
        'отстал на 2 блока',
        'отстал на 5 блоков',
        'отстал на 11 блоков',
        'отстал на 21 блок',
        'отстал на 22 блока',
        'отстал на 25 блоков',
        'отстал на 111 блоков',
      ],
    ],
  ] as const)('follow the rules of %s', (language, numbers, expected) => {
    const { t } = makeI18n(language).global;
    expect(numbers.map((n) => t('memberStates.behind', { n }, n))).toEqual(expected);
  });
});

describe('the keys that the code uses', () => {
  it('exist, and no message is left unused', () => {
    const code = sources(root).join('\n');
    const quoted = new Set(
      [...code.matchAll(/'([a-z][A-Za-z]*(?:\.[A-Za-z-]+)+)'/g)].map(([, key]) => key ?? ''),
    );
    // `errors.${code}.what` and the like: everything below the fixed beginning counts as used.
    const built = [...code.matchAll(/`([a-z][A-Za-z]*(?:\.[A-Za-z]+)*\.)\$\{/g)].map(
      ([, prefix]) => prefix ?? '',
    );
    const topLevel = new Set([...LOCALES.en.keys()].map((key) => key.split('.')[0]));
    const unknown = [...quoted].filter((key) => topLevel.has(key.split('.')[0]) && !LOCALES.en.has(key));
    const unused = [...LOCALES.en.keys()].filter(
      (key) => !quoted.has(key) && !built.some((prefix) => key.startsWith(prefix)),
    );
    expect(unknown).toEqual([]);
    expect(unused).toEqual([]);
  });
});
