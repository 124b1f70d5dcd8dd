/** Key presses that an input method editor (Japanese, Chinese, Korean …) handles. */

interface Key {
  keyCode: number;
  isComposing?: boolean;
  /** React events wrap the browser's event. */
  nativeEvent?: { isComposing: boolean };
}

/** The `keyCode` that UI Events specifies for keys handled by an input method. */
const inputMethodKeyCode = 229;

/**
 * Whether an input method handles the key. Every key handler checks this first. Safari ends the
 * composition before the key event that ended it, so `keyCode` is the only indication there.
 */
export function isInputMethodKey({ keyCode, isComposing, nativeEvent }: Key): boolean {
  return keyCode === inputMethodKeyCode || (isComposing ?? nativeEvent?.isComposing ?? false);
}

/** Keeps an Escape that ends a composition from closing the surrounding popup. */
export function stopInputMethodKeys(event: Key & { stopPropagation(): void }): void {
  if (isInputMethodKey(event)) event.stopPropagation();
}
