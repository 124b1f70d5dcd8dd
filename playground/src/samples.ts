// The initial tabs: documents of samples/ with initial variables. A variable that ends in "…" is a
// placeholder, which `ids.ts` replaces with a received id.
import boot from '../samples/4-boot.graphql?raw';
import events from '../samples/7-events.graphql?raw';
import history from '../samples/6-history.graphql?raw';
import register from '../samples/2-register.graphql?raw';
import send from '../samples/5-send.graphql?raw';
import welcome from '../samples/1-welcome.graphql?raw';
import workspace from '../samples/3-workspace.graphql?raw';

const tab = (query: string, variables?: object) => ({
  query,
  variables: variables ? JSON.stringify(variables, null, 2) : '',
});

export const samples = [
  tab(welcome),
  tab(register, {
    input: { email: 'ann@example.org', password: 'a long sentence is best', name: 'Ann' },
    email: 'ann@example.org',
    password: 'a long sentence is best',
  }),
  tab(workspace, { name: 'Example Company' }),
  tab(boot, { workspaceId: 'wks_…', channelName: 'lunch' }),
  tab(send, {
    channelId: 'chn_…',
    text: 'Hello, *world*.',
    messageId: 'msg_…',
    emoji: '👋',
  }),
  tab(history, { channelId: 'chn_…', before: null, messageId: 'msg_…' }),
  tab(events, { workspaceId: 'wks_…', after: 0 }),
];
