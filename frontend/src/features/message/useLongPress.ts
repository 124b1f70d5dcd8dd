/** A finger that rests on something for a moment, as long as it does not move. */
import { type TouchEvent, useEffect, useRef } from 'react';

const longEnough = 450;

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
      // What is written in, or played, is pressed for its own sake.
      if (event.touches.length !== 1 || target.closest('textarea, input, video')) return;
      timer.current = setTimeout(() => {
        pressed.current = true;
        onPress();
      }, longEnough);
    },
    onTouchMove: stop,
    onTouchEnd(event) {
      stop();
      // Lifting the finger presses nothing besides.
      if (pressed.current && event.cancelable) event.preventDefault();
    },
    onTouchCancel: stop,
  };
}
