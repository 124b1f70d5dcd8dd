// GraphiQL with the account bar. Fills in the token in the headers of each tab, and ids for
// placeholders.
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { useGraphiQL } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useMemo, useSyncExternalStore } from 'react';

import { AccountBar } from './AccountBar';
import { useAccount } from './account';
import { makeFetcher } from './fetcher';
import { fillIds } from './ids';
import { samples } from './samples';
import { storage } from './storage';
import { reconcileHeaders, token } from './token';

const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

export function Playground() {
  const account = useAccount();
  const { refresh } = account;
  const fetcher = useMemo(() => makeFetcher(refresh), [refresh]);

  return (
    <>
      <AccountBar {...account} />
      <main>
        <GraphiQL
          fetcher={fetcher as never}
          plugins={plugins}
          defaultTabs={samples}
          defaultEditorToolsVisibility="variables"
          inputValueDeprecation
          schemaDescription
          storage={storage}
          shouldPersistHeaders={false}
          showPersistHeadersSettings={false}
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
          <TabUpdater />
        </GraphiQL>
      </main>
    </>
  );
}

/** Updates the visible tab with the token and the received ids. */
function TabUpdater() {
  const { tabs, activeTabIndex, queryEditor, headerEditor, variableEditor } = useGraphiQL((state) => ({
    tabs: state.tabs,
    activeTabIndex: state.activeTabIndex,
    queryEditor: state.queryEditor,
    headerEditor: state.headerEditor,
    variableEditor: state.variableEditor,
  }));
  const current = useSyncExternalStore(token.subscribe, token.get);
  const tab = tabs[activeTabIndex];
  const tabId = tab?.id;
  const hasNoHeaders = !tab?.headers?.trim();

  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);

  useEffect(() => {
    if (headerEditor) rewrite(headerEditor, reconcileHeaders);
  }, [headerEditor, current, tabId, hasNoHeaders]);

  useEffect(() => {
    if (variableEditor) rewrite(variableEditor, fillIds);
  }, [variableEditor, tabId]);

  return null;
}

type Editor = { getValue(): string; setValue(text: string): void };

function rewrite(editor: Editor, change: (text: string) => string) {
  const before = editor.getValue();
  const after = change(before);
  if (after !== before) editor.setValue(after);
}
