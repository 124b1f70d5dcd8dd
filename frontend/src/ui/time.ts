/** Moments as people say them, in the language and the zone of the browser. */
interface Formats {
  zone: string;
  clock: Intl.DateTimeFormat;
  full: Intl.DateTimeFormat;
  dayOfYear: Intl.DateTimeFormat;
  dayOfAnyYear: Intl.DateTimeFormat;
}

/** A format keeps the zone that it was made in. */
function makeFormats(): Formats {
  const make = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(undefined, options);
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

/** Which zone this is; what is formatted from here on is in it. */
export function zoneNow(): string {
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

/** `now` comes from `useToday`, so that what is said of today changes when it is over. */
export function dayName(at: string, now: Date): string {
  const day = new Date(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === now.toDateString()) return 'Today';
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  const { dayOfYear, dayOfAnyYear } = formats;
  return (day.getFullYear() === now.getFullYear() ? dayOfYear : dayOfAnyYear).format(day);
}

/** The time today, the day otherwise. */
export function shortTime(at: string, now: Date): string {
  return sameDay(at, now.toISOString()) ? timeOfDay(at) : dayName(at, now);
}
