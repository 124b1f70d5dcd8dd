/** Stores notify on changes only, and views render only for the part that they select. */
import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { readStored, useStored, writeStored } from './deviceStorage';
import { Store, useStore } from './store';

it('notifies subscribers of another value, until they unsubscribe', () => {
  const store = new Store(1);
  const listener = vi.fn();
  const unsubscribe = store.subscribe(listener);
  store.set(1);
  expect(listener).not.toHaveBeenCalled();
  store.set(2);
  expect(listener).toHaveBeenCalledOnce();
  expect(store.get()).toBe(2);
  unsubscribe();
  store.set(3);
  expect(listener).toHaveBeenCalledOnce();
});

it('renders a view only when its part changes', () => {
  const store = new Store({ name: 'Ada', unread: 0 });
  let renders = 0;
  const { result } = renderHook(() => {
    renders++;
    return useStore(store, ({ name }) => name);
  });
  act(() => store.set({ name: 'Ada', unread: 1 }));
  expect([result.current, renders]).toEqual(['Ada', 1]);
  act(() => store.set({ name: 'Bo', unread: 1 }));
  expect([result.current, renders]).toEqual(['Bo', 2]);
});

it('stores texts on the device and updates their views', () => {
  const { result } = renderHook(() => useStored('confab.test'));
  expect(result.current).toBeNull();
  act(() => writeStored('confab.test', 'dark'));
  expect(result.current).toBe('dark');
  act(() => writeStored('confab.test', null));
  expect([result.current, readStored('confab.test')]).toEqual([null, null]);
});
