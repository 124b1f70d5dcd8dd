/** Detects a long press on touch devices. */
import { type TouchEvent, useEffect, useRef } from 'react';

const longPressMs = 450;

export interface LongPress {
  onTouchStart(event: TouchEvent): void;
  onTouchMove(): void;
  onTouchEnd(event: TouchEvent): void;
  onTouchCancel(): void;
}

export function useLongPress(onPress: () => void): LongPress {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const pressed = useRef(false);
  const stop = () => clearTimeout(timer.current);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onTouchStart(event) {
      pressed.current = false;
      stop();
      const target = event.target as Element;
      // Text fields and videos handle long presses themselves.
      if (event.touches.length !== 1 || target.closest('textarea, input, video')) return;
      timer.current = setTimeout(() => {
        pressed.current = true;
        onPress();
      }, longPressMs);
    },
    onTouchMove: stop,
    onTouchEnd(event) {
      stop();
      // Prevents a click on release.
      if (pressed.current && event.cancelable) event.preventDefault();
    },
    onTouchCancel: stop,
  };
}
