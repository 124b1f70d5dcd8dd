/** Keys that are none: an input method (Japanese, Chinese, Korean …) has taken them. */

interface Key {
  keyCode: number;
  isComposing?: boolean;
  /** React's events carry that of the browser. */
  nativeEvent?: { isComposing: boolean };
}

/** What UI Events give as `keyCode` of a key that the input method has taken. */
const taken = 229;

/**
 * Whether a key belongs to an input method. Every handler of keys asks this first. Safari ends the
 * composition before the key that ended it, so that only `keyCode` tells.
 */
export function isOfInputMethod({ keyCode, isComposing, nativeEvent }: Key): boolean {
  return keyCode === taken || (isComposing ?? nativeEvent?.isComposing ?? false);
}

/** For what closes with Escape: it does not, when Escape ends a composition inside of it. */
export function keepInputMethodKeys(event: Key & { stopPropagation(): void }): void {
  if (isOfInputMethod(event)) event.stopPropagation();
}
