/** Data on the device after signing out. */
import { expect, it } from 'vitest';
import { writeDraft } from '../message/draft';
import { Outbox, type SendResult } from '../message/outbox';
import { rememberSearch } from '../search/recentSearches';
import { clearDeviceData, countUnsent } from './deviceData';

it('removes drafts, searches and the outbox, and keeps settings', () => {
  const port = {
    send: () => new Promise<SendResult>(() => {}),
    pause: async () => {},
    isUploaded: () => true,
  };
  writeDraft('mem_me', 'chn_1', 'half a thought');
  rememberSearch('mem_me', 'a secret');
  localStorage.setItem('confab.theme', 'dark');
  new Outbox('mem_me', port).add({
    id: 'msg_1',
    channelId: 'chn_1',
    rootId: null,
    text: 'on its way',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  expect(countUnsent()).toBe(1);
  clearDeviceData();
  expect(countUnsent()).toBe(0);
  expect(Object.keys(localStorage)).toEqual(['confab.theme']);
});
