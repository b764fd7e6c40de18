import { createI18n } from 'vue-i18n';
import type { Language } from '../src-main/app/contract/shell.ts';
import de from './locales/de.json';
import en from './locales/en.json';
import ru from './locales/ru.json';

export const LANGUAGES: readonly Language[] = ['en', 'de', 'ru'];

/** Forms of a message in the order in which its choices stand: `one | other`, in Russian `one | few | many`. */
const FORMS: Record<Language, readonly Intl.LDMLPluralRule[]> = {
  en: ['one', 'other'],
  de: ['one', 'other'],
  ru: ['one', 'few', 'many'],
};

function pluralRule(language: Language): (choice: number) => number {
  const rules = new Intl.PluralRules(language);
  const forms = FORMS[language];
  return (choice) => {
    const index = forms.indexOf(rules.select(choice));
    return index < 0 ? forms.length - 1 : index;
  };
}

export function makeI18n(language: Language) {
  return createI18n({
    legacy: false,
    locale: language,
    fallbackLocale: 'en',
    messages: { en, de, ru },
    pluralRules: { en: pluralRule('en'), de: pluralRule('de'), ru: pluralRule('ru') },
  });
}
