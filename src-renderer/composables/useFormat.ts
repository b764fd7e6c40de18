import { useI18n } from 'vue-i18n';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** Numbers, sizes, spans of time and lists as the chosen language writes them. */
export function useFormat() {
  const { t, locale } = useI18n();

  function number(value: number): string {
    return new Intl.NumberFormat(locale.value).format(value);
  }

  function unit(
    value: number,
    name: string,
    digits: number,
    unitDisplay: 'short' | 'long' = 'short',
  ): string {
    const options = { style: 'unit', unit: name, unitDisplay, maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(locale.value, options).format(value);
  }

  function bytes(sizeBytes: number): string {
    const power = Math.min(BYTE_UNITS.length - 1, sizeBytes < 1 ? 0 : Math.floor(Math.log10(sizeBytes) / 3));
    if (power === 0) return unit(sizeBytes, 'byte', 0, 'long');
    return unit(sizeBytes / 1000 ** power, BYTE_UNITS[power] ?? 'byte', 1);
  }

  /** A short length of time: "1.6 ms", "240 ms", and from a second on as elapsed() says it. */
  function duration(spanMs: number): string {
    return spanMs < SECOND_MS ? unit(spanMs, 'millisecond', spanMs < 10 ? 1 : 0) : elapsed(spanMs);
  }

  /** A length of time: "0 s", "14 s", "2 min 5 s", "9 h 20 min", "3 days 4 h". */
  function elapsed(spanMs: number): string {
    const seconds = Math.floor(spanMs / SECOND_MS);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (spanMs < MINUTE_MS) return unit(seconds, 'second', 0);
    if (spanMs < HOUR_MS) return `${unit(minutes, 'minute', 0)} ${unit(seconds % 60, 'second', 0)}`;
    if (spanMs < DAY_MS) return `${unit(hours, 'hour', 0)} ${unit(minutes % 60, 'minute', 0)}`;
    const days = unit(Math.floor(hours / 24), 'day', 0, 'long');
    return hours % 24 === 0 ? days : `${days} ${unit(hours % 24, 'hour', 0)}`;
  }

  function ago(spanMs: number): string {
    if (spanMs < 2 * SECOND_MS) return t('time.now');
    const relative = new Intl.RelativeTimeFormat(locale.value, { style: 'short' });
    if (spanMs < MINUTE_MS) return relative.format(-Math.floor(spanMs / SECOND_MS), 'second');
    if (spanMs < HOUR_MS) return relative.format(-Math.floor(spanMs / MINUTE_MS), 'minute');
    if (spanMs < DAY_MS) return relative.format(-Math.floor(spanMs / HOUR_MS), 'hour');
    return relative.format(-Math.floor(spanMs / DAY_MS), 'day');
  }

  /** The time of day today, the date too on other days. */
  function moment(timeMs: number): string {
    const isToday = new Date(timeMs).toDateString() === new Date().toDateString();
    const options = isToday ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
    return new Intl.DateTimeFormat(locale.value, options as Intl.DateTimeFormatOptions).format(timeMs);
  }

  function list(items: readonly string[]): string {
    return new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(items);
  }

  /** A share, rounded down: "100%" is all of it. What is less than one percent keeps a digit, it is not nothing. */
  function percent(part: number, whole = 1): string {
    const steps = part * 100 < whole ? 1000 : 100;
    const options = { style: 'percent', maximumFractionDigits: steps === 1000 ? 1 : 0 } as const;
    return new Intl.NumberFormat(locale.value, options).format(Math.floor((part * steps) / whole) / steps);
  }

  return { number, bytes, duration, elapsed, ago, moment, list, percent };
}
