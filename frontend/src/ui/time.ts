/** Formats timestamps in the language of the client and the time zone of the browser. */
import { m } from '../paraglide/messages';
import { locale } from './locale';

interface Formats {
  zone: string;
  clock: Intl.DateTimeFormat;
  full: Intl.DateTimeFormat;
  dayOfYear: Intl.DateTimeFormat;
  dayOfAnyYear: Intl.DateTimeFormat;
}

/** `Intl.DateTimeFormat` keeps the time zone it was created in. */
function makeFormats(): Formats {
  const make = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const clock = make({ hour: 'numeric', minute: '2-digit' });
  return {
    zone: clock.resolvedOptions().timeZone,
    clock,
    full: make({ dateStyle: 'full', timeStyle: 'short' }),
    dayOfYear: make({ weekday: 'long', day: 'numeric', month: 'long' }),
    dayOfAnyYear: make({ dateStyle: 'long' }),
  };
}

let formats = makeFormats();

/** Returns the current time zone and switches all formats to it. */
export function refreshTimeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  if (timeZone !== formats.zone) formats = makeFormats();
  return timeZone;
}

export function timeOfDay(at: string): string {
  return formats.clock.format(new Date(at));
}

export function fullTime(at: string): string {
  return formats.full.format(new Date(at));
}

export function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** Pass `now` from `useToday`, so that "Today" changes at midnight. */
export function dayName(at: string, now: Date): string {
  const day = new Date(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return m.ui_time_today();
  if (day.toDateString() === yesterday.toDateString()) return m.ui_time_yesterday();
  const { dayOfYear, dayOfAnyYear } = formats;
  return (day.getFullYear() === now.getFullYear() ? dayOfYear : dayOfAnyYear).format(day);
}

/** The time for today, the day otherwise. */
export function shortTime(at: string, now: Date): string {
  return sameDay(at, now.toISOString()) ? timeOfDay(at) : dayName(at, now);
}
