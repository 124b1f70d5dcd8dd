/**
 * How dates and lists are written: in the language of the texts, with the conventions of the browser's region, such as the
 * 24-hour clock of `en-GB`.
 */
import { getLocale } from '../paraglide/runtime';

const language = getLocale();

export const locale: string =
  navigator.languages.find((one) => one.split('-')[0] === language) ?? language;
